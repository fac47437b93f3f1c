package hook

import (
	"bytes"
	"io"
)

// maxState is the longest line that is held back, in bytes.
const maxState = 64 << 10

// states passes on lines of a program's output. Of a line that the program writes over again and
// again, as ffmpeg, curl and rsync do to show progress, it passes on the last state. It is used by one
// goroutine at a time.
type states struct {
	out      io.Writer
	line     []byte // the one that has not ended
	returned bool   // A carriage return is behind it.
}

// Write passes on the lines that end in p, in one call of the other writer's Write.
func (s *states) Write(p []byte) (int, error) {
	var ended []byte
	for _, c := range p {
		switch {
		case c == '\r':
			s.returned = true
			continue
		case c == '\n', len(s.line) >= maxState && !s.returned:
			ended = append(append(ended, s.line...), c)
			s.line = s.line[:0]
		case s.returned:
			s.line = append(s.line[:0], c)
		default:
			s.line = append(s.line, c)
		}
		s.returned = false
	}
	if len(ended) == 0 {
		return len(p), nil
	}
	if _, err := s.out.Write(ended); err != nil {
		return 0, err
	}
	return len(p), nil
}

// end passes on what the last line had come to, with a line end.
func (s *states) end() {
	if len(bytes.TrimSpace(s.line)) > 0 {
		_, _ = s.out.Write(append(s.line, '\n'))
	}
}
