package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// captionSuffix is that of the file with the caption, beside a download.
const captionSuffix = ".caption.txt"

// writeCaption writes the text of a file's message beside it, if that is wanted and there is one.
func (w *wish) writeCaption(r fetcher.Result) error {
	caption := r.File.Source.Caption
	if !w.caption || caption == "" {
		return nil
	}
	path, text := r.Path+captionSuffix, plain.File(caption)+"\n"
	write := ownfile.Create // What is there stays: it is of an earlier run.
	if w.target.Existing == fetcher.ExistingReplace {
		write = ownfile.Replace
	}
	if err := write(ownfile.Caption, path, []byte(text)); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the file is complete, but: %w", err)
	}
	return nil
}
