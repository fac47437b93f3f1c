package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/natefinch/atomic"

	"github.com/tgfetch/tgfetch/fetcher"
)

// captionSuffix is that of the file with the caption, beside a download.
const captionSuffix = ".caption.txt"

// writeCaption writes the text of a file's message beside it, if that is wanted and there is one.
func (w *wish) writeCaption(r fetcher.Result) error {
	caption := r.File.Source.Caption
	if !w.caption || caption == "" {
		return nil
	}
	path, text := r.Path+captionSuffix, caption+"\n"
	if w.target.Existing != fetcher.ExistingReplace {
		return writeNew(path, []byte(text))
	}
	if err := atomic.WriteFile(path, strings.NewReader(text)); err != nil {
		// It may have no type, so it is given that of other errors of files.
		return fmt.Errorf("the file is complete, but: %w", &fs.PathError{Op: "write", Path: path, Err: err})
	}
	return nil
}

// writeNew writes a file that is not there yet. What is there stays: it is of an earlier run, or not
// ours.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file is complete, but: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		// Half of it would pass for all of it in the next run.
		return fmt.Errorf("the file is complete, but: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}
