package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Documents name tests, as promises, and files, as places to begin reading: all are there.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	tests := testNames(t)
	name := regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)
	script := regexp.MustCompile(`\bTestScript/(\w+)`)
	file := regexp.MustCompile("`([a-z][\\w/]*/[\\w./]*\\.(?:go|json|toml|txtar|md))`")
	for _, doc := range []string{"RELIABILITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "bench/RESULTS.md", "bench/simdc/BELIEFS.md"} {
		data, err := os.ReadFile(filepath.Join(root(), doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range name.FindAllString(string(data), -1) {
			if !tests[n] {
				t.Errorf("%s names %s, which is no test here", doc, n)
			}
		}
		for _, m := range script.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join("testdata", "script", m[1]+".txtar")); err != nil {
				t.Errorf("%s names the script %s, which is not there", doc, m[1])
			}
		}
		for _, m := range file.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(root(), m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", doc, m[1])
			}
		}
	}
}

// testNames are the functions of all test files.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	err := filepath.WalkDir(root(), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
