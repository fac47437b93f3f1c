package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tgfetch/tgfetch/fetcher"
)

// captionSuffix is that of the file with the caption, beside a download.
const captionSuffix = ".caption.txt"

// writeCaption writes the text of a file's message beside it, if that is wanted and there is one.
func (w *wish) writeCaption(r fetcher.Result) error {
	if caption := r.File.Source.Caption; w.caption && caption != "" {
		return writeNew(r.Path+captionSuffix, []byte(caption+"\n"))
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
