package fetcher

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// watched is a writer that fails the test when a byte it gets is wrong.
type watched struct {
	t  *testing.T
	id int64
}

func (w watched) WriteAt(p []byte, off int64) (int, error) {
	want := make([]byte, len(p))
	simdc.Content(w.id, off, want)
	if !bytes.Equal(p, want) {
		w.t.Errorf("wrong bytes were written at %d", off)
	}
	return len(p), nil
}

// Whatever a CDN does, only right bytes are written, and the file is whole.
func TestCDNTrouble(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(*scenario.File)
		faults []scenario.Fault
		check  func(t *testing.T, fromHome int64, r Result)
	}{
		{
			name: "one byte flipped once",
			faults: []scenario.Fault{
				{Do: scenario.DoFlip, Method: "upload.getCdnFile", First: 3, Times: 1},
			},
			check: func(t *testing.T, fromHome int64, r Result) {
				if r.Refetched != 128<<10 {
					t.Errorf("fetched %d bytes again, want one window", r.Refetched)
				}
				if fromHome != 0 {
					t.Errorf("the file's DC sent %d bytes, another connection was to serve them", fromHome)
				}
			},
		},
		{
			name: "one window wrong always",
			faults: []scenario.Fault{
				{Do: scenario.DoFlip, Method: "upload.getCdnFile", EveryWindow: 41},
			},
			check: func(t *testing.T, fromHome int64, r Result) {
				if r.Refetched != 2*777 {
					t.Errorf("fetched %d bytes again, want twice the last window", r.Refetched)
				}
				if fromHome != 777 {
					t.Errorf("the file's DC sent %d bytes, want one window", fromHome)
				}
			},
		},
		{
			name: "every byte wrong always",
			faults: []scenario.Fault{
				{Do: scenario.DoFlip, Method: "upload.getCdnFile", EveryWindow: 1},
			},
		},
		{
			name:   "token changes in mid-file",
			faults: []scenario.Fault{{Do: scenario.DoToken, Method: "upload.getCdnFile", First: 5, Times: 1}},
		},
		{
			name:   "token changes for ever",
			faults: []scenario.Fault{{Do: scenario.DoToken, Method: "upload.getCdnFile"}},
		},
		{
			name:   "re-upload for ever",
			faults: []scenario.Fault{{Do: scenario.DoReupload, Method: "upload.getCdnFile"}},
		},
		{
			name:   "re-upload refused",
			edit:   func(f *scenario.File) { f.Reupload = true },
			faults: []scenario.Fault{{Do: scenario.DoError, Method: "upload.reuploadCdnFile", Code: 400, Text: "RSA_DECRYPT_FAILED"}},
		},
		{
			name:   "request token not accepted at once",
			edit:   func(f *scenario.File) { f.Reupload = true },
			faults: []scenario.Fault{{Do: scenario.DoError, Method: "upload.reuploadCdnFile", Code: 400, Text: "REQUEST_TOKEN_INVALID", Times: 2}},
		},
		{
			name:   "answers cut short",
			faults: []scenario.Fault{{Do: scenario.DoShort, Method: "upload.getCdnFile", Bytes: 100, Every: 3}},
		},
		{
			name:   "answers too long always",
			faults: []scenario.Fault{{Do: scenario.DoLong, Method: "upload.getCdnFile", Bytes: 4}},
		},
		{
			name:   "no answer but errors",
			faults: []scenario.Fault{{Do: scenario.DoError, Method: "upload.getCdnFile", Code: 400, Text: "CDN_METHOD_INVALID"}},
		},
		{
			name:   "hashes are refused",
			edit:   func(f *scenario.File) { f.CDNHashes = scenario.HashesNone },
			faults: []scenario.Fault{{Do: scenario.DoError, Method: "upload.getCdnFileHashes", Code: 400, Text: "CDN_METHOD_INVALID"}},
		},
	}
	s := startSim(t, func(s *scenario.Scenario) {
		for i, tt := range tests {
			id := int64(9000 + i)
			f := scenario.File{ID: id, DC: 2, Size: 5<<20 + 777, Name: "cdn.bin", CDN: true, CDNHashes: scenario.HashesAll}
			if tt.edit != nil {
				tt.edit(&f)
			}
			s.Files = append(s.Files, f)
			s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: 100 + i, File: id})
		}
	})
	c := s.client(nil)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := file(t, c, 100+i)
			if err := s.SetFaults(tt.faults...); err != nil {
				t.Fatal(err)
			}
			before, hedges := s.Log().DC(2).FileBytes, c.Stats().Hedges
			dir := t.TempDir()
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			checkDir(t, dir, "cdn.bin")
			checkContent(t, result.Path, f)
			if tt.check != nil && c.Stats().Hedges == hedges { // Hedges of a busy machine go to the file's DC.
				tt.check(t, s.Log().DC(2).FileBytes-before, result)
			}
			if _, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// lyingDC is a file's own data center whose bytes contradict its hashes. It
// is a Doer that answers without a network.
type lyingDC struct {
	hashes []tg.FileHash
}

