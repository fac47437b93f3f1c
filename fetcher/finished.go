package fetcher

import (
	"io/fs"
	"path/filepath"

	"github.com/tgfetch/tgfetch/session"
)

// The Store remembers the files that were finished, with what changes when
// somebody changes them: a second run then needs neither the server's hashes,
// which there may be none of, nor the bytes. A Store that cannot keep that costs
// time and no more.

// finishedFile is what is remembered of the file at a path.
func finishedFile(f File, info fs.FileInfo) session.FinishedFile {
	changed, inode := fileIdentity(info)
	return session.FinishedFile{
		Document: f.Key(), Size: info.Size(), Modified: info.ModTime().UnixNano(), Changed: changed, Inode: inode,
	}
}

// finishedHere reports whether the file at path is f, as it was finished.
func (c *Client) finishedHere(f File, path string, info fs.FileInfo) bool {
	full, err := filepath.Abs(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	var known session.FinishedFile
	var ok bool
	err = c.store.ViewState(func(s *session.State) { known, ok = s.Files[full] })
	if err != nil {
		c.log.Warn("finished files cannot be read", "err", err)
	}
	return ok && known == finishedFile(f, info)
}

// rememberFinished notes that f is complete at path.
func (c *Client) rememberFinished(f File, in *folder, path string) {
	full, err := filepath.Abs(path)
	if err != nil {
		return
	}
	info, err := in.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	finished := finishedFile(f, info)
	err = c.store.UpdateState(func(s *session.State) error {
		s.Files[full] = finished
		return nil
	})
	if err != nil {
		c.log.Warn("a finished file cannot be remembered", "path", path, "err", err)
	}
}
