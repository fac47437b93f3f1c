package fetcher

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// oddWriter is a writer that does as it likes with what comes at one offset.
type oddWriter func(p []byte, off int64) (int, error)

func (w oddWriter) WriteAt(p []byte, off int64) (int, error) { return w(p, off) }

// oddFile can be read besides.
type oddFile struct {
	oddWriter
	read func(p []byte, off int64) (int, error)
}

func (f oddFile) ReadAt(p []byte, off int64) (int, error) { return f.read(p, off) }

// TestCodeOfCallersThatFails: whatever a caller's code does, the program goes on, and is
// told whose fault it was.
func TestCodeOfCallersThatFails(t *testing.T) {
	full := errors.New("the bucket is full")
	at := func(n int64, odd func(p []byte) (int, error)) oddWriter {
		return func(p []byte, off int64) (int, error) {
			if off <= n && n < off+int64(len(p)) {
				return odd(p)
			}
			return len(p), nil
		}
	}
	fails := func([]byte) (int, error) { return 0, full }
	panics := func([]byte) (int, error) { panic(full) }
	short := func(p []byte) (int, error) { return len(p) - 1, nil }
	swallows := at(-1, nil)
	for name, tt := range map[string]struct {
		target Target
		is     error
		panics bool
	}{
		"a writer that fails at the first byte": {target: Target{Writer: at(0, fails)}, is: full},
		"a writer that fails in the middle":     {target: Target{Writer: at(2<<20, fails)}, is: full},
		"a writer that fails at the last byte":  {target: Target{Writer: at(5<<20+2, fails)}, is: full},
		"a writer that panics":                  {target: Target{Writer: at(2<<20, panics)}, is: full, panics: true},
		"a writer that is nil":                  {target: Target{Writer: oddWriter(nil)}, panics: true},
		"a writer that writes less":             {target: Target{Writer: at(2<<20, short)}, is: io.ErrShortWrite},
		"a file that is nil":                    {target: Target{Writer: (*os.File)(nil)}, is: os.ErrInvalid},
		"a file that cannot be read":            {is: full, target: Target{Hash: true, Writer: oddFile{swallows, func([]byte, int64) (int, error) { return 0, full }}}},
		"a file that panics when read":          {is: full, panics: true, target: Target{Hash: true, Writer: oddFile{swallows, func([]byte, int64) (int, error) { panic(full) }}}},
	} {
		d := &plainDC{id: 5, size: 5<<20 + 3, most: maxPart}
		_, err := d.client(t).Fetch(t.Context(), d.file(d.size), tt.target)
		failure, ok := errors.AsType[*CallerError](err)
		if !ok || failure.What != callersWriter || tt.is != nil && !errors.Is(err, tt.is) || (failure.Stack != nil) != tt.panics {
			t.Errorf("%s: %v", name, err)
		}
		if _, again := Retry(err); again {
			t.Errorf("%s: worth another try", name)
		}
	}
}

// panickyDoer panics once it is asked for bytes.
type panickyDoer struct{ Doer }

func (d panickyDoer) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if _, ok := in.(*tg.UploadGetFileRequest); ok {
		panic("no bytes today")
	}
	return d.Doer.Do(ctx, t, in, out)
}

