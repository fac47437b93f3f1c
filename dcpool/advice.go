package dcpool

import (
	"cmp"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/session"
)

// PartSize is the size of the parts that calls to t should ask for now, in bytes:
// a power of two from 128 KiB to 1 MiB, so that several fit the window of a
// connection.
func (p *Pool) PartSize(t Target) int {
	if g := p.groupOf(t); g != nil {
		return g.partSize()
	}
	return flow.MinPart
}

// Room is how many bytes all media and CDN connections together can keep in
// flight now; 0 means that there are none. Asking for much more only lengthens
// the queue.
func (p *Pool) Room() (n int) {
	for _, d := range p.allDCs() {
		for _, g := range d.groups() {
			if g.kind != Main {
				n += g.room()
			}
		}
	}
	return n
}

// groupOf is the group that calls to t use, nil for a target that has none or none
// yet.
func (p *Pool) groupOf(t Target) *group {
	if t.Kind > CDN || t.DC < 0 || t.Kind == CDN && t.DC == 0 {
		return nil
	}
	id := t.DC
	if id == 0 {
		id = p.Home()
	}
	if d := p.known(id, t.Kind == CDN); d != nil {
		return d.group(t.Kind)
	}
	return nil
}

// partSize is the largest that at least half of the connections are fit for.
func (g *group) partSize() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	sizes := make([]int, 0, len(g.conns))
	for _, c := range g.conns {
		if !c.leaving {
			sizes = append(sizes, c.window.Part())
		}
	}
	if len(sizes) == 0 {
		return flow.MinPart
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

func (g *group) room() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		if !c.leaving {
			n += c.window.Limit()
		}
	}
	return n
}

// saveAdvice stores what the next start should know of the data centers and their
// addresses, where it is known.
func (p *Pool) saveAdvice(dcs []*dc) error {
	found := make(map[int]session.DCAdvice)
	for _, d := range dcs {
		advice := session.DCAdvice{RTT: time.Duration(d.stats.rtt.Load()).Milliseconds()}
		for _, g := range d.groups() {
			if g.kind != Main {
				advice.Connections = g.found()
			}
		}
		if advice != (session.DCAdvice{}) {
			found[adviceKey(d.id, d.cdn)] = advice
		}
	}
	if len(found) == 0 && !p.windows.changed() {
		return nil
	}
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		for key, fresh := range found {
			advice := s.DCs[key]
			advice.Connections = cmp.Or(fresh.Connections, advice.Connections)
			advice.RTT = cmp.Or(fresh.RTT, advice.RTT)
			s.DCs[key] = advice
		}
		p.windows.save(s)
		return nil
	})
}

// knownRTT is the smallest round trip to an ordinary data center in earlier runs; 0
// is unknown.
func (p *Pool) knownRTT(id int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.advice[adviceKey(id, false)].RTT) * time.Millisecond
}

// adviceKey is the key in session.State.DCs of a data center.
func adviceKey(id int, cdn bool) int {
	if cdn {
		return -id
	}
	return id
}

func (g *group) found() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.growth.Found()
}
