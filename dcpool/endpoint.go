package dcpool

import (
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/session"
)

// endpoint is one address of a data center.
type endpoint struct {
	addr      string // host:port
	mediaOnly bool
	// obfuscatedOnly: no other transport may be tried.
	obfuscatedOnly bool
	secret         string // Of the obfuscated transport; may be empty.
}

func endpointOf(o session.DCOption) endpoint {
	return endpoint{
		addr:           net.JoinHostPort(o.IP, strconv.Itoa(o.Port)),
		mediaOnly:      o.MediaOnly,
		obfuscatedOnly: o.TCPOOnly || len(o.Secret) > 0,
		secret:         string(o.Secret),
	}
}

// endpointsFor lists the endpoints for connections of kind to dc, best first:
// what help.getConfig said before the bootstrap list, media-only ones first for
// media connections and never for others.
func endpointsFor(known, bootstrap []session.DCOption, dc int, kind Kind, ipv6 bool) []endpoint {
	var list []endpoint
	add := func(options []session.DCOption, mediaOnly bool) {
		for _, o := range options {
			if o.ID != dc || o.IPv6 != ipv6 || o.MediaOnly != mediaOnly || o.CDN != (kind == CDN) {
				continue
			}
			e := endpointOf(o)
			same := func(other endpoint) bool { return other.addr == e.addr }
			if !slices.ContainsFunc(list, same) {
				list = append(list, e)
			}
		}
	}
	for _, options := range [][]session.DCOption{known, bootstrap} {
		if kind == Media {
			add(options, true)
		}
		add(options, false)
	}
	return list
}

// fallbacks are the transports tried in turn at an address that has never
// answered. See https://core.telegram.org/mtproto/mtproto-transports.
var fallbacks = [...]Transport{ObfuscatedPadded, Intermediate, Abridged}

// health is what was learnt about an address.
type health struct {
	// transport to use next.
	transport Transport
	// proven: transport has brought an answer.
	proven bool
	// failures in a row, and when the address may be tried again.
	failures int
	until    time.Time
}

// failed is the health after a dial or a connection with transport used failed.
// silent says that the connection was closed, or brought garbage, before the
// first answer; then an unproven address is tried at once with the next
// transport in order.
func (h health) failed(now time.Time, used Transport, silent, mayFallBack bool) health {
	if used != h.transport || now.Before(h.until) {
		return h // The failure of a sibling that was dialled at the same time.
	}
	if silent && mayFallBack && !h.proven {
		i := slices.Index(fallbacks[:], h.transport)
		h.transport = fallbacks[(i+1)%len(fallbacks)]
		if i+1 < len(fallbacks) {
			return h
		}
	}
	h.failures++
	h.until = now.Add(backoff(h.failures))
	if h.failures >= unprovenAfter {
		h.proven = false
	}
	return h
}

// unprovenAfter failures in a row an address may have become another server.
const unprovenAfter = 3

// worked is the health after an answer.
func (h health) worked() health {
	return health{transport: h.transport, proven: true}
}

// endpoints remembers the health of addresses.
type endpoints struct {
	// Immutable.
	store     session.Store
	transport Transport

	mu     sync.Mutex
	health map[string]health // Guarded by mu.
}

// load takes over what the store remembers.
func (e *endpoints) load(state *session.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.health = make(map[string]health)
	for addr, known := range state.Endpoints {
		for t := wire.ObfuscatedPadded; t <= wire.Full; t++ {
			if t.String() == known.Transport {
				e.health[addr] = health{transport: t, proven: true}
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
		wait := max(0, e.getLocked(ep).until.Sub(now))
		if bestWait < 0 || wait < bestWait {
			best, bestWait = ep, wait
		}
	}
	return best, e.getLocked(best), bestWait
}

// getLocked is the health of ep; a configured transport other than the default
// is used as it is.
func (e *endpoints) getLocked(ep endpoint) health {
	h, ok := e.health[ep.addr]
	if !ok || ep.obfuscatedOnly || e.transport != ObfuscatedPadded {
		h.transport = e.transport
	}
	return h
}

func (e *endpoints) failed(ep endpoint, used Transport, silent bool) {
	mayFallBack := !ep.obfuscatedOnly && e.transport == ObfuscatedPadded
	e.mu.Lock()
	defer e.mu.Unlock()
	e.health[ep.addr] = e.getLocked(ep).failed(time.Now(), used, silent, mayFallBack)
}

// setAside keeps ep from being used for d, unless there is no other.
func (e *endpoints) setAside(ep endpoint, d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.getLocked(ep)
	h.failures++
	h.until = time.Now().Add(d)
	e.health[ep.addr] = h
}

// worked records an answer and keeps the transport for the next start.
func (e *endpoints) worked(ep endpoint, transport Transport) error {
	e.mu.Lock()
	before := e.health[ep.addr]
	e.health[ep.addr] = health{transport: transport}.worked()
	e.mu.Unlock()
	if before.proven && before.transport == transport {
		return nil
	}
	return e.store.UpdateState(func(s *session.State) error {
		known := s.Endpoints[ep.addr]
		known.Transport, known.LastUsed = transport.String(), time.Now()
		s.Endpoints[ep.addr] = known
		return nil
	})
}
