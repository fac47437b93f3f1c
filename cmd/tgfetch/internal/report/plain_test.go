package report

import (
	"encoding/json"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/fetcher/plain/plaintest"
)

// own is what the screen itself writes to move about.
var own = regexp.MustCompile("\r|\x1b\\[J|\x1b\\[[0-9]+A")

// Every event, an event that is added later included, arrives as plain text, whatever is in it.
func TestEveryEventIsPlain(t *testing.T) {
	t.Parallel()
	reporters := map[string]func(io.Writer) Reporter{
		"json":  func(w io.Writer) Reporter { return NewJSON(w, time.Second) },
		"lines": func(w io.Writer) Reporter { return NewLines(w, false, time.Second) },
		"quiet": func(w io.Writer) Reporter { return NewLines(w, true, time.Second) },
		"terminal": func(w io.Writer) Reporter {
			return NewTerminal(NewScreen(w, func() (columns, rows int) { return 80, 24 }))
		},
	}
	methods := reflect.TypeFor[Reporter]()
	for form, make := range reporters {
		shown := 0
		for i := range methods.NumMethod() {
			m := methods.Method(i)
			if m.Name == "Interval" {
				continue
			}
			if m.Type.NumIn() != 1 {
				t.Fatalf("%s takes %d arguments: this test does not know how to fill them", m.Name, m.Type.NumIn())
			}
			texts := []string{plaintest.Text(), strings.Repeat(plaintest.Text(), 200)}
			if m.Name == "Error" { // One is enough to hold the bound.
				texts = append(texts, plaintest.Long())
			}
			for _, text := range texts {
				var b strings.Builder
				e := reflect.New(m.Type.In(0))
				plaintest.Fill(e.Interface(), text)
				reflect.ValueOf(make(&b)).MethodByName(m.Name).Call([]reflect.Value{e.Elem()})
				out := own.ReplaceAllString(b.String(), "")
				if left := plaintest.Left(out); left != "" {
					t.Errorf("%s, %s: %s in %.300q", form, m.Name, left, out)
				}
				if n := len(out); n > 1<<20 {
					t.Errorf("%s, %s: %d bytes", form, m.Name, n)
				}
				if form == "json" {
					checkJSON(t, m.Name, out, e.Elem())
				}
				if strings.Contains(out, "before") {
					shown++
				}
			}
		}
		if shown < 2 {
			t.Errorf("%s: the text is in %d outputs: this test looks at nothing", form, shown)
		}
	}
}

// checkJSON finds each of the event's own strings in the object again, from its beginning.
func checkJSON(t *testing.T, name, out string, e reflect.Value) {
	t.Helper()
	if strings.Count(out, "\n") != 1 {
		t.Errorf("%s: %d lines", name, strings.Count(out, "\n"))
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(out), &back); err != nil {
		t.Errorf("%s: %v in %.300q", name, err, out)
		return
	}
	for i := range e.NumField() {
		key, _, _ := strings.Cut(e.Type().Field(i).Tag.Get("json"), ",")
		if e.Field(i).Kind() != reflect.String || key == "-" {
			continue
		}
		got, _ := back[key].(string)
		if want := strings.ToValidUTF8(e.Field(i).String()[:100], "\ufffd\ufffd"); !strings.HasPrefix(got, want[:20]) {
			t.Errorf("%s: %s is %.100q, want %.100q", name, key, got, want)
		}
	}
}

func TestEveryTableIsPlain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{plaintest.Text(), plaintest.Long()} {
		for _, columns := range []int{20, 80, 1000} {
			var b strings.Builder
			row := []string{text, "x", text}
			if err := Table(&b, []string{"A", "B", "C"}, row, row); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "\n"); n != 3 {
				t.Errorf("a table of 3 lines has %d", n)
			}
			if err := WrappedTable(&b, columns, []string{"A", "B", "C"}, row); err != nil {
				t.Fatal(err)
			}
			// A word that the terminal's width puts on a line of its own is no forged line.
			if left := plaintest.Left(b.String()); left != "" && left != "a forged line" {
				t.Errorf("%d columns: %s is left", columns, left)
			}
		}
	}
}
