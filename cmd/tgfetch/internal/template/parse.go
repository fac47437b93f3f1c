package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
)

// Error reports a template that cannot be understood.
type Error struct {
	// At is the place in the template, in characters from 1.
	At int
	// Reason is what is wrong there.
	Reason error
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %v", e.At, e.Reason) }

func (e *Error) Unwrap() error { return e.Reason }

var (
	errOpen  = errors.New("a { without its }; {{ stands for the character")
	errClose = errors.New("a } without its {; }} stands for the character")
)

// Parse parses a template: text, fields in braces, and / between folders. {{ and }} are braces. A
// field may have a format after a colon: of a date a layout as Go has it ({date:2006-01}), of a number
// how many digits it has at least ({index:3}), of a text how many characters at most ({caption:40}). A
// template that ends with a slash is a folder, for {name}.
//
// The error is an [*Error].
func Parse(text string) (*Template, error) {
	if text == "" || strings.HasSuffix(text, "/") {
		text += "{name}"
	}
	p := &parser{}
	for at := 0; at < len(text); {
		n, err := p.next(text[at:])
		if err != nil {
			return nil, &Error{At: utf8.RuneCountInString(text[:at]) + 1, Reason: err}
		}
		at += n
	}
	p.endPart()
	return &Template{absolute: strings.HasPrefix(text, "/"), parts: p.parts}, nil
}

// parser holds what was read.
type parser struct {
	parts   [][]piece
	part    []piece // that has not ended
	literal []byte  // that has not ended
}

// next reads what text begins with, and returns how many bytes it was.
func (p *parser) next(text string) (int, error) {
	switch {
	case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
		p.literal = append(p.literal, text[0])
		return 2, nil
	case text[0] == '}':
		return 0, errClose
	case text[0] == '{':
		return p.field(text)
	case text[0] == '/':
		p.endPart()
	default:
		p.literal = append(p.literal, text[0])
	}
	return 1, nil
}

func (p *parser) field(text string) (int, error) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return 0, errOpen
	}
	field, err := parseField(text[1:end])
	if err != nil {
		return 0, err
	}
	p.endLiteral()
	p.part = append(p.part, field)
	return end + 1, nil
}

func (p *parser) endLiteral() {
	if len(p.literal) > 0 {
		p.part = append(p.part, piece{text: string(p.literal)})
		p.literal = nil
	}
}

func (p *parser) endPart() {
	p.endLiteral()
	if len(p.part) > 0 {
		p.parts = append(p.parts, p.part)
		p.part = nil
	}
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
