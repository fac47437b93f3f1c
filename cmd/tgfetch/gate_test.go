package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// opensFiles are the functions of package os that open, make or replace files by a path.
var opensFiles = []string{
	"Open", "OpenFile", "OpenRoot", "OpenInRoot", "Create", "CreateTemp", "ReadFile", "WriteFile", "Rename", "Link", "DirFS",
	"CopyFS", "Truncate", "Chmod", "NewRoot",
}

// opensItself are the files, or folders of them, that need no session/ownfile, and why.
var opensItself = map[string]string{
	"session/ownfile/":        "is the gate",
	"bench/lab/simproc.go":    "a folder of its own, of mode 0700, under the temporary one",
	"bench/lab/bed.go":        "the same",
	"bench/lab/baseline.go":   "the same",
	"bench/lab/check.go":      "the same",
	"bench/lab/worker.go":     "the same",
	"bench/soak/":             "the same",
	"bench/lab/rss.go":        "/proc",
	"bench/report/machine.go": "/proc",
	"bench/internal/cpu/":     "/proc",
	"cmd/tgfetch/demo.go":     "reads back what it has just downloaded to a folder of its own",
	"cmd/tgfetch/doctor.go":   "a temporary file, under a name that is free",
	"fetcher/device.go":       "the device that is the target",
	"fetcher/verifyfile.go":   "opens for writing what it has examined, if it is still that",
	"fetcher/simtest/":        "for tests",
}

// TestFilesAreOpenedAtOneGate: whoever opens files beside downloads, lists or sessions does it
// through session/ownfile, where each kind of file has its bounds, and TestPlantedFiles its test.
func TestFilesAreOpenedAtOneGate(t *testing.T) {
	used := map[string]bool{}
	err := filepath.WalkDir(root(), func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(root(), file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		calls, err := osCalls(file)
		if err != nil || len(calls) == 0 {
			return err
		}
		for at := range opensItself {
			if strings.HasPrefix(rel, at) {
				used[at] = true
				return nil
			}
		}
		t.Errorf("%s calls os.%s: open files with session/ownfile, where their kinds have bounds and a test", rel, strings.Join(calls, ", os."))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for at := range opensItself {
		if !used[at] {
			t.Errorf("%s opens no files any more; take it off the list", at)
		}
	}
}

// osCalls are the functions of opensFiles that a source file calls.
func osCalls(file string) (calls []string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "os" && slices.Contains(opensFiles, s.Sel.Name) {
			calls = append(calls, s.Sel.Name)
		}
		return true
	})
	return calls, nil
}
