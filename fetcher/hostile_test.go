package fetcher

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// hostile is all data centers there are, which never give a byte.
type hostile struct {
	// plain answers upload.getFile, cdn the methods of a CDN; n counts requests.
	plain, cdn func(n int64, in bin.Encoder, out bin.Decoder) error
	asked      atomic.Int64
}

func (h *hostile) Do(ctx context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	n := h.asked.Add(1)
	if _, ok := in.(*tg.UploadGetFileRequest); ok || h.cdn == nil {
		return h.plain(n, in, out)
	}
	return h.cdn(n, in, out)
}

// redirectTo is the n-th redirect, each with a token of its own.
func redirectTo(n int64) *tg.UploadFileCDNRedirect {
	return &tg.UploadFileCDNRedirect{
		DCID:          203,
		FileToken:     binary.LittleEndian.AppendUint64(nil, uint64(n)),
		EncryptionKey: make([]byte, 32),
		EncryptionIv:  make([]byte, 16),
	}
}

// redirecting answers with a redirect whoever can follow one, and nobody else.
func redirecting(fresh bool) func(int64, bin.Encoder, bin.Decoder) error {
	return func(n int64, in bin.Encoder, out bin.Decoder) error {
		request, ok := in.(*tg.UploadGetFileRequest)
		if !ok || !request.CDNSupported {
			return tgerr.New(400, "LOCATION_INVALID")
		}
		if !fresh {
			n = 1
		}
		out.(*filedata.FileAnswer).Redirect = redirectTo(n)
		return nil
	}
}

// answerWithOddWindows is a CDN that holds nothing but zeros, and hashes of windows of which
// each second one begins within a block and is not that of the zeros.
func answerWithOddWindows(_ int64, in bin.Encoder, out bin.Decoder) error {
	switch answer := out.(type) {
	case *tg.FileHashVector:
		const odd, pair = 8<<10 + 8, 16 << 10
		redirect, err := cdn.Parse(redirectTo(1))
		if err != nil {
			return err
		}
		from := in.(*tg.UploadGetCDNFileHashesRequest).Offset
		for at := from; at < from+1<<20; at += pair {
			zeros := make([]byte, odd)
			if err := redirect.Decrypt(zeros, at); err != nil {
				return err
			}
			sum := sha256.Sum256(zeros)
			answer.Elems = append(answer.Elems,
				tg.FileHash{Offset: at, Limit: odd, Hash: sum[:]},
				tg.FileHash{Offset: at + odd, Limit: pair - odd, Hash: make([]byte, 32)})
		}
	case *filedata.CDNFileAnswer:
		room := answer.Room()
		clear(room)
		answer.N = len(room)
	}
	return nil
}

