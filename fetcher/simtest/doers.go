package simtest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// patience bounds what must not take for ever.
const patience = 2 * time.Minute

// Doers checks that a Doer keeps what fetcher.Doer promises. connect makes one that has
// logged in to a simulator of the default scenario; the test ends it by its own means.
func Doers(t *testing.T, connect func(t *testing.T, s *Sim) fetcher.Doer) {
	s := Start(t, nil)
	d := connect(t, s)
	for _, c := range []struct {
		name string
		test func(*testing.T, *Sim, fetcher.Doer)
	}{
		{"any data center", anyDC},
		{"answers are decoded once", decodedOnce},
		{"errors of servers", serversErrors},
		{"dead contexts", deadContexts},
		{"calls that are given up", givenUp},
		{"floods", floods},
		{"downloads", downloads},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, s, d) })
	}
}

// anyDC: calls go where the target says.
func anyDC(t *testing.T, s *Sim, d fetcher.Doer) {
	for _, dc := range []int{0, 1, 2, 3, 4, 5} {
		for _, kind := range []dcpool.Kind{dcpool.Main, dcpool.Media} {
			var config tg.Config
			err := d.Do(t.Context(), dcpool.Target{DC: dc, Kind: kind}, &tg.HelpGetConfigRequest{}, &config)
			if err != nil || dc != 0 && config.ThisDC != dc {
				t.Errorf("DC %d (%v): DC %d answers, %v", dc, kind, config.ThisDC, err)
			}
		}
	}
}

// countedAnswer counts how often it is decoded, and complains once it must not be.
type countedAnswer struct {
	t     *testing.T
	n     atomic.Int64
	ended atomic.Bool
}

func (a *countedAnswer) Decode(b *bin.Buffer) error {
	a.n.Add(1)
	if a.ended.Load() {
		a.t.Error("an answer was decoded after Do had returned")
	}
	b.Skip(b.Len())
	return nil
}

func decodedOnce(t *testing.T, s *Sim, d fetcher.Doer) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			answer := &countedAnswer{t: t}
			err := d.Do(t.Context(), dcpool.Target{DC: 4, Kind: dcpool.Media}, &tg.HelpGetConfigRequest{}, answer)
			answer.ended.Store(true)
			if n := answer.n.Load(); err != nil || n != 1 {
				t.Errorf("decoded %d times, %v", n, err)
			}
		})
	}
	wg.Wait()
}

// serversErrors: what only the caller can deal with reaches it as the server said it.
func serversErrors(t *testing.T, s *Sim, d fetcher.Doer) {
	nowhere := &tg.UploadGetFileRequest{Location: &tg.InputDocumentFileLocation{ID: 1}, Limit: 4096}
	answer := &countedAnswer{t: t}
	err := d.Do(t.Context(), dcpool.Target{DC: 2, Kind: dcpool.Media}, nowhere, answer)
	if _, ok := tgerr.As(err); !ok || answer.n.Load() != 0 {
		t.Errorf("got %v", err)
	}
	s.fault(t, scenario.Fault{Do: scenario.DoError, Code: 303, Text: "FILE_MIGRATE_4", Method: "upload.getFile", Times: 1})
	err = d.Do(t.Context(), dcpool.Target{DC: 2, Kind: dcpool.Media}, nowhere, answer)
	if dc, moved := dcpool.FileMigrated(err); !moved || dc != 4 {
		t.Errorf("a file on another data center: %v", err)
	}
}

var errNoMore = errors.New("nobody wants it any more")

func deadContexts(t *testing.T, _ *Sim, d fetcher.Doer) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errNoMore)
	answer := &countedAnswer{t: t}
	err := d.Do(ctx, dcpool.Target{DC: 3}, &tg.HelpGetConfigRequest{}, answer)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, errNoMore) || answer.n.Load() != 0 {
		t.Errorf("got %v", err)
	}
}

// givenUp: a call returns when its context ends, though the answer is not here, and
// leaves out alone from then on.
func givenUp(t *testing.T, s *Sim, d fetcher.Doer) {
	target := dcpool.Target{DC: 4}
	if err := d.Do(t.Context(), target, &tg.HelpGetConfigRequest{}, &countedAnswer{t: t}); err != nil {
		t.Fatal(err)
	}
	const late = time.Second
	s.fault(t, scenario.Fault{Do: scenario.DoDelay, DC: 4, Method: "help.getNearestDc", Delay: scenario.Duration(late), Times: 1})
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-time.After(late / 4)
		cancel(errNoMore)
	}()
	begun := time.Now()
	answer := &countedAnswer{t: t}
	err := d.Do(ctx, target, &tg.HelpGetNearestDCRequest{}, answer)
	answer.ended.Store(true)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, errNoMore) || time.Since(begun) >= late {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
	// The late answer comes before that of another call.
	s.fault(t, scenario.Fault{Do: scenario.DoDelay, DC: 4, Method: "help.getConfig", Delay: scenario.Duration(late), Times: 1})
	if err := d.Do(t.Context(), target, &tg.HelpGetConfigRequest{}, &countedAnswer{t: t}); err != nil {
		t.Error(err)
	}
}

// floods: a wait that Telegram asks for is waited for, or is a *dcpool.FloodError.
func floods(t *testing.T, s *Sim, d fetcher.Doer) {
	s.fault(t, scenario.Fault{Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_1", Method: "help.getNearestDc", Times: 1})
	err := d.Do(t.Context(), dcpool.Target{}, &tg.HelpGetNearestDCRequest{}, &countedAnswer{t: t})
	if _, flood := errors.AsType[*dcpool.FloodError](err); err != nil && !flood {
		t.Errorf("got %v", err)
	}
}

// downloads: a Client over the Doer brings files whole, from any data center and the CDN.
func downloads(t *testing.T, s *Sim, d fetcher.Doer) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client := s.Client(func(cfg *fetcher.Config) { cfg.Doer = d })
	for _, message := range []int{9, 10, 12, 23} {
		for f, err := range client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: message, Last: message}) {
			if err != nil {
				t.Fatal(err)
			}
			result, err := client.Fetch(ctx, f, fetcher.Target{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(result.Path)
			if err != nil {
				t.Fatal(err)
			}
			want := make([]byte, f.Size)
			simdc.Content(f.ID, 0, want)
			if !bytes.Equal(got, want) {
				t.Errorf("message %d: wrong bytes", message)
			}
		}
	}
}

func (s *Sim) fault(t *testing.T, f scenario.Fault) {
	t.Helper()
	if _, err := s.AddFault(f); err != nil {
		t.Fatal(err)
	}
}
