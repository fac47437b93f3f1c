package simdc_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// root is the top of the tree, seen from here.
const root = "../.."

var code = regexp.MustCompile("`([^`]+)`")

// TestBeliefs holds BELIEFS.md: every row has its sources, a switch that the
// simulator has and a test that exists, and every belief that can be turned
// has a row.
func TestBeliefs(t *testing.T) {
	tests := testNames(t)
	fields := map[string]bool{}
	addFields(fields, "", reflect.TypeFor[scenario.Scenario]())
	told := map[string]bool{}
	for _, row := range tableRows(t, "BELIEFS.md") {
		if len(row) != 4 {
			t.Errorf("%q: %d columns, want rule, source, switch and test", row[0], len(row))
			continue
		}
		rule, source, turn, test := row[0], row[1], row[2], row[3]
		if len(strings.Split(source, ";")) < 2 && !strings.Contains(source, "https://") && !strings.Contains(strings.ToLower(source), "never seen live") {
			t.Errorf("%q: neither a page, nor two clients, nor \"never seen live\": %q", rule, source)
		}
		switches := code.FindAllStringSubmatch(turn, -1)
		if len(switches) == 0 {
			t.Errorf("%q: no switch in %q", rule, turn)
		}
		for _, s := range switches {
			told[s[1]] = true
			if !knownSwitch(s[1], fields) {
				t.Errorf("%q: no belief, scenario field or fault is called %q", rule, s[1])
			}
		}
		named := code.FindAllStringSubmatch(test, -1)
		if len(named) == 0 {
			t.Errorf("%q: no test in %q", rule, test)
		}
		for _, n := range named {
			if !tests[n[1]] {
				t.Errorf("%q: there is no test %q", rule, n[1])
			}
		}
	}
	for _, b := range scenario.Beliefs() {
		if !told[string(b)] {
			t.Errorf("BELIEFS.md does not tell of %q", b)
		}
	}
}

// knownSwitch reports whether name is a belief, a scenario field, or a fault
// as in "do: flip".
func knownSwitch(name string, fields map[string]bool) bool {
	if do, ok := strings.CutPrefix(name, "do: "); ok {
		_, err := scenario.Parse([]byte(`{"base": "default", "faults": [{"do": "` + do + `", "to": 4, "delay": "1s", "code": 500, "text": "X"}]}`))
		return err == nil || !strings.Contains(err.Error(), ".do:")
	}
	return fields[name] || slices.Contains(scenario.Beliefs(), scenario.Belief(name))
}

// addFields adds the JSON paths of all fields below a type, lists left out: "dcs.media".
func addFields(fields map[string]bool, prefix string, t reflect.Type) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[prefix+name] = true
		addFields(fields, prefix+name+".", f.Type)
	}
}

// tableRows returns the cells of all tables in a page, headings left out.
func tableRows(t *testing.T, page string) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| rule ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		t.Fatalf("%s: no table", page)
	}
	return rows
}

// testNames returns the tests, examples and fuzz targets of the tree as
// "package: TestName", and scripts as "cmd/tgfetch: TestScript/name".
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		dir := filepath.ToSlash(filepath.Dir(rel))
		switch {
		case strings.HasSuffix(path, ".txtar") && strings.HasSuffix(dir, "testdata/script"):
			names[strings.TrimSuffix(dir, "/testdata/script")+": TestScript/"+strings.TrimSuffix(d.Name(), ".txtar")] = true
		case strings.HasSuffix(path, "_test.go"):
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, decl := range file.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
					names[dir+": "+f.Name.Name] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
