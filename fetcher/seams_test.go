package fetcher

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// countingDoer is what a caller may put around a pool.
type countingDoer struct {
	Doer
	calls, files, conns atomic.Int64
}

func (d *countingDoer) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	d.calls.Add(1)
	if t.OnConn != nil {
		d.conns.Add(1)
	}
	if _, ok := in.(*tg.UploadGetFileRequest); ok {
		d.files.Add(1)
	}
	return d.Doer.Do(ctx, t, in, out)
}

// TestWrapLosesNothing: all calls go through what is put around the pool, and nothing
// that only the pool can do is lost by it.
func TestWrapLosesNothing(t *testing.T) {
	s := startSim(t, nil)
	s.client(nil) // Logs in.
	var around *countingDoer
	c := s.stranger(func(cfg *Config) {
		cfg.Wrap = func(inner Doer) Doer {
			around = &countingDoer{Doer: inner}
			return around
		}
	})
	s.Log().Reset()
	f := file(t, c, simMedium)
	if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if n := int64(s.Log().DC(5).Methods["upload.getFile"]); n == 0 || around.files.Load() < n || around.calls.Load() <= n {
		t.Errorf("%d calls, %d of them for bytes, the server saw %d", around.calls.Load(), around.files.Load(), n)
	}
	if c.Pool() == nil || c.skills != skillsOf(c.Pool()) || !c.tellsConns() || around.conns.Load() == 0 {
		t.Errorf("what the pool can do is lost: %+v", c.skills)
	}
	if _, err := New(Config{Doer: around, Wrap: func(Doer) Doer { return nil }}); err == nil {
		t.Error("a Wrap that returns nothing is taken")
	}
}

