// Package archive remembers what was downloaded, over runs, in a file of one key on each line.
//
// There are two kinds of keys: a file's own ("document:1234"), by which it is known wherever it is
// found again, and a link's ("https://t.me/name/9"), which is known to lead to nothing new. The
// second makes a run over finished links ask the server nothing.
package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Archive is an open archive. Its methods may be called by several goroutines at once, and other
// processes may add to the same file.
type Archive struct {
	mu   sync.Mutex
	file *os.File        // Guarded by mu. Open to append; nil of one that is only read.
	sync bool            // Immutable. The file keeps what it is given: it is no stream.
	keys map[string]bool // Guarded by mu.
}

var errReadOnly = errors.New("the archive is only read")

// Open opens the archive at path, which need not exist.
func Open(path string) (*Archive, error) {
	// A device, such as /dev/null, keeps nothing that could be read.
	if stream, err := ownfile.Stream(path); stream != nil || err != nil {
		return &Archive{file: stream, keys: map[string]bool{}}, err
	}
	keys, torn, err := read(path)
	if err != nil {
		return nil, err
	}
	file, err := ownfile.Append(ownfile.Archive, path)
	if err != nil {
		return nil, err
	}
	if torn {
		if _, err := io.WriteString(file, "\n"); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return &Archive{file: file, keys: keys, sync: true}, nil
}

// Read is what the archive at path knows, which need not exist. Nothing can be added to it.
func Read(path string) (*Archive, error) {
	if stream, err := ownfile.IsStream(path); stream || err != nil {
		return &Archive{keys: map[string]bool{}}, err
	}
	keys, _, err := read(path)
	if err != nil {
		return nil, err
	}
	return &Archive{keys: keys}, nil
}

// read returns the keys, and whether the last writer died within a line.
func read(path string) (keys map[string]bool, torn bool, err error) {
	data, err := ownfile.ReadOwn(ownfile.Archive, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	keys = map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if key := strings.TrimSpace(line); key != "" && key[0] != '#' {
			keys[key] = true
		}
	}
	return keys, len(data) > 0 && data[len(data)-1] != '\n', nil
}

// Close makes what was added durable.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	if !a.sync {
		return a.file.Close()
	}
	return errors.Join(a.file.Sync(), a.file.Close())
}

// HasFile says whether the file was downloaded.
func (a *Archive) HasFile(f fetcher.File) bool { return a.has(f.Key()) }

// HasLink says whether everything behind a link was.
func (a *Archive) HasLink(l fetcher.Link) bool { return a.has(linkKey(l)) }

func (a *Archive) has(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keys[key]
}

// AddFile notes that a file was downloaded.
func (a *Archive) AddFile(f fetcher.File) error { return a.add(f.Key()) }

// AddLink notes that everything behind a link was.
func (a *Archive) AddLink(l fetcher.Link) error { return a.add(linkKey(l)) }

// add appends a key in one write, so that processes do not tear each other's lines.
func (a *Archive) add(key string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys[key] {
		return nil
	}
	if a.file == nil {
		return errReadOnly
	}
	if _, err := io.WriteString(a.file, key+"\n"); err != nil {
		return err
	}
	a.keys[key] = true
	return nil
}

// linkKey is the key of a link, the same for all ways of writing it.
func linkKey(l fetcher.Link) string {
	if l.Comment == 0 && l.First == l.Last {
		l.Topic = 0 // It does not change which message is meant.
	}
	return l.String()
}
