package dcpool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// cdnRestFirst is how long a CDN data center is left alone that could not be
	// reached or was too slow, doubling up to cdnRestMax: many networks have no way to
	// it at all.
	cdnRestFirst = 2 * time.Minute
	cdnRestMax   = 30 * time.Minute
	// cdnDialTimeout bounds one dial of a CDN.
	cdnDialTimeout = 4 * time.Second
	// cdnExchangeTimeout bounds a key exchange with a CDN, however its bytes come.
	cdnExchangeTimeout = 8 * time.Second
	// cdnRetries bounds how often a call to a CDN is repeated.
	cdnRetries = 2
)

// cdnRests remembers which CDN data centers are out of reach or too slow, so that this
// costs once and not for every file.
type cdnRests struct {
	events *events

	mu    sync.Mutex
	rests map[int]cdnRest // Guarded by mu; by data center.
}

type cdnRest struct {
	failures int
	until    time.Time
	err      error // Of the last failure.
	slow     bool  // It answers, and is too slow: an answer does not end the rest.
}

// slowCDNError says that a CDN is left alone though it answers. It is ErrNoCDN.
type slowCDNError struct {
	dc    int
	until time.Time
	err   error
}

func (e *slowCDNError) Error() string {
	return fmt.Sprintf("DC %d (cdn) is left alone until %s: %v", e.dc, e.until.Format(time.TimeOnly), e.err)
}

func (e *slowCDNError) Unwrap() error { return e.err }

func (e *slowCDNError) Is(target error) bool { return target == ErrNoCDN }

// resting is why dc is not asked now; nil if it may be.
func (c *cdnRests) resting(dc int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.rests[dc]; ok && time.Now().Before(r.until) {
		if r.slow {
			return &slowCDNError{dc: dc, until: r.until, err: r.err}
		}
		return &UnreachableError{DC: dc, Kind: CDN, Err: r.err}
	}
	return nil
}

// any says whether one is left alone now.
func (c *cdnRests) any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, r := range c.rests {
		if now.Before(r.until) {
			return true
		}
	}
	return false
}

// note takes in how a call to dc ended that was not cancelled.
func (c *cdnRests) note(dc int, err error) {
	if _, unknown := errors.AsType[*UnknownDCError](err); unknown {
		return // Servers can name as many as they like.
	}
	_, lost := errors.AsType[*LostError](err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !lost && !errors.Is(err, ErrNoCDN) {
		if r := c.rests[dc]; !r.slow || time.Since(r.until) > cdnRestMax {
			delete(c.rests, dc) // It has answered.
		}
		return
	}
	if unreachable, ok := errors.AsType[*UnreachableError](err); ok {
		err = unreachable.Err
	}
	c.beginLocked(dc, err, false)
}

// beginLocked begins a rest, longer than the one before, if there is none now.
func (c *cdnRests) beginLocked(dc int, err error, slow bool) {
	r := c.rests[dc]
	now := time.Now()
	if now.Before(r.until) {
		return // Another call has learnt the same.
	}
	r.failures++
	r.until = now.Add(min(cdnRestMax, cdnRestFirst<<min(r.failures-1, 10)))
	r.err, r.slow = err, r.slow || slow
	if c.rests == nil {
		c.rests = make(map[int]cdnRest)
	}
	c.rests[dc] = r
	c.events.tell(CDNResting{DC: dc, Until: r.until, Slow: slow, Err: r.err})
}

// doCDN runs a call to a CDN, unless that is left alone.
func (p *Pool) doCDN(ctx context.Context, c *call) error {
	if err := p.cdnRests.resting(c.target.DC); err != nil {
		return err
	}
	err := c.run(ctx)
	if _, flooded := errors.AsType[*FloodError](err); ctx.Err() == nil && p.ctx.Err() == nil && !flooded {
		p.cdnRests.note(c.target.DC, err)
	}
	return err
}

// CDNResting says whether a CDN data center could not be reached a while ago, or was
// too slow. Files are then better asked for without cdn_supported.
func (p *Pool) CDNResting() bool { return p.cdnRests.any() }

// RestCDN leaves a CDN data center alone for a while, as if it could not be reached: it
// answers, but files come faster from their own data centers. cause is told to who
// listens for events.
func (p *Pool) RestCDN(dc int, cause error) {
	p.cdnRests.mu.Lock()
	defer p.cdnRests.mu.Unlock()
	p.cdnRests.beginLocked(dc, cause, true)
}