// TestPanicsOfCallersAreErrors: a panic in a goroutine of ours would end the program.
func TestPanicsOfCallersAreErrors(t *testing.T) {
	d := &plainDC{id: 5, size: 1000, most: maxPart}
	f := d.file(d.size)
	one := func(yield func(File, error) bool) { yield(f, nil) }
	oddTarget := func(File) Target { panic("no target today") }
	refresh := func(context.Context, File) (tg.InputFileLocationClass, error) { panic("no reference today") }
	for what, cfg := range map[string]Config{
		"Config.Doer":                       {Doer: panickyDoer{d}},
		"the Doer of Config.Wrap":           {Doer: d, Wrap: func(inner Doer) Doer { return panickyDoer{inner} }},
		"Config.Refresh":                    {Doer: expiredDC{}, Refresh: refresh},
		"the target function of FetchAll":   {Doer: d},
		"the sequence of files of FetchAll": {Doer: d},
	} {
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		files, target := one, func(File) Target { return Target{Dir: t.TempDir()} }
		switch {
		case strings.Contains(what, "target"):
			target = oddTarget
		case strings.Contains(what, "sequence"):
			files = func(func(File, error) bool) { panic("no files today") }
		}
		n := 0
		for result, err := range c.FetchAll(t.Context(), files, target) {
			n++
			failure, ok := errors.AsType[*CallerError](err)
			if !ok || failure.What != what || failure.Stack == nil || !strings.Contains(failure.Error(), "today") || result.Path != "" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d outcomes", what, n)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWriterThatBlocks: it holds up its own file, and no other.
func TestWriterThatBlocks(t *testing.T) {
	d := &plainDC{id: 5, size: 200 << 20, most: maxPart}
	c := d.client(t)
	gate, blocked := make(chan struct{}), make(chan struct{}, 1000)
	ended := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := c.Fetch(ctx, d.file(d.size), Target{Verify: VerifyOff, Writer: oddWriter(func(p []byte, _ int64) (int, error) {
			blocked <- struct{}{}
			<-gate
			return len(p), nil
		})})
		ended <- err
	}()
	<-blocked
	other := &plainDC{id: 6, size: 3 << 20}
	f := other.file(other.size)
	f.DC = 4
	if _, err := c.Fetch(t.Context(), f, Target{Writer: &discard{}, Verify: VerifyOff}); err != nil {
		t.Errorf("another file: %v", err)
	}
	cancel()
	close(gate)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// brokenStore fails at everything.
type brokenStore struct{ err error }

func (s brokenStore) Keys() (session.Keys, error)                  { return session.Keys{}, s.err }
func (s brokenStore) UpdateKeys(func(*session.Keys) error) error   { return s.err }
func (s brokenStore) State() (session.State, error)                { return session.State{}, s.err }
func (s brokenStore) ViewState(func(*session.State)) error         { return s.err }
func (s brokenStore) UpdateState(func(*session.State) error) error { return s.err }

// forgetfulStore keeps nothing of what it says it has kept.
type forgetfulStore struct{}

func (forgetfulStore) Keys() (k session.Keys, err error)       { return k, nil }
func (forgetfulStore) State() (s session.State, err error)     { return s, nil }
func (forgetfulStore) ViewState(fn func(*session.State)) error { fn(&session.State{}); return nil }
func (forgetfulStore) UpdateKeys(fn func(*session.Keys) error) error {
	return fn(&session.Keys{})
}
func (forgetfulStore) UpdateState(fn func(*session.State) error) error {
	return fn(&session.State{})
}

// TestStoresThatFailOrLie: the error is the Store's, and nothing is left on disk; a Store
// that keeps nothing costs what it would have kept.
func TestStoresThatFailOrLie(t *testing.T) {
	s := startSim(t, nil)
	broken := errors.New("the database is gone")
	c := s.stranger(nil)
	s.login(c, simPhone, simCode, simUser)
	f := file(t, c, simSmall)

	failing, err := New(Config{APIID: s.cluster.APIID, APIHash: s.cluster.APIHash, Network: s.cluster.Network, Store: brokenStore{broken}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := failing.Fetch(t.Context(), f, Target{Dir: dir}); !errors.Is(err, broken) {
		t.Errorf("Fetch: %v", err)
	}
	for _, err := range failing.Resolve(t.Context(), simLink(t, simSmall)) {
		if !errors.Is(err, broken) {
			t.Errorf("Resolve: %v", err)
		}
	}
	checkDir(t, dir)
	_ = failing.Close() // It may say the same once more.

	for _, tt := range []struct {
		store session.Store
		is    error
	}{{brokenStore{}, session.ErrNotCalled}, {forgetfulStore{}, ErrLoginNeeded}} {
		lying, err := New(Config{APIID: s.cluster.APIID, APIHash: s.cluster.APIHash, Network: s.cluster.Network, Store: tt.store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lying.Fetch(t.Context(), f, Target{Dir: dir}); !errors.Is(err, tt.is) {
			t.Errorf("%T: %v", tt.store, err)
		}
		_ = lying.Close() // It may say the same once more.
		checkDir(t, dir)
	}
}

// TestNothingAtAll: zero values are errors that say what is missing.
func TestNothingAtAll(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "APIID") {
		t.Errorf("New: %v", err)
	}
	if _, err := ParseLink(""); !isA[*LinkError](err) {
		t.Errorf("ParseLink: %v", err)
	}
	s := startSim(t, nil)
	c := s.client(nil)
	n := 0
	for _, err := range c.Resolve(t.Context(), Link{}) {
		if n++; err == nil {
			t.Error("no link led somewhere")
		}
	}
	if n != 1 {
		t.Errorf("%d outcomes of no link", n)
	}
	for _, err := range c.ResolveAll(t.Context(), nil, ResolveOptions{}) {
		if err == nil {
			t.Error("no links led somewhere")
		}
	}
	dir := t.TempDir()
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	for _, target := range []Target{{Dir: dir}, {Path: filepath.Join(dir, "x.bin")}, {Writer: &discard{}}} {
		if _, err := c.Fetch(dead, handMade(5<<20), target); !errors.Is(err, context.Canceled) {
			t.Errorf("a dead context: %v", err)
		}
	}
	checkDir(t, dir)
}
