package nest

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var write = flag.Bool("write", false, "write layouts.txt from gotd's schema")

// The layouts are those of the schema that gotd was generated from, all of them.
func TestLayouts(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gotd/td").Output()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "_schema", "telegram.tl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = schema.Close() }()
	var lines []string
	scan := bufio.NewScanner(schema)
	for scan.Scan() && !strings.HasPrefix(scan.Text(), "---functions") {
		if line := layoutOf(t, scan.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	want := strings.Join(lines, "")
	if *write {
		if err := os.WriteFile("layouts.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if layoutsText != want {
		t.Error("gotd's schema has changed: run this test with -write")
	}
}

var constructor = regexp.MustCompile(`^\w[\w.]*#([0-9a-f]{1,8}) (.*)= [\w.<> ]+;$`)

// layoutOf is the line of layouts.txt for a line of the schema, which may be a comment.
func layoutOf(t *testing.T, line string) string {
	m := constructor.FindStringSubmatch(line)
	if m == nil {
		if strings.Contains(line, "#") && !strings.HasPrefix(line, "//") {
			t.Errorf("cannot read %q", line)
		}
		return ""
	}
	var fields strings.Builder
	var flagNames []string
	for _, f := range strings.Fields(m[2]) {
		if strings.HasPrefix(f, "{") {
			return "" // Vector itself.
		}
		name, typ, ok := strings.Cut(f, ":")
		if !ok {
			return "" // Vector itself.
		}
		condition := ""
		if on, rest, ok := strings.Cut(typ, "?"); ok {
			flagName, bit, _ := strings.Cut(on, ".")
			n, err := strconv.Atoi(bit)
			if err != nil {
				t.Fatal(err)
			}
			condition = fmt.Sprintf("?%d%s", slices.Index(flagNames, flagName), strconv.FormatInt(int64(n), 32))
			typ = rest
		}
		if typ == "true" {
			continue
		}
		if typ == "#" {
			flagNames = append(flagNames, name)
		}
		fields.WriteString(condition + kindOf(t, typ))
	}
	return strings.TrimSuffix(fmt.Sprintf("%08s %s", m[1], &fields), " ") + "\n"
}

// kindOf is the letter, or letters, of a type.
func kindOf(t *testing.T, typ string) string {
	if elem, ok := strings.CutPrefix(strings.ToLower(typ[:1])+typ[1:], "vector<"); ok {
		return string(vector) + kindOf(t, strings.TrimSuffix(elem, ">"))
	}
	switch typ {
	case "#":
		return string(flags)
	case "int", "Bool":
		return string(word)
	case "long", "double":
		return string(long)
	case "int128":
		return string(int128)
	case "int256":
		return string(int256)
	case "string", "bytes":
		return string(bytes)
	}
	if base := typ[strings.LastIndex(typ, ".")+1:]; base[0] < 'A' || base[0] > 'Z' {
		t.Fatalf("type %q is not boxed", typ)
	}
	return string(object)
}
