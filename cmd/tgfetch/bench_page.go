package main

import (
	"bytes"
	"fmt"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// checkPage finds out whether the file of --html can be written, before anything is
// downloaded for it. An empty path is none.
func checkPage(path string) error {
	if path == "" {
		return nil
	}
	return ownfile.Check(ownfile.Page, path)
}

// writePage writes the report to the file of --html, if there is one.
func (a *app) writePage(path string, r bench.Report) error {
	if path == "" {
		return nil
	}
	var page bytes.Buffer
	if err := bench.WritePage(&page, r); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := ownfile.Write(ownfile.Page, path, page.Bytes()); err != nil {
		return err
	}
	a.say("wrote %s", path)
	return nil
}
