package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tgfetch/tgfetch/bench"
)

// pageFile is the file of --html: opened before anything is downloaded for it, and
// as it was until there is a page. Nil is none.
type pageFile struct {
	file  *os.File
	fresh bool // It was not there before, and has no page yet.
}

// openPage opens path, if it is not empty.
func openPage(path string) (*pageFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err == nil {
		return &pageFile{file: f, fresh: true}, nil
	}
	if errors.Is(err, fs.ErrExist) {
		f, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, err
	}
	return &pageFile{file: f}, nil
}

// write makes the report the page.
func (p *pageFile) write(r bench.Report) error {
	p.fresh = false
	info, err := p.file.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = p.file.Truncate(0)
	}
	if err == nil {
		err = bench.WritePage(p.file, r)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.file.Name(), err)
	}
	return nil
}

// close closes the file, and removes it if it is new and no page.
func (p *pageFile) close() error {
	if p == nil {
		return nil
	}
	err := p.file.Close()
	if p.fresh {
		err = errors.Join(err, os.Remove(p.file.Name()))
	}
	return err
}

// writePage writes the report to the file of --html, if there is one.
func (a *app) writePage(p *pageFile, r bench.Report) error {
	if p == nil {
		return nil
	}
	if err := p.write(r); err != nil {
		return err
	}
	a.say("wrote %s", p.file.Name())
	return nil
}
