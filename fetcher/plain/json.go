package plain

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// MaxString is the longest string that [JSON] lets through, in bytes. Nothing that Telegram allows,
// and no path, is that long.
const MaxString = 32 << 10

// Encode writes v to w as JSON on one line, in one call of Write, as [JSON] makes it plain.
func Encode(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(JSON(b.Bytes()))
	return err
}

// JSON makes valid JSON plain: in its strings, what does not show is escaped, and what is longer than
// [MaxString] is cut, with an ellipsis at the end. No other character is lost.
func JSON(data []byte) []byte {
	out := make([]byte, 0, len(data))
	length := -1 // of the string so far; -1 outside of strings
	for len(data) > 0 {
		c, size := data[0], 1
		switch {
		case c == '"':
			if length > MaxString {
				out = append(out, ellipsis...)
			}
			if length >= 0 {
				length = -1
			} else {
				length = 0
			}
			out = append(out, c)
			data = data[1:]
			continue
		case c == '\\' && length >= 0 && len(data) > 1:
			size = 2
			if data[1] == 'u' {
				size = min(6, len(data))
			}
		case c >= utf8.RuneSelf:
			_, size = utf8.DecodeRune(data)
		}
		if length >= 0 {
			length += size
		}
		if length <= MaxString {
			out = appendJSON(out, data[:size])
		}
		data = data[size:]
	}
	return out
}

// appendJSON appends a rune, or an escape, of JSON.
func appendJSON(out, unit []byte) []byte {
	if unit[0] < utf8.RuneSelf && unit[0] != 0x7f {
		return append(out, unit...)
	}
	r, _ := utf8.DecodeRune(unit)
	return appendRune(out, r, shows(r))
}
