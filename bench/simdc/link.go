package simdc

import (
	"cmp"
	"net"
	"sync"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/shape"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// paths shape the connections of every DC that has the same link.
type paths struct {
	link scenario.Link // Immutable.

	mu       sync.Mutex
	accounts map[int64]bottleneck // Guarded by mu.
}

// bottleneck is a rate that connections share, in each direction.
type bottleneck struct{ down, up *shape.Queue }

func newBottleneck(rate scenario.Size) bottleneck {
	return bottleneck{down: shape.NewQueue(float64(rate)), up: shape.NewQueue(float64(rate))}
}

func newPaths(l scenario.Link) *paths { return &paths{link: l, accounts: map[int64]bottleneck{}} }

// account returns the bottleneck of an account.
func (p *paths) account(id int64) bottleneck {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.accounts[id]
	if !ok {
		b = newBottleneck(p.link.AccountRate)
		p.accounts[id] = b
	}
	return b
}

// connLink returns what holds for the n-th connection of an endpoint, from 1.
func connLink(l scenario.Link, n int) scenario.ConnLink {
	out := scenario.ConnLink{N: n, RTT: l.RTT, Rate: l.Rate, CutAfter: l.CutAfter}
	for _, x := range l.Conns {
		if x.N == n {
			out.RTT = cmp.Or(x.RTT, out.RTT)
			out.Rate = cmp.Or(x.Rate, out.Rate)
			out.CutAfter = cmp.Or(x.CutAfter, out.CutAfter)
		}
	}
	return out
}

// shape returns the shape of the n-th connection of an endpoint, from 1.
func (p *paths) shape(n int, dc bottleneck) shape.Link {
	x := connLink(p.link, n)
	out := shape.Link{
		RTT: x.RTT.Std(),
		Down: shape.Path{
			Rate: float64(x.Rate), Buffer: sendBuffer(x.Rate), Fast: int64(p.link.FastBytes),
			Burst: int64(p.link.Burst), Pause: p.link.Pause.Std(), Drip: int(p.link.Drip),
		},
		Up:         shape.Path{Rate: float64(x.Rate), Fast: int64(p.link.FastBytes)},
		Attachable: p.link.AccountRate > 0,
	}
	if p.link.DCRate > 0 {
		out.Down.Queues = []*shape.Queue{dc.down}
		out.Up.Queues = []*shape.Queue{dc.up}
	}
	return out
}

// sendBuffer is how many bytes may wait to leave: about ten milliseconds'
// worth, because the log takes a byte for sent when it is in the buffer.
func sendBuffer(rate scenario.Size) int {
	const least, most = 16 << 10, 1 << 20
	if rate <= 0 {
		return most
	}
	return int(min(max(rate/100, least), most))
}

// listener numbers the connections of an endpoint in the order in which they
// were accepted, and shapes them.
type listener struct {
	*shape.Listener
	number int // Owned by the goroutine that accepts: of the latest connection.

	mu       sync.Mutex
	accepted int // Guarded by mu. How many were numbered since they are from 1.
}

func (p *paths) listen(l net.Listener, dc bottleneck) *listener {
	out := &listener{}
	// Not the index that the function is given: that cannot start anew.
	out.Listener = shape.NewListener(l, func(int) shape.Link {
		out.number = out.next()
		return p.shape(out.number, dc)
	})
	return out
}

func (l *listener) next() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted++
	return l.accepted
}

func (l *listener) renumber() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted = 0
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &acceptedConn{Conn: nc, number: l.number}, nil
}

// Renumber counts the connections that endpoints accept from now on from 1
// again, for [scenario.Link.Conns], [scenario.Fault.Conn] and the log. Those that are open keep
// their numbers, so close them first.
func (c *Cluster) Renumber() {
	for _, e := range c.endpoints {
		e.current().listener.renumber()
	}
}

// acceptedConn is a connection and its place in the order of acceptance.
type acceptedConn struct {
	net.Conn
	number int // Immutable. From 1.

	attached sync.Once
}

// attach makes the connection share the account's rate from now on.
func (c *call) attach(a *account) {
	nc, ok := c.request.Conn.Net().(*acceptedConn)
	if !ok || c.paths.link.AccountRate == 0 {
		return
	}
	if shaped, ok := nc.Conn.(*shape.Conn); ok {
		nc.attached.Do(func() {
			b := c.paths.account(a.ID)
			shaped.Attach(b.down)
			shaped.AttachUp(b.up)
		})
	}
}