func (l lyingDC) Do(_ context.Context, target dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	switch in := in.(type) {
	case *tg.UploadGetFileRequest:
		answer := out.(*filedata.FileAnswer)
		if !in.CDNSupported {
			answer.N = len(answer.Into())
			return nil
		}
		answer.Redirect = &tg.UploadFileCDNRedirect{
			DCID: 203, FileToken: []byte("t"), EncryptionKey: make([]byte, 32), EncryptionIv: make([]byte, 16), FileHashes: l.hashes,
		}
	case *tg.UploadGetCDNFileRequest:
		answer := out.(*filedata.CDNFileAnswer)
		answer.N = len(answer.Into())
	}
	return nil
}

func TestBytesThatNobodyVouchesForAreNeverWritten(t *testing.T) {
	wrong := []tg.FileHash{{Offset: 0, Limit: 100, Hash: bytes.Repeat([]byte{1}, 32)}}
	c, err := New(Config{Doer: lyingDC{hashes: wrong}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dir := t.TempDir()
	f := File{Kind: Document, ID: 1, DC: 2, Size: 100, Name: "f.bin", Location: &tg.InputDocumentFileLocation{}}
	_, err = c.Fetch(t.Context(), f, Target{Dir: dir})
	bad, ok := errors.AsType[*VerifyError](err)
	if !ok || bad.Offset != 0 || bad.File != "f.bin" {
		t.Fatalf("got %v", err)
	}
	checkDir(t, dir)
}

// wideDC is a data center, and its CDN, whose windows are wider than the parts that
// a file is fetched in. Of its own bytes the first so many answers are wrong.
type wideDC struct {
	size  int64
	id    int64
	wrong atomic.Int64
}

// wideWindow is what wideDC hashes at once.
const wideWindow = 192 << 10

func (d *wideDC) Do(_ context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	switch in := in.(type) {
	case *tg.UploadGetFileRequest:
		answer := out.(*filedata.FileAnswer)
		if in.CDNSupported {
			answer.Redirect = &tg.UploadFileCDNRedirect{
				DCID: 203, FileToken: []byte("t"), EncryptionKey: make([]byte, 32), EncryptionIv: make([]byte, 16), FileHashes: d.hashes(),
			}
			return nil
		}
		answer.N = len(answer.Into())
		simdc.Content(d.id, in.Offset, answer.Into())
		if d.wrong.Add(-1) >= 0 {
			answer.Into()[0] ^= 1
		}
	case *tg.UploadGetCDNFileRequest:
		answer := out.(*filedata.CDNFileAnswer)
		answer.N = len(answer.Into())
	}
	return nil
}

func (d *wideDC) hashes() (list []tg.FileHash) {
	for at := int64(0); at < d.size; at += wideWindow {
		data := make([]byte, min(wideWindow, d.size-at))
		simdc.Content(d.id, at, data)
		sum := sha256.Sum256(data)
		list = append(list, tg.FileHash{Offset: at, Limit: len(data), Hash: sum[:]})
	}
	return list
}

// A window that reaches beyond a part is checked all the same.
func TestWindowsWiderThanParts(t *testing.T) {
	for _, tt := range []struct {
		wrong  int64 // answers
		proven bool
	}{{0, true}, {1, true}, {1 << 30, false}} {
		d := &wideDC{id: 77, size: 1<<20 + 5000}
		d.wrong.Store(tt.wrong)
		c, err := New(Config{Doer: d})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		f := File{Kind: Document, ID: d.id, DC: 2, Size: d.size, Name: "f.bin", Location: &tg.InputDocumentFileLocation{}}
		result, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, d.id}, Verify: VerifyOff})
		bad, refused := errors.AsType[*VerifyError](err)
		switch {
		case tt.proven && (err != nil || result.Proven != d.size):
			t.Errorf("%d wrong answers: %d bytes proven, %v", tt.wrong, result.Proven, err)
		case !tt.proven && (!refused || bad.Offset%wideWindow != 0):
			t.Errorf("nothing but wrong answers: %v", err)
		}
	}
}

func TestUnusableRedirectsAreLeftOut(t *testing.T) {
	for name, hashes := range map[string][]tg.FileHash{
		"overlapping hashes":  {{Offset: 0, Limit: 60, Hash: make([]byte, 32)}, {Offset: 50, Limit: 50, Hash: make([]byte, 32)}},
		"hashes of too much":  {{Offset: 0, Limit: cdn.MaxWindow + 1, Hash: make([]byte, 32)}},
		"hashes past the end": {{Offset: 100, Limit: 128 << 10, Hash: make([]byte, 32)}},
		"no hashes":           nil,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(Config{Doer: lyingDC{hashes: hashes}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			f := File{Kind: Document, ID: 1, DC: 2, Size: 100, Location: &tg.InputDocumentFileLocation{}}
			result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
			if err != nil || result.Route != "2" {
				t.Errorf("route %q, %v", result.Route, err)
			}
		})
	}
}

func TestHashesAreAskedForOnce(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simNoHashes)
	asked := func() int { return s.Log().DC(simMediaDC).Methods["upload.getCdnFileHashes"] }
	for range 2 {
		before := asked()
		result, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}})
		if err != nil || result.Proven != f.Size {
			t.Fatalf("%d bytes proven, %v", result.Proven, err)
		}
		if n := asked() - before; n > 4 {
			t.Errorf("asked %d times for the hashes of 25 windows, which come by eight", n)
		}
	}
	first := asked()
	if _, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}}); err != nil {
		t.Fatal(err)
	}
	if n := asked() - first; n > 0 {
		t.Logf("the cache had lost hashes: asked %d times more", n)
	}
}
