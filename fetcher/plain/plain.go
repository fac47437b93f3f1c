// Package plain is the gate that text of others goes through on its way to people: to a terminal, a
// log, a page of HTML, a line of JSON.
//
// Servers, senders, proxies and files write names, captions and errors. Such text may hold sequences
// that steer a terminal, controls that turn text around, characters that take no room, and line ends
// that forge a line of a log. [Text] makes a value of it that stands on one line; [Fprintf] does that
// for all values of a line; [Encode] and [JSON] keep every character, but escape those that do not
// show; [Attr] is for values in a log. A [Writer] in front of a terminal or a file lets nothing
// through that the others have missed, except line ends.
//
// What does not show is written as JSON escapes it, such as \u001b and \u202e, so that a reader sees
// what was there, and JSON stays JSON wherever it goes.
package plain

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxText is the most characters that [Text] lets through, the ellipsis that stands for the rest
// included. Captions and paths are no longer than that.
const MaxText = 4096

// maxMarks is the most combining marks that may follow each other: more than the languages need, and
// the bound of Unicode's stream-safe text (UAX #15).
const maxMarks = 30

const (
	zwnj, zwj   = '\u200c', '\u200d' // joiners: they belong to words of some languages, and to emoji
	text, emoji = '\ufe0e', '\ufe0f' // variation selectors: they choose how an emoji looks
	escape      = '\x1b'
	ellipsis    = "…"
)

// shows reports whether r is seen as itself by whoever reads it, and does nothing else. Joiners and
// marks depend on what is beside them, see [scanner].
func shows(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && r != 0x7f
	case r == text, r == emoji:
		return true
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	}
	// Of what Go takes for printable, spaces other than ASCII's are missing.
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)
}

// joins reports whether a joiner may stand beside r. In ASCII it would only make two words look the
// same.
func joins(r rune) bool {
	return r >= utf8.RuneSelf && r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.S)
}

// scanner judges the runes of a text in their order.
type scanner struct {
	last  rune // before the one that is judged
	marks int  // directly before it
}

// next takes one rune off s, which is not empty, and reports whether it shows. Invalid UTF-8 is
// [utf8.RuneError] of size 1.
func (c *scanner) next(s string) (r rune, size int, ok bool) {
	if s[0] < utf8.RuneSelf {
		r, size, ok = rune(s[0]), 1, shows(rune(s[0]))
	} else {
		r, size = utf8.DecodeRuneInString(s)
		if r == zwj || r == zwnj {
			after, _ := utf8.DecodeRuneInString(s[size:])
			ok = joins(c.last) && joins(after)
		} else {
			ok = shows(r)
		}
	}
	switch {
	case r < utf8.RuneSelf:
		c.marks = 0
	case unicode.Is(unicode.M, r):
		c.marks++
		ok = ok && c.marks <= maxMarks
	case r != zwj && r != zwnj:
		c.marks = 0
	}
	c.last = r
	return r, size, ok
}

// Text is s as a value on one line: line ends and tabs become spaces, what does not show is escaped,
// invalid UTF-8 replaced, and what is longer than [MaxText] is cut. Text of Text is the same again.
func Text(s string) string { return atMost(s, MaxText) }

// Short is Text of at most 200 characters, for what is only a word of a question.
func Short(s string) string { return atMost(s, 200) }

func atMost(s string, room int) string {
	if len(s) <= room && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return s
	}
	var out []byte
	var c scanner
	for len(s) > 0 {
		r, size, ok := c.next(s)
		before := len(out)
		switch {
		case r == '\n' || r == '\t':
			out = append(out, ' ')
		case r == '\r':
			if !strings.HasPrefix(s[size:], "\n") {
				out = append(out, ' ')
			}
		default:
			out = appendRune(out, r, ok)
		}
		s = s[size:]
		n := utf8.RuneCount(out[before:])
		if n > room || n == room && len(s) > 0 {
			return string(shorten(out, before, room)) + ellipsis
		}
		room -= n
	}
	return string(out)
}

// shorten cuts what was appended at before so that one character of room is left for an ellipsis: an
// escape is left out as a whole.
func shorten(out []byte, before, room int) []byte {
	out = out[:before]
	for ; room < 1; room++ {
		_, size := utf8.DecodeLastRune(out)
		out = out[:len(out)-size]
	}
	return out
}

// Name is s without what Text would escape: a name that people can type, and that [Text] leaves as it
// is up to its length. Invalid UTF-8 becomes an underscore.
func Name(s string) string {
	for {
		var b strings.Builder
		var c scanner
		for rest := s; len(rest) > 0; {
			r, size, ok := c.next(rest)
			switch {
			case r == utf8.RuneError && size == 1:
				b.WriteByte('_')
			case ok:
				b.WriteRune(r)
			}
			rest = rest[size:]
		}
		if b.Len() == len(s) {
			return b.String()
		}
		s = b.String() // A joiner may have lost its neighbour.
	}
}

// File is s as the contents of a file of text: controls that could steer a terminal are escaped, and
// invalid UTF-8 is replaced. Line ends, tabs and the marks of languages stay.
func File(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = appendRune(out, r, r == '\n' || r == '\t' || !unicode.IsControl(r))
	}
	return string(out)
}

// appendRune appends r as it is, or as JSON escapes it.
func appendRune(out []byte, r rune, asItIs bool) []byte {
	switch {
	case asItIs:
		return utf8.AppendRune(out, r)
	case r >= 0x10000:
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// Sprintf is [fmt.Sprintf] with plain values. The format is ours and stays as it is.
func Sprintf(format string, args ...any) string {
	return fmt.Sprintf(format, values(args)...)
}

// Fprintf is [fmt.Fprintf] with plain values.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	return io.WriteString(w, Sprintf(format, args...))
}

// values makes plain what holds text.
func values(args []any) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		args[i] = value(arg)
	}
	return args
}

// value is v if that is a number, whose names are ours, or else its text.
func value(v any) any {
	if k := reflect.ValueOf(v).Kind(); k >= reflect.Bool && k <= reflect.Complex128 {
		return v
	}
	return Text(fmt.Sprint(v))
}
