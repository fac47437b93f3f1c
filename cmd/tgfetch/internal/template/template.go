// Package template makes the name and folder of a file from a template such as
// {chat}/{date:2006-01-02}_{name}. Values come from strangers: each part of the path that holds one
// is made a safe name, so that nothing leaves the folder.
package template

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

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
