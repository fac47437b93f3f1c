package soak

import (
	"strconv"
	"strings"
)

// logLine is a line of slog's text handler.
type logLine struct {
	level, msg string
	attrs      map[string]string
}

// lines parses a log. What is not a line of slog, such as a torn last one, is
// left out.
func lines(log string) []logLine {
	var out []logLine
	for text := range strings.Lines(log) {
		if !strings.HasSuffix(text, "\n") {
			continue
		}
		if line, ok := parseLine(strings.TrimSuffix(text, "\n")); ok {
			out = append(out, line)
		}
	}
	return out
}

func parseLine(text string) (logLine, bool) {
	line := logLine{attrs: map[string]string{}}
	for text != "" {
		key, rest, ok := strings.Cut(text, "=")
		if !ok {
			return line, false
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return line, false
			}
			if value, err = strconv.Unquote(quoted); err != nil {
				return line, false
			}
			rest = strings.TrimPrefix(rest[len(quoted):], " ")
		} else {
			value, rest, _ = strings.Cut(rest, " ")
		}
		switch key {
		case "level":
			line.level = value
		case "msg":
			line.msg = value
		case "time":
		default:
			line.attrs[key] = value
		}
		text = rest
	}
	return line, line.level != "" && line.msg != ""
}
