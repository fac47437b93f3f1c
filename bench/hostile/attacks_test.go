package hostile_test

import (
	"errors"
	"flag"
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/hostile"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

var all = flag.Bool("all", false, "make every attack of the table, and not some of each kind")

// perKind is how many attacks of a kind are made without -all.
const perKind = 1

const (
	// maxHeap is how much memory an attack may cost, that of the server included: it is in this process.
	maxHeap = 192 << 20
	// maxReal is how much time of the processor's it may cost; a test that hangs is ended by it.
	maxReal = time.Minute
)

// TestAttacks makes the attacks of the table, each in a conversation of its own.
func TestAttacks(t *testing.T) {
	for _, a := range chosen(hostile.Table()) {
		t.Run(a.Name, func(t *testing.T) {
			stop := watch(t)
			out := play(t, server(a), clientFor(a))
			stop()
			for _, err := range out.errs {
				if !ofTheFile(err) && !strings.Contains(err.Error(), "DC ") {
					t.Errorf("the error names no data center: %v", err)
				}
			}
			t.Logf("%v, %d files, %q", out.took, len(out.files), out.errs)
		})
	}
}

// ofTheFile reports whether an error says something about a link, a file or the account, and not about a server.
func ofTheFile(err error) bool {
	_, unproven := errors.AsType[*fetcher.VerifyError](err)
	return unproven || errors.Is(err, fetcher.ErrNotFound) || errors.Is(err, fetcher.ErrNoAccess) || errors.Is(err, fetcher.ErrNoMedia) ||
		errors.Is(err, fetcher.ErrInvalidFile) || errors.Is(err, dcpool.ErrLoginNeeded) || errors.Is(err, errEndless) ||
		strings.Contains(err.Error(), "in a form that this version of the program cannot read")
}

// chosen is all attacks, or the middle ones of each kind.
func chosen(table []hostile.Attack) []hostile.Attack {
	if *all {
		return table
	}
	kinds := map[string][]hostile.Attack{}
	var order []string
	for _, a := range table {
		kind, _, _ := strings.Cut(a.Name, ": ")
		if kinds[kind] == nil {
			order = append(order, kind)
		}
		kinds[kind] = append(kinds[kind], a)
	}
	var list []hostile.Attack
	for i, kind := range order {
		of := kinds[kind]
		if testing.Short() && i%4 > 0 {
			continue
		}
		for i := range min(perKind, len(of)) {
			list = append(list, of[(2*i+1)*len(of)/(2*perKind)])
		}
	}
	return list
}

// server is one that makes the attack, and what has to happen for its moment to come.
func server(a hostile.Attack) *hostile.Server {
	if a.Method != tg.AccountGetPasswordRequestTypeID {
		return hostile.New(a)
	}
	return hostile.New(a, hostile.Attack{At: hostile.Query, Method: tg.AuthSignInRequestTypeID, Do: func(s *hostile.Strike) {
		s.Refuse(s.MsgID, 401, "SESSION_PASSWORD_NEEDED")
	}})
}

// clientFor is a client that comes to the moment of the attack.
func clientFor(a hostile.Attack) client {
	how := client{transport: dcpool.Intermediate, endless: a.Endless}
	switch a.At {
	case hostile.ResPQ, hostile.DHParams, hostile.DHInner, hostile.DHAnswer:
		how.fresh = true
	}
	switch a.Method {
	case tg.AuthSendCodeRequestTypeID, tg.AuthSignInRequestTypeID, tg.AuthExportAuthorizationRequestTypeID,
		tg.AuthImportAuthorizationRequestTypeID, tg.AccountGetPasswordRequestTypeID, tg.HelpGetCDNConfigRequestTypeID:
		how.fresh = true
	case tg.AuthBindTempAuthKeyRequestTypeID:
		how.pfs = true
	case tg.UploadGetFileHashesRequestTypeID:
		how.verify = fetcher.VerifyFull
	}
	return how
}

// watch ends the process if the test, or the conversation that is under way, takes too long in real time, and fails the
// test if it takes too much memory.
func watch(t *testing.T) (stop func()) {
	t.Helper()
	debug.FreeOSMemory()
	done := make(chan struct{})
	var wg sync.WaitGroup
	name, before, peak := t.Name(), heap(), uint64(0)
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		last, since := played.Load(), time.Now()
		for {
			peak = max(peak, heap())
			select {
			case <-tick.C:
			case <-done:
				return
			}
			if n := played.Load(); n != last {
				last, since = n, time.Now()
			} else if time.Since(since) > maxReal {
				panic(fmt.Sprintf("%s: still at it after %v", name, maxReal))
			}
		}
	})
	return func() {
		t.Helper()
		close(done)
		wg.Wait()
		if peak > before+maxHeap {
			t.Errorf("the heap grew by %d MiB", (peak-before)>>20)
		}
	}
}

// heap is how many bytes objects on the heap take, those included that nobody needs any more.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
