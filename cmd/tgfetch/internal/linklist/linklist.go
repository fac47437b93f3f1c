// Package linklist reads and writes lists of links: one on a line, with comments.
package linklist

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// maxLine bounds a line, in bytes: a longer one is no list of links.
const maxLine = 64 << 10

// Read returns the links of a list. Blank lines are skipped, and lines that begin with # or ;.
func Read(r io.Reader) ([]string, error) {
	var links []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line != "" && line[0] != '#' && line[0] != ';' {
			links = append(links, line)
		}
	}
	return links, lines.Err()
}

// Failure is an item that failed.
type Failure struct{ Link, Reason string }

// Write replaces the file at path with the failures, each link once and behind its reason, so that
// Read gives the links to try again. Nobody sees half of the file. The error is a *fs.PathError.
func Write(path string, failures []Failure) error {
	var b bytes.Buffer
	seen := map[string]bool{}
	for _, f := range failures {
		if !seen[f.Link] {
			seen[f.Link] = true
			plain.Fprintf(&b, "# %s\n%s\n", oneLine(f.Reason), oneLine(f.Link))
		}
	}
	return pathError(path, ownfile.Write(ownfile.Failures, path, b.Bytes()))
}

// Check finds out whether Write can write to path, and leaves what is there. The error is a
// *fs.PathError.
func Check(path string) error {
	return pathError(path, ownfile.Check(ownfile.Failures, path))
}

func pathError(path string, err error) error {
	if err == nil {
		return nil
	}
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		err = of.Err
	}
	return &fs.PathError{Op: "write", Path: path, Err: err}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