// Servers that would go on for ever: each fetch ends with an error that says
// why, after few requests, soon, and without much memory.
func TestHostileServers(t *testing.T) {
	refused := func(err error) bool { return tgerr.Is(err, "LOCATION_INVALID") }
	tests := []struct {
		name       string
		plain, cdn func(n int64, in bin.Encoder, out bin.Decoder) error
		is         func(error) bool
	}{
		{
			name: "always another data center",
			plain: func(n int64, _ bin.Encoder, _ bin.Decoder) error {
				return tgerr.New(303, fmt.Sprint("FILE_MIGRATE_", 3+n))
			},
			is: func(err error) bool {
				e, ok := errors.AsType[*MigrationError](err)
				return ok && len(e.Path) < 10
			},
		},
		{
			name:  "always another redirect",
			plain: redirecting(true),
			cdn:   func(int64, bin.Encoder, bin.Decoder) error { return tgerr.New(400, "FILE_TOKEN_INVALID") },
			is:    refused,
		},
		{
			name:  "always the same redirect",
			plain: redirecting(false),
			cdn:   func(int64, bin.Encoder, bin.Decoder) error { return tgerr.New(400, "FILE_TOKEN_INVALID") },
			is:    refused,
		},
		{
			name:  "always a re-upload",
			plain: redirecting(false),
			cdn: func(n int64, in bin.Encoder, out bin.Decoder) error {
				if answer, ok := out.(*filedata.CDNFileAnswer); ok {
					answer.ReuploadNeeded = &tg.UploadCDNFileReuploadNeeded{
						RequestToken: binary.LittleEndian.AppendUint64(nil, uint64(n)),
					}
				}
				return nil
			},
			is: refused,
		},
		{
			name: "redirect that is none",
			plain: func(_ int64, _ bin.Encoder, out bin.Decoder) error {
				if answer, ok := out.(*filedata.FileAnswer); ok {
					answer.Redirect = &tg.UploadFileCDNRedirect{DCID: -1}
				}
				return nil
			},
			is: func(err error) bool { return err != nil },
		},
		{
			name:  "always flooded by the CDN's hashes",
			plain: redirecting(false),
			cdn: func(_ int64, _ bin.Encoder, out bin.Decoder) error {
				if answer, ok := out.(*tg.FileHashVector); ok {
					for i := range 40_000 {
						answer.Elems = append(answer.Elems, tg.FileHash{Offset: int64(40_000-i) << 13, Limit: 4 << 10, Hash: make([]byte, 32)})
					}
				}
				return nil
			},
			is: refused,
		},
		{
			name:  "hash windows that begin within a block",
			plain: redirecting(false),
			cdn:   answerWithOddWindows,
			is:    refused,
		},
		{
			name:  "nothing but empty answers",
			plain: func(int64, bin.Encoder, bin.Decoder) error { return nil },
			is:    func(err error) bool { return errors.Is(err, ErrShort) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := &hostile{plain: tt.plain, cdn: tt.cdn}
			c, err := New(Config{Doer: h})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}()
			f := File{Kind: Document, ID: 5, DC: 2, Size: 4 << 30, Name: "f.bin", Location: &tg.InputDocumentFileLocation{ID: 5}}
			ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, errEndless)
			defer cancel()
			start, before := time.Now(), liveHeap()
			_, err = c.Fetch(ctx, f, Target{Writer: &discard{}})
			if !tt.is(err) || errors.Is(err, errEndless) {
				t.Errorf("after %v and %d requests: %v", time.Since(start), h.asked.Load(), err)
			}
			if n := h.asked.Load(); n > 1000 {
				t.Errorf("%d requests", n)
			}
			if grown := liveHeap() - before; grown > 64<<20 {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
			t.Logf("%d requests in %v: %v", h.asked.Load(), time.Since(start).Round(time.Millisecond), err)
		})
	}
}

// What the simulator knows of hostile servers, in the middle of a download: now
// and then it costs time, always it ends the file with a named error.
func TestHostileSimulator(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(func(cfg *Config) { cfg.Limits.Pool.Retries = 3 })
	named := func(err error) bool {
		_, lost := errors.AsType[*dcpool.LostError](err)
		_, unreachable := errors.AsType[*dcpool.UnreachableError](err)
		_, length := errors.AsType[*filedata.LengthError](err)
		_, undecoded := errors.AsType[*dcpool.DecodeError](err)
		return lost || unreachable || length || undecoded || errors.Is(err, ErrLong) || errors.Is(err, ErrShort)
	}
	for _, do := range []string{scenario.DoFrame, scenario.DoNest, scenario.DoEndless, scenario.DoBomb, scenario.DoSize} {
		for _, always := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s always %v", do, always), func(t *testing.T) {
				f := file(t, c, simMedium)
				fault := scenario.Fault{Do: do, Method: "upload.getFile"}
				if !always {
					fault.First, fault.Times = 3, 1
				}
				if err := s.SetFaults(fault); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := s.SetFaults(); err != nil {
						t.Error(err)
					}
				}()
				ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, errEndless)
				defer cancel()
				start, before := time.Now(), liveHeap()
				result, err := c.Fetch(ctx, f, Target{Dir: t.TempDir()})
				if !always && err == nil {
					checkContent(t, result.Path, f)
				} else if !always || !named(err) {
					t.Errorf("%T %v", err, err)
				}
				// Each of eight connections may still be unpacking what it will refuse.
				if grown := liveHeap() - before; grown > (64+8*10)<<20 {
					t.Errorf("the heap grew by %d MiB", grown>>20)
				}
				t.Logf("%v: %v", time.Since(start).Round(time.Millisecond), err)
			})
		}
	}
}

var errEndless = errors.New("it goes on for ever")

// liveHeap is what is reachable now, in bytes.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
