package fetcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
)

// Proven is how many of the bytes that were read so far matched a hash of the
// file's data center.
func (r *Reader) Proven() int64 {
	unproven, _ := r.Unproven()
	n := r.read.sum()
	for _, u := range unproven {
		n -= u.Len()
	}
	return n
}

// Unproven are the ranges that were read so far and compared with no hash, and
// why; none and empty if there are none.
func (r *Reader) Unproven() (list []Range, why Reason) {
	for _, read := range r.read.all() {
		for at := read.From; at < read.To; {
			from, missing := r.proven.missing(at, read.To)
			if !missing {
				break
			}
			at = r.proven.next(from, read.To)
			list = append(list, Range{from, at})
		}
	}
	switch {
	case len(list) == 0:
		return nil, ""
	case r.verify == VerifyOff:
		return list, ReasonOff
	default:
		return list, ReasonNoHash
	}
}

// errLate means that hashes come much later than the bytes.
var errLate = errors.New("the data center's hashes come too late")

// compared has a piece read and compares it, in memory, with the hashes of the
// file's data center, which are asked for beside the bytes. Bytes that do not
// match are fetched again, twice at most.
func (r *Reader) compared(ctx context.Context, remote *remote, offset int64, dst *space, read func(context.Context) error) error {
	end := offset + int64(dst.size)
	if r.verify == VerifyOff || r.verify == VerifyServer && r.c.asks.refused(remote.now().dc) {
		return read(ctx)
	}
	asking, cancel := context.WithCancel(ctx)
	var hashes *hashRequest
	defer func() {
		cancel()
		if hashes != nil {
			<-hashes.done
		}
	}()
	if remote.now().cdn.Redirect() == nil { // What a CDN sends is compared as it comes.
		hashes = r.ask(asking, remote, offset, end)
	}
	if err := read(ctx); err != nil {
		return err
	}
	if _, missing := unprovenIn(dst, offset, end); !missing {
		return nil
	}
	if hashes == nil {
		hashes = r.ask(asking, remote, offset, end)
	}
	var grace <-chan time.Time
	if r.verify != VerifyFull {
		timer := time.NewTimer(verifyGrace)
		defer timer.Stop()
		grace = timer.C
	}
	select {
	case <-hashes.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-grace:
		return r.without(remote, errLate, offset, end, dst)
	}
	inside := slices.DeleteFunc(slices.Clone(hashes.over), func(w cdn.Window) bool { return w.Offset < offset || w.End() > end })
	if hashes.err == nil && len(inside) < len(hashes.over) {
		_, err := remote.readAround(ctx, remote.now(), hashes.over, offset, dst)
		return err
	}
	if err := r.match(ctx, remote, offset, dst, inside); err != nil || hashes.err == nil {
		return err
	}
	return r.without(remote, hashes.err, offset, end, dst)
}

// hashRequest is a request for the windows over a piece. over and err are
// written before done is closed.
type hashRequest struct {
	done chan struct{}
	over []cdn.Window
	err  error
}

// ask asks for the windows over a piece, until ctx ends. The caller waits for
// done.
func (r *Reader) ask(ctx context.Context, remote *remote, offset, end int64) *hashRequest {
	h := &hashRequest{done: make(chan struct{})}
	go func() {
		defer close(h.done)
		h.over, h.err = remote.hashWindows(ctx, offset, end, r.verify == VerifyFull)
	}()
	return h
}

// match compares windows that lie inside a piece.
func (r *Reader) match(ctx context.Context, remote *remote, offset int64, dst *space, over []cdn.Window) error {
	for _, w := range over {
		data := dst.bytes()[w.Offset-offset:][:w.Limit]
		if !w.Matches(data) {
			r.c.log.Warn("bytes that do not match their hash are fetched again", "file", remote.file.Name, "offset", w.Offset, "bytes", w.Limit)
			remote.refetched.Add(int64(w.Limit))
			if err := remote.mendHere(ctx, remote.now(), w, data); err != nil {
				return err
			}
		}
		dst.prove(w.Offset, w.End())
	}
	return nil
}

// without decides about a piece of which hashes were missed: an error under
// VerifyFull. A data center that refuses them is not asked again.
func (r *Reader) without(remote *remote, missed error, offset, end int64, dst *space) error {
	if r.verify != VerifyFull {
		if dc := remote.now().dc; r.c.asks.end(dc, missed) {
			r.c.log.Info("no more hashes are asked for", "dc", dc, "file", remote.file.Name, "reason", missed)
		}
		return nil
	}
	at, missing := unprovenIn(dst, offset, end)
	switch {
	case !missing:
		return nil
	case errors.Is(missed, errHashless):
		return &VerifyError{File: remote.file.Name, Offset: at, NoHash: true}
	default:
		return fmt.Errorf("DC %d: hashes from offset %d on: %w", remote.now().dc, at, missed)
	}
}

// unprovenIn is the first byte of [offset, end) that dst does not say is proven.
func unprovenIn(dst *space, offset, end int64) (at int64, missing bool) {
	var proven ranges
	for _, p := range dst.proven {
		proven.add(p.From, p.To)
	}
	return proven.missing(offset, end)
}

// hashWindows returns the windows over [from, to), which lie in one block. Those
// that are not known come from the cache, or are asked for, once for all pieces
// of the block. With an error it returns those that there are.
func (r *remote) hashWindows(ctx context.Context, from, to int64, patient bool) ([]cdn.Window, error) {
	block := from - from%chunker.Block
	for last := int64(-1); ; {
		over, at, missing := r.windowsOver(block, from, to)
		if !missing {
			return over, nil
		}
		if at == last {
			return over, errHashless
		}
		called, err := r.turns.once(ctx, turnHashes-block, func() error { return r.askHashes(ctx, at, patient) })
		if err != nil {
			return over, err
		}
		if called {
			last = at
		}
	}
}

// askHashes learns windows from an offset on, from the cache or from the file's
// data center.
func (r *remote) askHashes(ctx context.Context, at int64, patient bool) error {
	if cached, ok := r.cachedWindow(at); ok && r.learn(cached) == nil {
		return nil
	}
	hashes, err := r.fileHashes(ctx, at, patient)
	if err != nil {
		return err
	}
	if err := r.learn(hashes); err != nil {
		return err
	}
	r.cacheWindows(hashes)
	return nil
}
