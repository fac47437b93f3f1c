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

const (
	escape   = '\x1b'
	ellipsis = "…"
)

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
// escape, and a sequence of which a part would not show, are left out as a whole.
func shorten(out []byte, before, room int) []byte {
	out = out[:before]
	for ; room < 1; room++ {
		_, size := utf8.DecodeLastRune(out)
		out = out[:len(out)-size]
	}
	for {
		last, size := utf8.DecodeLastRune(out)
		if size == 0 || standsAlone(last) {
			return out
		}
		out = out[:len(out)-size]
	}
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
