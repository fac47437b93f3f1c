package fetcher

import (
	"context"
	"io/fs"
)

// provenThere reports whether the file at path is f beyond doubt: it has f's
// size, and Telegram's hashes cover and match every byte. Anything else, also
// a server without hashes, is doubt.
//
// https://core.telegram.org/method/upload.getFileHashes
func (c *Client) provenThere(ctx context.Context, f File, in *folder, path string, info fs.FileInfo) bool {
	if !info.Mode().IsRegular() || f.Size < 0 || info.Size() != f.Size {
		return false
	}
	if f.Size == 0 {
		return true
	}
	file, err := in.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	e := examiner{remote: c.newRemote(f), file: file, size: f.Size, strict: true}
	if err := e.run(ctx); err != nil {
		c.log.Debug("an existing file is not proven", "path", path, "err", err)
		return false
	}
	return true
}
