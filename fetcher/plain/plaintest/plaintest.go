// Package plaintest has text as hostile senders write it, puts it into values of any type, and looks
// for what is left of it in what was written.
package plaintest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Forged begins the line that a hostile text would forge.
const Forged = "FORGED"

// Text holds every control of C0 and C1, what turns text around, what has no width, invalid UTF-8 and
// line ends of all kinds, behind each of which comes [Forged].
func Text() string {
	var b strings.Builder
	b.WriteString("before \x1b[2J\x1b]0;title\a\xff\xfe")
	for r := range rune(0x20) {
		b.WriteRune(r)
		b.WriteRune(0x80 + r)
	}
	b.WriteRune(0x7f)
	for _, r := range hidden {
		b.WriteRune(r)
	}
	for _, end := range []string{"\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"} {
		b.WriteString(end + Forged + ": all is well")
	}
	b.WriteString("\n" + Forged)
	return b.String()
}

// Long is 10 MiB of such text.
func Long() string {
	text := Text()
	return strings.Repeat(text, 10<<20/len(text))
}

var hidden = []rune{0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029,
	0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x3164, 0xfeff, 0xe0041, 0xe007f, 0xe0100}

// Left is the first thing in output that no terminal, log or page may get, or empty. Line ends and
// tabs are the output's own, unless a line begins with [Forged].
func Left(output string) string {
	if !utf8.ValidString(output) {
		return "invalid UTF-8"
	}
	for _, r := range output {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(string(hidden), r)) {
			return fmt.Sprintf("%U", r)
		}
	}
	if strings.HasPrefix(output, Forged) || strings.Contains(output, "\n"+Forged) {
		return "a forged line"
	}
	return ""
}

// Fill puts text into every string, error and []byte that v, a pointer, leads to, with one element in
// each list and map, and 1 into every number; times are an hour from now.
func Fill(v any, text string) { fill(reflect.ValueOf(v).Elem(), text, 0) }

// deepest bounds types that hold themselves.
const deepest = 6

func fill(v reflect.Value, text string, depth int) {
	if depth > deepest {
		return
	}
	if !v.CanSet() { // An unexported field.
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Now().Add(time.Hour)))
		return
	case error, nil:
		if v.Kind() == reflect.Interface {
			if err := reflect.ValueOf(errors.New(text)); err.Type().AssignableTo(v.Type()) {
				v.Set(err)
			}
			return
		}
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text, depth+1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(text))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text, depth+1)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), text, depth+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, text, depth+1)
		fill(value, text, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text, depth+1)
		}
	}
}
