package fetcher

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/session"
)

// expiredDC serves no reference.
type expiredDC struct{}

func (expiredDC) Do(context.Context, dcpool.Target, bin.Encoder, bin.Decoder) error {
	return tgerr.New(400, "FILE_REFERENCE_EXPIRED")
}

// staleDC has files in messages of one channel. It refuses the references that
// were resolved, and gives good ones.
type staleDC struct {
	calls atomic.Int64
	gone  int // a message that is deleted
}

func (d *staleDC) Do(ctx context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	switch in := in.(type) {
	case *tg.UploadGetFileRequest:
		if string(in.Location.(*tg.InputDocumentFileLocation).FileReference) == "new" {
			out.(*filedata.FileAnswer).N = int(chunker.Grain)
			return nil
		}
		time.Sleep(time.Second) // Virtual. All files are known then.
		return tgerr.New(400, "FILE_REFERENCE_EXPIRED")
	case *tg.ChannelsGetMessagesRequest:
		d.calls.Add(1)
		time.Sleep(time.Second) // Virtual.
		page := &tg.MessagesChannelMessages{}
		for _, id := range in.ID {
			id := id.(*tg.InputMessageID).ID
			if id == d.gone {
				continue
			}
			m := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: smallChannel}}
			m.SetMedia(&tg.MessageMediaDocument{Document: &tg.Document{
				ID: int64(id), DCID: 2, Size: chunker.Grain, FileReference: []byte("new"),
			}})
			page.Messages = append(page.Messages, m)
		}
		return answer(page, out)
	}
	return tgerr.New(400, "INPUT_METHOD_INVALID")
}

// Files of one chat whose references expired share a call, a hundred to one, also
// those that wait for their turn.
func TestFilesOfAChatAreRenewedTogether(t *testing.T) {
	for _, tt := range []struct{ files, atOnce, calls int }{{100, 100, 1}, {101, 101, 2}, {300, 8, 3}} {
		synctest.Test(t, func(t *testing.T) {
			d := &staleDC{gone: 7}
			c, err := New(Config{Doer: d, Cache: cache.None{}, Limits: Limits{Files: tt.atOnce}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			files := func(yield func(File, error) bool) {
				for id := 1; id <= tt.files; id++ {
					f := File{Kind: Document, ID: int64(id), DC: 2, Size: chunker.Grain, Location: &tg.InputDocumentFileLocation{ID: int64(id)}}
					f.Source = Source{Chat: session.Peer{Kind: session.PeerChannel, ID: smallChannel}, Message: id}
					if !yield(f, nil) {
						return
					}
				}
			}
			for r, err := range c.FetchAll(t.Context(), files, func(File) Target { return Target{Writer: &discard{}, Verify: VerifyOff} }) {
				if r.File.ID != int64(d.gone) && err != nil {
					t.Errorf("file %d: %v", r.File.ID, err)
				}
				if r.File.ID == int64(d.gone) && !errors.Is(err, ErrNotFound) {
					t.Errorf("the file of the deleted message: %v", err)
				}
			}
			if n := d.calls.Load(); n != int64(tt.calls) {
				t.Errorf("%d files: %d calls, want %d", tt.files, n, tt.calls)
			}
		})
	}
}

// One call renews a whole album, though its files are fetched one after the
// other.
func TestAlbumIsRenewedTogether(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	album := resolve(t, c, simLink(t, simAlbum))
	s.ExpireReferences()
	before := s.Log().DC(1).Methods["channels.getMessages"]
	for _, f := range album {
		if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Log().DC(1).Methods["channels.getMessages"] - before; n != 1 || len(album) != 4 {
		t.Errorf("%d calls for %d files", n, len(album))
	}
	// What was kept is of no use when it has expired too.
	s.ExpireReferences()
	if _, err := c.Fetch(t.Context(), album[0], Target{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
}

// A renewal that fails is not tried again by all who waited for it.
func TestFailedRenewalIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried atomic.Int64
		gone := errors.New("gone")
		c, err := New(Config{Doer: expiredDC{}, Cache: cache.None{}, Refresh: func(context.Context, File) (tg.InputFileLocationClass, error) {
			tried.Add(1)
			time.Sleep(time.Second) // Virtual.
			return nil, gone
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := open(t, c, File{Kind: Document, ID: 1, DC: 2, Size: 64 * pieceSize, Location: &tg.InputDocumentFileLocation{}})
		if _, err := r.ReadAt(make([]byte, 8*pieceSize), 0); !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
		r.pieces.Wait()
		if n := tried.Load(); n != 1 {
			t.Errorf("tried %d times", n)
		}
	})
}
