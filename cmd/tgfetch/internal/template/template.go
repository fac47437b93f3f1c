// Package template makes the name and folder of a file from a template such as
// {chat}/{date:2006-01-02}_{name}. Values come from strangers: each part of the path that holds one
// is made a safe name, so that nothing leaves the folder.
package template

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
	"github.com/tgfetch/tgfetch/fetcher"
)

// Template is a parsed template. It does not change, and may be used concurrently.
type Template struct {
	absolute bool
	parts    [][]piece // of the path, each of pieces
	ascii    bool
}

// piece is text of the user's, or a field in a format.
type piece struct {
	text   string
	field  *field.Field // nil for text
	layout string       // of a time; as time.Format has it
	width  int          // of a number, with zeros; of a text, in characters at most; 0 is as it is
}

// Error reports a template that cannot be understood.
type Error struct {
	// At is the place in the template, in characters from 1.
	At int
	// Reason is what is wrong there.
	Reason error
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %v", e.At, e.Reason) }

func (e *Error) Unwrap() error { return e.Reason }

// Parse parses a template: text, fields in braces, and / between folders. {{ and }} are braces. A
// field may have a format after a colon: of a date a layout as Go has it ({date:2006-01}), of a number
// how many digits it has at least ({index:3}), of a text how many characters at most ({caption:40}). A
// template that ends with a slash is a folder, for {name}.
//
// The error is an [*Error].
func Parse(text string) (*Template, error) {
	t := &Template{absolute: strings.HasPrefix(text, "/")}
	var part []piece
	var literal strings.Builder
	endLiteral := func() {
		if literal.Len() > 0 {
			part = append(part, piece{text: literal.String()})
			literal.Reset()
		}
	}
	endPart := func() {
		endLiteral()
		if len(part) > 0 {
			t.parts = append(t.parts, part)
		}
		part = nil
	}
	for at := 0; at < len(text); {
		rest := text[at:]
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			literal.WriteByte(rest[0])
			at += 2
		case rest[0] == '}':
			return nil, errorAt(text, at, fmt.Errorf("a } without its {; }} stands for the character"))
		case rest[0] == '{':
			endLiteral()
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return nil, errorAt(text, at, fmt.Errorf("a { without its }; {{ stands for the character"))
			}
			p, err := parseField(rest[1:end])
			if err != nil {
				return nil, errorAt(text, at, err)
			}
			part = append(part, p)
			at += end + 1
		case rest[0] == '/':
			endPart()
			at++
		default:
			literal.WriteByte(rest[0])
			at++
		}
	}
	folder := part == nil && literal.Len() == 0
	endPart()
	if folder {
		name, err := parseField("name")
		if err != nil {
			return nil, errorAt(text, 0, err)
		}
		t.parts = append(t.parts, []piece{name})
	}
	return t, nil
}

func errorAt(text string, at int, reason error) error {
	return &Error{At: utf8.RuneCountInString(text[:at]) + 1, Reason: reason}
}

// parseField parses what stands between braces.
func parseField(s string) (piece, error) {
	name, format, formatted := strings.Cut(s, ":")
	f, err := field.Find(field.Early(), name)
	if err != nil {
		return piece{}, err
	}
	p := piece{field: &f}
	if !formatted {
		return p, nil
	}
	if _, isTime := f.Value(field.Item{}).(time.Time); isTime {
		if p.layout = format; time.Unix(0, 0).Format(format) == time.Unix(1e9, 0).Format(format) {
			return piece{}, fmt.Errorf("%q is no layout of a date; 2006-01-02 is one, and 150405 one of the time of day", format)
		}
		return p, nil
	}
	if p.width, err = strconv.Atoi(format); err != nil || p.width < 1 || p.width > 200 {
		return piece{}, fmt.Errorf("%q is no number of digits or characters from 1 to 200", format)
	}
	return p, nil
}

// ASCII returns the template for names of letters, digits, dots, dashes and underscores only.
func (t *Template) ASCII() *Template {
	ascii := *t
	ascii.ascii = true
	return &ascii
}

// Path is the path of a file, below dir unless the template begins with a slash. Folders of which
// nothing is known are left out; a file that would have no name has its own.
func (t *Template) Path(dir string, f fetcher.File, link string) string {
	item := field.Item{Result: fetcher.Result{File: f}, Link: link}
	if t.absolute {
		dir = "/"
	}
	path := []string{dir}
	last := ""
	for i, part := range t.parts {
		name := t.name(part, item)
		if i == len(t.parts)-1 {
			last = name
		} else if name != "" {
			path = append(path, name)
		}
	}
	if last == "" || last == "." || last == ".." {
		path = append(path, last)
		last = t.safe(f.Name)
	}
	return filepath.Join(append(path, last)...)
}

// name is one part of a path. The user's own words are taken as they are.
func (t *Template) name(part []piece, item field.Item) string {
	var b strings.Builder
	values := false
	for _, p := range part {
		if p.field == nil {
			b.WriteString(p.text)
			continue
		}
		values = true
		if p.field.Known(item) {
			b.WriteString(p.format(item))
		}
	}
	if !values {
		return b.String()
	}
	return t.safe(b.String())
}

func (t *Template) safe(name string) string {
	if t.ascii {
		name = toASCII(name)
	}
	return fetcher.SafeName(name)
}

func (p piece) format(item field.Item) string {
	switch v := p.field.Value(item).(type) {
	case time.Time:
		layout := p.layout
		if layout == "" {
			layout = "2006-01-02"
		}
		return v.UTC().Format(layout)
	case int64:
		return fmt.Sprintf("%0*d", p.width, v)
	}
	text := p.field.Text(item)
	if p.width > 0 {
		text = strings.TrimSpace(firstRunes(text, p.width))
	}
	return text
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