// TestFloodsBehindAWrap: a flood gives the place of its parts to others, also through a
// wrapper that has no idea of it.
func TestFloodsBehindAWrap(t *testing.T) {
	s := startSim(t, nil)
	s.client(nil) // Logs in.
	c := s.stranger(func(cfg *Config) {
		cfg.Wrap = func(inner Doer) Doer { return &countingDoer{Doer: inner} }
	})
	f := file(t, c, simMedium)
	s.fault(scenario.Fault{Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_1", Method: "upload.getFile", DC: 5, Times: 1})
	if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if n := c.Stats().Pool.DCs; len(n) == 0 {
		t.Error("the pool shows nothing")
	}
}

func TestInvokerOfADC(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for dc, want := range map[int]int{0: 1, 3: 3} {
		config, err := tg.NewClient(c.Invoker(dc)).HelpGetConfig(t.Context())
		if err != nil || config.ThisDC != want {
			t.Errorf("DC %d: %+v, %v", dc, config, err)
		}
	}
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		err   error
		after time.Duration
		again bool
	}{
		{nil, 0, false},
		{errors.New("odd"), 0, false},
		{context.Canceled, 0, false},
		{ErrClosed, 0, false},
		{&FloodError{DC: 4, Wait: time.Hour}, time.Hour, true},
		{tgerr.New(420, "FLOOD_WAIT_9"), 9 * time.Second, true},
		{&TakeoutDelayError{Wait: time.Hour, Err: &FloodError{Wait: time.Minute}}, time.Hour, true},
		{&UnreachableError{DC: 4, Err: context.DeadlineExceeded}, retrySoon, true},
		{&BusyError{}, retrySoon, true},
		{&VerifyError{}, retryLater, true},
		{&VerifyError{NoHash: true}, 0, false},
		{&ReferenceError{}, retryLater, true},
		{&ReferenceError{Err: (Source{}).check()}, 0, false},
		{&ItemError{Err: ErrNoAccess}, 0, false},
		{&DiskError{Err: errors.New("full")}, 0, false},
		{&LinkError{}, 0, false},
	} {
		err := tt.err
		if err != nil {
			err = fmt.Errorf("f.bin: %w", err)
		}
		if after, again := Retry(err); after != tt.after || again != tt.again {
			t.Errorf("%v: %v, %v", err, after, again)
		}
	}
}

func TestStatsCountFiles(t *testing.T) {
	d := &plainDC{id: 5, size: 1000, most: maxPart}
	c := d.client(t)
	files := func(yield func(File, error) bool) {
		for i := range 3 {
			f := handMade(d.size)
			if f.ID = int64(i + 1); i == 0 {
				f.Location = nil
			}
			if !yield(f, nil) {
				return
			}
		}
	}
	for range c.FetchAll(t.Context(), files, func(File) Target { return Target{Writer: &discard{}, Verify: VerifyOff} }) {
	}
	if s := c.Stats(); s.Done != 2 || s.Failed != 1 || s.Queued != 0 {
		t.Errorf("%d done, %d failed, %d queued", s.Done, s.Failed, s.Queued)
	}
	asked := make(chan struct{}, 1)
	stuck, err := New(Config{Doer: deafDC{asked}, Limits: Limits{Files: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	yielded := make(chan struct{})
	n := 0
	for _, err := range stuck.FetchAll(ctx, func(yield func(File, error) bool) {
		files(func(f File, err error) bool { f.Location = handMade(1).Location; return yield(f, err) })
		<-asked // The first one has begun.
		if s := stuck.Stats(); s.Queued != 2 {
			t.Errorf("%d queued behind the one that runs", s.Queued)
		}
		close(yielded)
		cancel()
	}, func(File) Target { return Target{Writer: &discard{}} }) {
		if n++; err == nil {
			t.Error("nothing was fetched")
		}
	}
	<-yielded
	if s := stuck.Stats(); s.Queued != 0 || s.Failed != int64(n) || n != 3 {
		t.Errorf("%d queued, %d failed, %d outcomes", s.Queued, s.Failed, n)
	}
}

// TestGivenFiles: what a program with a gotd client has is enough to fetch it, also when
// the reference has expired.
func TestGivenFiles(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	found := file(t, c, simSmall)
	chat := found.Source.Chat
	answer, err := tg.NewClient(c.Invoker(0)).ChannelsGetMessages(t.Context(), &tg.ChannelsGetMessagesRequest{
		Channel: &tg.InputChannel{ChannelID: chat.ID, AccessHash: chat.AccessHash},
		ID:      []tg.InputMessageClass{&tg.InputMessageID{ID: simSmall}, &tg.InputMessageID{ID: simText}, &tg.InputMessageID{ID: simDeleted}, &tg.InputMessageID{ID: simEscape}},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages := answer.(*tg.MessagesChannelMessages).Messages
	for _, given := range []session.Peer{chat, {Kind: chat.Kind, ID: chat.ID}, {}} {
		files, err := Files(messages[0], given)
		if err != nil || len(files) != 1 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		f := files[0]
		if f.Key() != found.Key() || f.Name != found.Name || f.Size != found.Size || !f.Date.Equal(found.Date) || f.Source.Message != simSmall {
			t.Errorf("got %+v, want %+v", f, found)
		}
		f.Location.(*tg.InputDocumentFileLocation).FileReference = []byte("stale")
		result, err := s.stranger(nil).Fetch(t.Context(), f, Target{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		checkContent(t, result.Path, f)
	}
	for _, m := range messages {
		files, err := Files(m, chat)
		switch m.GetID() {
		case simText:
			if !errors.Is(err, ErrNoMedia) {
				t.Errorf("text: %v", err)
			}
		case simDeleted:
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("deleted: %v", err)
			}
		case simEscape:
			if err != nil || files[0].Name != "x" {
				t.Errorf("an unsafe name: %+v, %v", files, err)
			}
		}
	}
	document := messages[0].(*tg.Message).Media.(*tg.MessageMediaDocument).Document
	f, err := FileOf(document, found.Source)
	if err != nil || f.Key() != found.Key() || f.Name != found.Name || f.Source != found.Source {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
	for _, media := range []interface{ TypeName() string }{
		nil, (*tg.Document)(nil), (*tg.Photo)(nil), &tg.DocumentEmpty{}, &tg.Photo{}, &tg.User{},
	} {
		if _, err := FileOf(media, Source{}); !errors.Is(err, ErrInvalidFile) {
			t.Errorf("%T: %v", media, err)
		}
	}
	if _, err := Files(nil, chat); !errors.Is(err, ErrNoMedia) {
		t.Errorf("no message: %v", err)
	}
}
