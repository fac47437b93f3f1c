package dcpool

import (
	"slices"

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

// saveAdvice stores the numbers of connections found, where they are new.
func (p *Pool) saveAdvice(dcs []*dc) error {
	found := make(map[int]int)
	for _, d := range dcs {
		for _, g := range d.groups() {
			if n := g.found(); n > 0 && g.kind != Main {
				found[adviceKey(d.id, d.cdn)] = n
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		for key, n := range found {
			advice := s.DCs[key]
			advice.Connections = n
			s.DCs[key] = advice
		}
		return nil
	})
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
