package fetcher

import (
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"os"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

// provenThere reports whether the file at path is f beyond doubt: it has f's
// size, and Telegram's hashes cover and match every byte. Anything else, also
// a server without hashes, is doubt.
//
// https://core.telegram.org/method/upload.getFileHashes
func (c *Client) provenThere(ctx context.Context, f File, path string, info fs.FileInfo) bool {
	if !info.Mode().IsRegular() || f.Size < 0 || info.Size() != f.Size {
		return false
	}
	if f.Size == 0 {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	r := c.newRemote(f)
	for at := int64(0); at < f.Size; {
		next, err := r.proveFrom(ctx, file, at)
		if err != nil || next <= at {
			c.log.Debug("an existing file is not proven", "path", path, "offset", at, "err", err)
			return false
		}
		at = next
	}
	return true
}

// proveFrom checks the windows that one answer brings from offset at on. It
// returns the offset up to which all is proven.
func (r *remote) proveFrom(ctx context.Context, file io.ReaderAt, at int64) (int64, error) {
	hashes, err := r.fileHashes(ctx, at)
	if err != nil {
		return 0, err
	}
	var windows cdn.Windows
	if err := windows.Add(hashes, r.file.Size); err != nil {
		return 0, err
	}
	sum := sha256.New()
	for _, w := range windows.Over(at, r.file.Size) {
		if w.Offset > at {
			break
		}
		sum.Reset()
		if _, err := io.Copy(sum, io.NewSectionReader(file, w.Offset, int64(w.Limit))); err != nil {
			return 0, err
		}
		if [sha256.Size]byte(sum.Sum(nil)) != w.Hash {
			return 0, &VerifyError{File: r.file.Name, Offset: w.Offset}
		}
		at = w.End()
	}
	return at, nil
}

// fileHashes asks the file's data center for hashes from offset at on.
func (r *remote) fileHashes(ctx context.Context, at int64) ([]tg.FileHash, error) {
	var p patience
	for {
		v := r.now()
		var hashes tg.FileHashVector
		err := r.ask(ctx, v, &tg.UploadGetFileHashesRequest{Location: v.location, Offset: at}, &hashes)
		if err == nil {
			return hashes.Elems, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := r.heal(ctx, v, err, &p); err != nil {
			return nil, err
		}
	}
}
