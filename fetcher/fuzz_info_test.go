package fetcher

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadInfo reads sidecars that anybody may have written: what is taken for
// info names a file, and its link, if there is one that can be read, stays the
// same when it is written again.
func FuzzReadInfo(f *testing.F) {
	f.Add([]byte(`{"link":"https://t.me/simfiles/9","message":9,"kind":"document","id":3002,"size":65536,"dc":1,"sha256":"00"}`))
	f.Add([]byte(`{"id":1,"size":-1}`))
	f.Add([]byte(`{"id":9223372036854775807,"variant":"y","size":9223372036854775807}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"id":1}{"id":2}`))
	path := filepath.Join(f.TempDir(), "a.bin")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(infoPath(path), data, 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := ReadInfo(path)
		if err != nil {
			return
		}
		if info.ID == 0 || info.Size < 0 {
			t.Errorf("%q was taken for %+v", data, info)
		}
		link, err := ParseLink(info.Link)
		if err != nil {
			return
		}
		if again, err := ParseLink(link.String()); err != nil || again.String() != link.String() {
			t.Errorf("%q: link %q became %q, %v", data, info.Link, again, err)
		}
	})
}
