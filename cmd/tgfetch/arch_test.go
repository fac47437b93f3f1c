package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tgfetch/tgfetch"

// allowed lists, for each part of the tree, the parts it may import. A part is the longest listed
// prefix of a package's path; a part may always import itself. Nothing imports a part above it.
var allowed = map[string][]string{
	"fetcher/plain":         {},
	"session":               {"session/ownfile"},
	"chunker":               {},
	"cdn":                   {},
	"cache":                 {},
	"dcpool/internal/ige":   {},
	"dcpool/internal/wire":  {"dcpool/internal/ige"},
	"dcpool/internal/flow":  {},
	"dcpool/internal/nest":  {},
	"dcpool/filedata":       {},
	"dcpool":                {"session", "dcpool/internal/wire", "dcpool/internal/flow", "dcpool/internal/nest", "dcpool/filedata", "dcpool/proxy"},
	"dcpool/proxy":          {},
	"session/ownfile":       {},
	"dcpool/cluster":        {"dcpool", "dcpool/proxy", "session", "session/ownfile"},
	"fetcher":               {"chunker", "cdn", "cache", "dcpool", "dcpool/filedata", "dcpool/proxy", "session", "session/ownfile", "fetcher/plain"},
	"fetcher/internal":      {"session/ownfile"},
	"fetcher/link":          {},
	"fetcher/simtest":       {"fetcher", "dcpool", "dcpool/cluster", "session", "bench/simdc", "bench/simdc/simtest"},
	"bench/simdc":           {"session/ownfile"},
	"bench/hostile":         {},
	"bench":                 {"fetcher", "cdn", "dcpool", "dcpool/cluster", "dcpool/filedata", "dcpool/proxy", "fetcher/plain", "session"},
	"bench/lab":             {"bench", "bench/soak", "bench/simdc", "fetcher", "dcpool", "dcpool/cluster", "session"},
	"bench/soak":            {"bench/simdc"},
	"cmd/tgfetch":           {"bench", "bench/lab", "bench/soak", "bench/simdc", "fetcher", "dcpool", "dcpool/cluster", "dcpool/proxy", "session", "cache", "chunker", "cdn", "session/ownfile", "fetcher/plain"},
	"bench/simdc/internal":  {},
	"bench/simdc/simdctest": {"bench/simdc"},
	"bench/simdc/simtest":   {"bench/simdc"},
	"cmd/tgfetch/internal":  {"fetcher", "dcpool", "dcpool/proxy", "session", "session/ownfile", "fetcher/plain"},
}

// outside lists what the library packages may import from outside the standard library and this
// module. Colour, configuration and metrics enter at the command.
var outside = map[string][]string{
	"chunker":     {},
	"cdn":         {"github.com/gotd/", "github.com/go-faster/", "golang.org/x/"},
	"cache":       {"github.com/dgraph-io/ristretto/v2"},
	"dcpool":      {"github.com/gotd/", "golang.org/x/", "github.com/refraction-networking/utls"},
	"fetcher":     {"github.com/gotd/", "golang.org/x/"},
	"bench/simdc": {"github.com/gotd/", "golang.org/x/"},
	// What attacks the client shares nothing with it, nor with what imitates honest servers.
	"bench/hostile": {"github.com/gotd/"},
}

// topLevel is the fixed top of the tree.
var topLevel = []string{
	".ci", ".git", ".gitignore", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "README.md", "RELIABILITY.md", "SECURITY.md",
	"bench", "cache", "cdn", "chunker", "cmd", "dcpool", "fetcher", "go.mod", "go.sum", "session",
}

type goPackage struct {
	dir     string // relative to the module, slash-separated
	imports map[string]bool
	docs    []string // files that carry a package comment
}

func TestImportGraph(t *testing.T) {
	for _, p := range packages(t) {
		own := part(p.dir)
		if own == "" {
			t.Errorf("%s: not in the table of parts; add it with what it may import", p.dir)
			continue
		}
		for imp := range p.imports {
			rel, ours := strings.CutPrefix(imp, module+"/")
			if !ours {
				checkForeign(t, p.dir, imp)
				continue
			}
			target := part(rel)
			if target != own && !strings.HasPrefix(target, own+"/") && !slices.Contains(allowed[own], target) {
				t.Errorf("%s imports %s: %s may import only %q", p.dir, imp, own, allowed[own])
			}
		}
	}
}

func TestOnePackageDocPerPackage(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.docs) != 1 {
			t.Errorf("%s: %d package comments (%q), want exactly 1", p.dir, len(p.docs), p.docs)
		}
	}
}

// A package comment leads to files that are there.
func TestPackageDocsNameFilesThatExist(t *testing.T) {
	file := regexp.MustCompile(`\b[a-z_0-9]+\.go\b`)
	named := 0
	for _, p := range packages(t) {
		for _, doc := range p.docs {
			dir := filepath.Join(root(), filepath.FromSlash(p.dir))
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, doc), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range file.FindAllString(f.Doc.Text(), -1) {
				named++
				if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
					t.Errorf("%s: its package comment names %s, which is not there", p.dir, name)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no package comment names a file")
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) && !ignored(e) {
			t.Errorf("%s: the top level of the tree is fixed; put it inside one of its folders", e.Name())
		}
	}
}

// ignored reports whether .gitignore keeps e out of the tree: what a run of the commands leaves behind.
func ignored(e fs.DirEntry) bool {
	return slices.Contains([]string{"tgfetch", "tgfetch-demo", "cluster.json"}, e.Name())
}

func checkForeign(t *testing.T, dir, imp string) {
	t.Helper()
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") {
		return // the standard library
	}
	for prefix, ok := range outside {
		if dir != prefix && !strings.HasPrefix(dir, prefix+"/") {
			continue
		}
		if !slices.ContainsFunc(ok, func(p string) bool { return strings.HasPrefix(imp, p) }) {
			t.Errorf("%s imports %s: it may use only %q beside the standard library", dir, imp, ok)
		}
	}
}

func part(dir string) string {
	best := ""
	for p := range allowed {
		if (dir == p || strings.HasPrefix(dir, p+"/")) && len(p) > len(best) {
			best = p
		}
	}
	return best
}

func root() string { return filepath.Join("..", "..") }

// packages parses the imports and package comments of every Go package of the module, tests left out.
func packages(t *testing.T) map[string]*goPackage {
	t.Helper()
	found := map[string]*goPackage{}
	err := filepath.WalkDir(root(), func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root(), filepath.Dir(file))
		if err != nil {
			return err
		}
		dir := path.Clean(filepath.ToSlash(rel))
		p := found[dir]
		if p == nil {
			p = &goPackage{dir: dir, imports: map[string]bool{}}
			found[dir] = p
		}
		return p.add(filepath.Base(file), f)
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (p *goPackage) add(name string, f *ast.File) error {
	if f.Doc != nil {
		p.docs = append(p.docs, name)
	}
	for _, s := range f.Imports {
		imp, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			return err
		}
		p.imports[imp] = true
	}
	return nil
}
