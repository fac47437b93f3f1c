package scenario

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestReferenceIsComplete checks that the package doc's scenario has every
// field.
func TestReferenceIsComplete(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			field := typ.Field(i)
			if !field.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !strings.Contains(string(doc), `"`+name+`": `) {
				t.Errorf("%s.%s: the package doc has no %q", typ.Name(), field.Name, name)
			}
			walk(field.Type)
		}
	}
	walk(reflect.TypeFor[Scenario]())
}
