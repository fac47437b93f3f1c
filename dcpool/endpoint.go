package dcpool

import (
	"slices"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// fallbacks are the transports tried in turn at an address that has never answered
// under a key: servers of other makes understand the first messages of a padded
// transport, which are not encrypted, and no others. See
// https://core.telegram.org/mtproto/mtproto-transports.
var fallbacks = [...]Transport{ObfuscatedPadded, ObfuscatedIntermediate, Intermediate, Abridged}

const (
	// fallBackAfter failures of the obfuscated transport in a row, with a pause
	// between them, a plain one is tried: a single reset is the network's.
	fallBackAfter = 2
	// fallBackFor is how long a plain transport that worked is used before the
	// obfuscated one is tried again.
	fallBackFor = 24 * time.Hour
	// unprovenAfter failures in a row an address may have become another server.
	unprovenAfter = 3
)

// health is what was learnt about an address.
type health struct {
	// transport to use next.
	transport Transport
	// proven: transport has brought an answer, since then if it is a fallback.
	proven bool
	since  time.Time
	// failures in a row, and when the address may be tried again.
	failures int
	until    time.Time
	// silences are those failures at which another transport was worth a thought.
	silences int
}

// failed is the health after a dial or a connection with transport used failed.
// silent says that the connection was closed, or brought garbage, before the
// first answer; then an unproven address is tried with the next transport in
// order.
func (h health) failed(now time.Time, used Transport, silent, mayFallBack bool) health {
	if used != h.transport || now.Before(h.until) {
		return h // The failure of a sibling that was dialled at the same time.
	}
	if silent && mayFallBack && !h.proven {
		h.silences++
		if h.transport != fallbacks[0] || h.silences >= fallBackAfter {
			i := slices.Index(fallbacks[:], h.transport)
			h.transport, h.silences = fallbacks[(i+1)%len(fallbacks)], 0
			if i+1 < len(fallbacks) {
				return h
			}
		}
	}
	h.failures++
	h.until = now.Add(backoff(h.failures))
	if h.failures >= unprovenAfter {
		h.proven = false
	}
	return h
}

// worked is the health after an answer at now by transport.
func (h health) worked(now time.Time, transport Transport) health {
	if h.proven && h.transport == transport {
		now = h.since
	}
	if transport == fallbacks[0] {
		now = time.Time{}
	}
	return health{transport: transport, proven: true, since: now}
}

// stale says that a fallback was in use for so long that the obfuscated transport
// deserves another try.
func (h health) stale(now time.Time) bool {
	return h.proven && h.transport != fallbacks[0] && now.Sub(h.since) >= fallBackFor
}

// endpoints remembers the health of addresses.
type endpoints struct {
	// Immutable.
	store     session.Store
	transport Transport
	events    *events // May be nil.

	mu     sync.Mutex
	health map[string]health        // Guarded by mu.
	dials  map[string]time.Duration // Guarded by mu; how long the last one took.
}

// load takes over what the store remembers.
func (e *endpoints) load(state *session.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.health = make(map[string]health)
	for addr, known := range state.Endpoints {
		for _, t := range fallbacks {
			if t.String() == known.Transport {
				e.health[addr] = health{}.worked(known.Since, t)
			}
		}
	}
}

// choose returns the first endpoint that may be tried now, or the one that may
// be tried first and how long that is away.
func (e *endpoints) choose(list []endpoint, now time.Time) (endpoint, health, time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var (
		best     endpoint
		bestWait time.Duration = -1
	)
	for _, ep := range list {
		wait := max(0, e.getLocked(ep, now).until.Sub(now))
		if bestWait < 0 || wait < bestWait {
			best, bestWait = ep, wait
		}
	}
	return best, e.getLocked(best, now), bestWait
}

// getLocked is the health of ep. A transport is learnt only where none is
// configured, or demanded by ep.
func (e *endpoints) getLocked(ep endpoint, now time.Time) health {
	h, ok := e.health[ep.addr]
	switch {
	case !e.mayFallBack(ep):
		h.transport = e.required(ep)
	case !ok:
		h.transport = fallbacks[0]
	case h.stale(now):
		h = health{transport: fallbacks[0]}
	}
	return h
}

// mayFallBack says that ep may be tried with other transports than the first.
func (e *endpoints) mayFallBack(ep endpoint) bool {
	return !ep.obfuscatedOnly && e.transport == 0
}

// required is the only transport for an endpoint without fallbacks: the configured
// one, unless that is plain and ep is not, or ep's secret says which. Of a secret that
// does not ask for padding official clients use none.
func (e *endpoints) required(ep endpoint) Transport {
	switch {
	case ep.secret.Padded():
		return ObfuscatedPadded
	case !ep.obfuscatedOnly, e.transport == ObfuscatedIntermediate:
		return e.transport
	case ep.secret != proxy.Secret{} && e.transport != ObfuscatedPadded:
		return ObfuscatedIntermediate
	}
	return ObfuscatedPadded
}

func (e *endpoints) failed(ep endpoint, used Transport, silent bool) {
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.getLocked(ep, now)
	after := before.failed(now, used, silent, e.mayFallBack(ep))
	e.health[ep.addr] = after
	if after.transport != before.transport {
		e.events.tell(TransportChanged{Addr: ep.addr, From: before.transport, To: after.transport})
	}
	if after.until.After(before.until) {
		e.events.tell(AddrResting{Addr: ep.addr, Until: after.until})
	}
}

// setAside keeps ep from being used for d, unless there is no other.
func (e *endpoints) setAside(ep endpoint, d time.Duration) {
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.getLocked(ep, now)
	h.failures++
	h.until = now.Add(d)
	e.health[ep.addr] = h
	e.events.tell(AddrResting{Addr: ep.addr, Until: h.until})
}

// setAsideFor is setAside if another endpoint in list may be used meanwhile. It reports
// whether that is so.
func (e *endpoints) setAsideFor(ep endpoint, list []endpoint, d time.Duration) bool {
	rest := slices.DeleteFunc(slices.Clone(list), func(o endpoint) bool { return o.addr == ep.addr || o.stated != "" })
	if len(rest) == 0 {
		return false
	}
	if _, _, wait := e.choose(rest, time.Now()); wait > 0 {
		return false
	}
	e.setAside(ep, d)
	return true
}

// readmit ends what setAside began.
func (e *endpoints) readmit(ep endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.health[ep.addr]
	h.failures, h.until = max(0, h.failures-1), time.Time{}
	e.health[ep.addr] = h
}

// took notes how long it took to connect to ep.
func (e *endpoints) took(ep endpoint, d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dials == nil {
		e.dials = make(map[string]time.Duration)
	}
	e.dials[ep.addr] = d
}

// patience is how long a dial of ep goes on alone.
func (e *endpoints) patience(ep endpoint) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return max(raceAfter, raceSlack*e.dials[ep.addr])
}

// worked records an answer and keeps the transport for the next start, if it was
// learnt and not configured.
func (e *endpoints) worked(ep endpoint, transport Transport) error {
	now := time.Now()
	e.mu.Lock()
	before := e.getLocked(ep, now)
	after := before.worked(now, transport)
	e.health[ep.addr] = after
	e.mu.Unlock()
	if before.proven && before.transport == transport || !e.mayFallBack(ep) {
		return nil
	}
	return e.store.UpdateState(func(s *session.State) error {
		known := s.Endpoints[ep.addr]
		known.Transport, known.Since = transport.String(), after.since
		s.Endpoints[ep.addr] = known
		return nil
	})
}
