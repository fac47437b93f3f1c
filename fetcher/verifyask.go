package fetcher

import (
	"context"
	"errors"
	"sync"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// hashPace is how many requests for data there are to one for hashes that
// nobody waits for.
const hashPace = 10

// asks is who may be asked for hashes that nobody waits for, over all files of
// a Client. The zero value is ready.
type asks struct {
	mu    sync.Mutex
	parts int               // Guarded by mu. Requests for data that no request for hashes follows yet.
	dcs   map[int]askedOnce // Guarded by mu. By data center.
}

// askedOnce is what is known of asking a data center.
type askedOnce uint8

const (
	neverAsked askedOnce = iota
	probing              // The first answer is awaited; nobody else asks before.
	answers
	silent
)

// due counts a request for data to a data center and reports whether one for
// hashes may follow.
func (a *asks) due(dc int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dcs[dc] == silent {
		return false
	}
	a.parts++
	if a.parts < hashPace {
		return false
	}
	a.parts = 0
	return true
}

// begin reports whether a data center may be asked now. If so, end is to be
// called.
func (a *asks) begin(dc int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch a.dcs[dc] {
	case probing, silent:
		return false
	case neverAsked:
		a.setLocked(dc, probing)
	}
	return true
}

func (a *asks) setLocked(dc int, to askedOnce) {
	if a.dcs == nil {
		a.dcs = make(map[int]askedOnce)
	}
	a.dcs[dc] = to
}

// end says what came of asking a data center: one that failed once is not asked
// again. It reports whether that is news. err may be that nobody waited for the
// answer.
func (a *asks) end(dc int, err error) (news bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.dcs[dc]
	switch {
	case before == silent:
	case err == nil:
		a.setLocked(dc, answers)
	case !errors.Is(err, context.Canceled):
		a.setLocked(dc, silent)
	case before == probing:
		a.setLocked(dc, neverAsked)
	}
	return before != silent && a.dcs[dc] == silent
}

// refused reports whether a data center failed to answer once.
func (a *asks) refused(dc int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dcs[dc] == silent
}

// errHashless means that a data center answered without hashes.
var errHashless = errors.New("the data center publishes no hashes of this file")

// fileHashes asks the file's data center for hashes from offset at on; an
// answer without any is errHashless. If patient is not set, a flood is an error
// at once.
func (r *remote) fileHashes(ctx context.Context, at int64, patient bool) ([]tg.FileHash, error) {
	var p patience
	for {
		v := r.now()
		var answer tg.FileHashVector
		target := dcpool.Target{DC: v.dc, Kind: dcpool.Media, NoFloodWait: !patient}
		err := r.c.do(ctx, target, &tg.UploadGetFileHashesRequest{Location: v.location, Offset: at}, &answer)
		switch {
		case err == nil && len(answer.Elems) == 0:
			return nil, errHashless
		case err == nil:
			return answer.Elems, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		}
		if err := r.heal(ctx, v, err, &p); err != nil {
			return nil, err
		}
	}
}
