package fetcher

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Checksums is a file of SHA-256 sums in the format of sha256sum, by which
// "sha256sum -c FILE", run in its folder, checks all files it names. It may name
// files of other programs, too. The methods may be called concurrently, and
// several processes may add to one file.
type Checksums struct {
	stream *os.File // Immutable. What is written to if the path is no file, else nil.
	path   string   // Immutable. Absolute.

	mu   sync.Mutex
	sums map[string]string // Guarded by mu. By name as in the file, in hexadecimal.
}

// OpenChecksums reads the file at path, which need not exist. A line that a
// crash tore is removed. The error is a *DiskError.
func OpenChecksums(path string) (*Checksums, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, diskError("open", path, err)
	}
	c := &Checksums{path: full, sums: make(map[string]string)}
	if c.stream, err = ownfile.Stream(full); c.stream != nil || err != nil {
		return c, diskError("open", full, err)
	}
	data, err := c.read()
	if err != nil {
		return nil, err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if tail := data[whole:]; len(tail) > 0 {
		if _, _, ok := parseSum(string(tail)); ok {
			err = c.append("\n")
		} else {
			err = c.replace(data[:whole])
		}
	}
	return c, err
}

// read reads the file anew.
func (c *Checksums) read() ([]byte, error) {
	data, err := ownfile.ReadOwn(ownfile.Checksums, c.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, diskError("read", c.path, err)
	}
	c.sums = make(map[string]string)
	for line := range strings.Lines(string(data)) {
		if sum, name, ok := parseSum(line); ok {
			c.sums[name] = sum
		}
	}
	return data, nil
}

// Add adds the sum of the file at path. A sum that is there for the same path
// is replaced. The error is a *DiskError.
func (c *Checksums) Add(sum []byte, path string) error {
	full, err := filepath.Abs(path)
	if err != nil {
		return diskError("find", path, err)
	}
	name, err := filepath.Rel(filepath.Dir(c.path), full)
	if err != nil {
		name = full // On another drive.
	}
	name = filepath.ToSlash(name)
	text := hex.EncodeToString(sum)

	c.mu.Lock()
	defer c.mu.Unlock()
	old, known := c.sums[name]
	switch {
	case known && old == text:
		return nil
	case known && c.stream == nil:
		err = c.replaceLocked(name, text)
	default:
		err = c.append(formatSum(text, name))
	}
	if err == nil {
		c.sums[name] = text
	}
	return err
}

// append adds text at the end in one write, so that processes do not tear each
// other's lines.
func (c *Checksums) append(text string) error {
	if c.stream != nil {
		_, err := c.stream.WriteString(text)
		return diskError("write", c.path, err)
	}
	file, err := ownfile.Append(ownfile.Checksums, c.path)
	if err != nil {
		return diskError("open", c.path, err)
	}
	_, err = file.WriteString(text)
	return diskError("write", c.path, errors.Join(err, file.Close()))
}

// replaceLocked writes the file anew without the lines that name a file, and
// with a new one.
func (c *Checksums) replaceLocked(name, sum string) error {
	data, err := c.read()
	if err != nil {
		return err
	}
	var kept strings.Builder
	for line := range strings.Lines(string(data)) {
		if _, of, ok := parseSum(line); !ok || of != name {
			kept.WriteString(line)
		}
	}
	kept.WriteString(formatSum(sum, name))
	return c.replace([]byte(kept.String()))
}

func (c *Checksums) replace(data []byte) error {
	return diskError("write", c.path, ownfile.Replace(ownfile.Checksums, c.path, data))
}

// Close makes what was added durable. The error is a *DiskError.
func (c *Checksums) Close() error {
	if c.stream != nil {
		return diskError("close", c.path, c.stream.Close())
	}
	if _, err := os.Stat(c.path); errors.Is(err, fs.ErrNotExist) {
		return nil // Nothing was added.
	}
	file, err := ownfile.Append(ownfile.Checksums, c.path)
	if err != nil {
		return diskError("open", c.path, err)
	}
	return diskError("sync", c.path, errors.Join(file.Sync(), file.Close()))
}

// Names with these are written with escapes, and the line begins with a
// backslash.
var (
	escapeName   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescapeName = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// formatSum is a line of sha256sum.
func formatSum(sum, name string) string {
	if escaped := escapeName.Replace(name); escaped != name {
		return `\` + sum + "  " + escaped + "\n"
	}
	return sum + "  " + name + "\n"
}

// parseSum takes a line of sha256sum apart.
func parseSum(line string) (sum, name string, ok bool) {
	line, escaped := strings.CutPrefix(strings.TrimSuffix(line, "\n"), `\`)
	const digits = 64
	if len(line) < digits+3 || line[digits] != ' ' || line[digits+1] != ' ' && line[digits+1] != '*' {
		return "", "", false
	}
	sum, name = strings.ToLower(line[:digits]), line[digits+2:]
	if _, err := hex.DecodeString(sum); err != nil {
		return "", "", false
	}
	if escaped {
		name = unescapeName.Replace(name)
	}
	return sum, name, true
}
