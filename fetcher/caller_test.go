package fetcher

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// deafDC answers nothing, and says so when it is asked.
type deafDC struct{ asked chan struct{} }

func (d deafDC) Do(ctx context.Context, _ dcpool.Target, _ bin.Encoder, _ bin.Decoder) error {
	select {
	case d.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

var errShutdown = errors.New("the program shuts down")

// TestEndedCallsKnowWhyAndThat: a call that its context ends is, by errors.Is, that
// context's error and its cause, wherever the end came upon it.
func TestEndedCallsKnowWhyAndThat(t *testing.T) {
	d := deafDC{asked: make(chan struct{}, 1)}
	c, err := New(Config{Doer: d})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := handMade(3 << 20)
	onDisk := filepath.Join(t.TempDir(), f.Name)
	if err := os.WriteFile(onDisk, make([]byte, f.Size), 0o600); err != nil {
		t.Fatal(err)
	}
	link := Link{Username: "simfiles", First: 9, Last: 9}
	first := func(seq iter.Seq2[File, error]) error {
		for _, err := range seq {
			return err
		}
		return nil
	}
	for name, call := range map[string]func(context.Context) error{
		"Fetch": func(ctx context.Context) error {
			_, err := c.Fetch(ctx, f, Target{Dir: t.TempDir()})
			return err
		},
		"Fetch of unknown size": func(ctx context.Context) error {
			_, err := c.Fetch(ctx, handMade(UnknownSize), Target{Writer: &discard{}})
			return err
		},
		"Fetch beside another file": func(ctx context.Context) error {
			_, err := c.Fetch(ctx, f, Target{Path: onDisk})
			return err
		},
		"FetchAll": func(ctx context.Context) error {
			for _, err := range c.FetchAll(ctx, func(yield func(File, error) bool) { yield(f, nil) }, func(File) Target { return Target{Dir: t.TempDir()} }) {
				return err
			}
			return nil
		},
		"Verify": func(ctx context.Context) error {
			_, err := c.Verify(ctx, f, onDisk, VerifyOptions{})
			return err
		},
		"Open": func(ctx context.Context) error {
			r, err := c.Open(ctx, f)
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = r.ReadAt(make([]byte, 10), 0)
			return err
		},
		"Open of unknown size": func(ctx context.Context) error {
			r, err := c.Open(ctx, handMade(UnknownSize))
			if err == nil {
				return r.Close()
			}
			return err
		},
		"Stream": func(ctx context.Context) error {
			_, err := c.Stream(ctx, f, io.Discard, StreamOptions{})
			return err
		},
		"Fetch in order": func(ctx context.Context) error {
			_, err := c.Fetch(ctx, f, Target{Writer: &discard{}, Writers: 2})
			return err
		},
		"Resolve": func(ctx context.Context) error { return first(c.Resolve(ctx, link)) },
		"ResolveAll": func(ctx context.Context) error {
			return first(c.ResolveAll(ctx, slices.Values([]Link{link, link}), ResolveOptions{}))
		},
		"Invoke": func(ctx context.Context) error {
			return c.Invoke(ctx, 0, &tg.HelpGetConfigRequest{}, &tg.Config{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, when := range []string{"before", "during"} {
				select {
				case <-d.asked:
				default:
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				if when == "before" {
					cancel(errShutdown)
				} else {
					go func() {
						<-d.asked
						cancel(errShutdown)
					}()
				}
				if err := call(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, errShutdown) {
					t.Errorf("%s the call: canceled %v, cause %v: %v", when, errors.Is(err, context.Canceled), errors.Is(err, errShutdown), err)
				}
				cancel(nil)
			}
		})
	}
}

func TestFetchAllAsksForOneTargetAtATime(t *testing.T) {
	d := &plainDC{id: 5, size: 1000, most: maxPart}
	c := d.client(t)
	var running, most atomic.Int64
	files := func(yield func(File, error) bool) {
		for i := range 50 {
			f := handMade(d.size)
			f.ID = int64(i + 1)
			if !yield(f, nil) {
				return
			}
		}
	}
	n := 0
	for _, err := range c.FetchAll(t.Context(), files, func(File) Target {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		time.Sleep(time.Millisecond) // Long enough to be met.
		return Target{Writer: &discard{}, Verify: VerifyOff}
	}) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	if most.Load() != 1 || n != 50 {
		t.Errorf("%d targets at once, %d files", most.Load(), n)
	}
}

// TestFetchAllOfNothing: what a caller leaves out is no panic in a goroutine of ours.
func TestFetchAllOfNothing(t *testing.T) {
	d := &plainDC{id: 5, size: 1000, most: maxPart}
	c := d.client(t)
	t.Chdir(t.TempDir())
	for result, err := range c.FetchAll(t.Context(), func(yield func(File, error) bool) { yield(d.file(d.size), nil) }, nil) {
		if err != nil || result.Path != "f.bin" {
			t.Errorf("without a target: %s, %v", result.Path, err)
		}
	}
	n := 0
	for _, err := range c.FetchAll(t.Context(), nil, nil) {
		if n++; err == nil {
			t.Error("no files were fetched")
		}
	}
	if n != 1 {
		t.Errorf("%d outcomes of no sequence", n)
	}
}

// TestStatsHoldNoSecrets: what is shown of a Client opens no doors.
func TestStatsHoldNoSecrets(t *testing.T) {
	d := deafDC{asked: make(chan struct{}, 1)}
	c, err := New(Config{Doer: d})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := handMade(3 << 20)
	f.Location = &tg.InputDocumentFileLocation{ID: f.ID, AccessHash: 7777777701, FileReference: []byte("7777777702")}
	f.Source = Source{
		Chat:    session.Peer{Kind: session.PeerChannel, ID: 12, AccessHash: 7777777703, Title: "Club"},
		Sender:  session.Peer{ID: 13, AccessHash: 7777777704},
		Link:    Link{Invite: "7777777705"},
		Message: 9,
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = c.Fetch(ctx, f, Target{Writer: &discard{}})
	}()
	<-d.asked
	text, err := json.Marshal(c.Stats())
	cancel()
	<-ended
	if err != nil || !strings.Contains(string(text), `"Club"`) || !strings.Contains(string(text), `"f.bin"`) {
		t.Fatalf("%s, %v", text, err)
	}
	result, err := json.Marshal(Result{File: f})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(text), string(result)} {
		if strings.Contains(text, "77777777") || strings.Contains(text, "Nzc3Nzc3Nz") {
			t.Errorf("a secret is in %s", text)
		}
	}
}

// countedDC fails for good at one part, and counts the calls that begin when nobody
// wants them any more.
type countedDC struct {
	*plainDC
	failing int64
	dead    atomic.Int64
}

func (d *countedDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if ctx.Err() != nil {
		d.dead.Add(1)
		return context.Cause(ctx)
	}
	if r, ok := in.(*tg.UploadGetFileRequest); ok && r.Offset == d.failing {
		return tgerr.New(400, "FILE_ID_INVALID")
	}
	return d.plainDC.Do(ctx, t, in, out)
}

// TestNoCallBeginsAfterTheEnd: once a file has failed, nothing is asked for any more.
func TestNoCallBeginsAfterTheEnd(t *testing.T) {
	var dead int64
	for range 20 {
		d := &countedDC{plainDC: &plainDC{id: 5, size: 64 << 20, most: maxPart}, failing: 8 << 20}
		c, err := New(Config{Doer: d})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Fetch(t.Context(), d.file(d.size), Target{Writer: &discard{}}); err == nil {
			t.Error("a file that is not there was fetched")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Fetch(ctx, d.file(d.size), Target{Writer: &discard{}}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		dead += d.dead.Load()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	// The end may come between the last look at it and the call.
	if dead > 3 {
		t.Errorf("%d calls began after the end of 40 fetches", dead)
	}
}

// TestHandMadeSourcesAreEnough: a reference is renewed by as little as says where the
// file is, and the error says what is missing.
func TestHandMadeSourcesAreEnough(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	location := *f.Location.(*tg.InputDocumentFileLocation)
	location.FileReference = []byte("stale")
	chat := f.Source.Chat
	named := simLink(t, simSmall)
	for name, tt := range map[string]struct {
		source Source
		lacks  string
	}{
		"chat and message":      {source: Source{Chat: chat, Message: simSmall}},
		"no access hash":        {source: Source{Chat: session.Peer{Kind: chat.Kind, ID: chat.ID}, Message: simSmall}},
		"a link with a name":    {source: Source{Link: named}},
		"a link with an id":     {source: Source{Link: Link{Channel: chat.ID, First: simSmall, Last: simSmall}}},
		"a name and a message":  {source: Source{Link: Link{Username: "simfiles"}, Message: simSmall}},
		"a chat and its link":   {source: Source{Chat: chat, Link: Link{Username: "simfiles", First: simSmall, Last: simSmall}}},
		"nothing":               {lacks: "neither Chat and Message, nor a Link"},
		"a message of no chat":  {source: Source{Message: simSmall}, lacks: "no Chat"},
		"a chat and no message": {source: Source{Chat: chat}, lacks: "no Message"},
		"a link to all of it":   {source: Source{Link: Link{Username: "simfiles"}}, lacks: "no Message"},
	} {
		made := File{Kind: f.Kind, ID: f.ID, DC: f.DC, Size: f.Size, Name: f.Name, Location: &location, Source: tt.source}
		_, err := s.stranger(nil).Fetch(t.Context(), made, Target{Dir: t.TempDir()}) // Which has found nothing yet.
		switch reference, ok := errors.AsType[*ReferenceError](err); {
		case tt.lacks == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.lacks != "" && (!ok || !strings.Contains(reference.Error(), tt.lacks)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// plainStore keeps what it is given as JSON, whose maps may be null.
type plainStore struct {
	*session.Memory
	keys, state []byte
}

func (s *plainStore) Keys() (keys session.Keys, err error) {
	if s.keys != nil {
		err = json.Unmarshal(s.keys, &keys)
	}
	return keys, err
}

func (s *plainStore) UpdateState(fn func(*session.State) error) error {
	var state session.State
	if err := errors.Join(json.Unmarshal(s.state, &state), fn(&state)); err != nil {
		return err
	}
	var err error
	s.state, err = json.Marshal(state)
	return errors.Join(err, s.Memory.UpdateState(fn))
}

func (s *plainStore) UpdateKeys(fn func(*session.Keys) error) error {
	keys, err := s.Keys()
	if err != nil {
		return err
	}
	if err := fn(&keys); err != nil {
		return err
	}
	s.keys, err = json.Marshal(keys)
	return err
}

// TestStoresMayHandOutNilMaps: a Store of the caller's need not know of maps.
func TestStoresMayHandOutNilMaps(t *testing.T) {
	s := startSim(t, nil)
	s.store = &serialStore{Store: &plainStore{Memory: session.NewMemory(), state: []byte("{}")}}
	c := s.client(nil)
	if _, err := c.Fetch(t.Context(), file(t, c, simMoved), Target{Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
}

func TestUnknownInvitesAreNotFound(t *testing.T) {
	for _, word := range []string{"INVITE_HASH_EXPIRED", "INVITE_HASH_INVALID", "INVITE_HASH_EMPTY"} {
		if err := explain(tgerr.New(400, word)); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", word, err)
		}
	}
	s := startSim(t, nil)
	c := s.client(nil)
	for _, err := range c.Resolve(t.Context(), Link{Invite: "nobodyKnowsIt" + strconv.Itoa(1)}) {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
}

// serialStore makes a Store safe for concurrent use.
type serialStore struct {
	session.Store
	turn sync.Mutex
}

func (s *serialStore) Keys() (session.Keys, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.Store.Keys()
}

func (s *serialStore) UpdateKeys(fn func(*session.Keys) error) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.Store.UpdateKeys(fn)
}

func (s *serialStore) UpdateState(fn func(*session.State) error) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.Store.UpdateState(fn)
}
