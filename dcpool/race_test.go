package dcpool

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tgfetch/tgfetch/session"
)

// network is a Dial to addresses that take their time.
type network struct {
	after map[string]time.Duration // To connect; negative never does, missing is refused at once.
	drip  time.Duration            // The pause between two bytes of a frame of zeros that those send who listen; 0 is no byte.

	mu     sync.Mutex
	begun  []string       // Guarded by mu; addresses in the order in which they were dialled.
	opened []*countedConn // Guarded by mu.
}

type countedConn struct {
	net.Conn
	addr   string
	closed chan struct{}
	once   sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

var errRefused = errors.New("refused")

func (n *network) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.begun = append(n.begun, addr)
	n.mu.Unlock()
	after, ok := n.after[addr]
	switch {
	case !ok:
		return nil, errRefused
	case after < 0:
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	if err := sleep(ctx, after); after > 0 && err != nil {
		return nil, err
	}
	ours, peer := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, peer) }() // It listens, and says nothing of sense.
	if n.drip > 0 {
		go func() {
			frame := make([]byte, 4+1<<10)
			binary.LittleEndian.PutUint32(frame, 1<<10) // As intermediate framing has it.
			for i := range frame {
				time.Sleep(n.drip)
				if _, err := peer.Write(frame[i : i+1]); err != nil {
					return
				}
			}
		}()
	}
	c := &countedConn{Conn: ours, addr: addr, closed: make(chan struct{})}
	n.mu.Lock()
	n.opened = append(n.opened, c)
	n.mu.Unlock()
	return c, nil
}

// poolOn is a Pool on n whose DC 2 has these addresses.
func poolOn(t *testing.T, n *network, limits Limits, ips ...string) *Pool {
	t.Helper()
	var options []session.DCOption
	for _, ip := range ips {
		options = append(options, session.DCOption{ID: 2, IP: ip, Port: 443, ThisPortOnly: true})
	}
	return poolWith(t, n, limits, options...)
}

// poolWith is a Pool on n that knows these addresses.
func poolWith(t *testing.T, n *network, limits Limits, options ...session.DCOption) *Pool {
	t.Helper()
	p, err := New(Config{APIID: 1, APIHash: "x", Network: Network{DCs: options}, Dial: n.dial, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	first, second, third = "192.0.2.1", "192.0.2.2", "192.0.2.3"
	never                = time.Duration(-1)
)

// An address that does not answer costs a moment, not the timeout of its dial, and is
// left alone for a while; so does a slow one. Connections that are not needed are closed.
func TestAddressesRace(t *testing.T) {
	type result struct {
		addr  string
		took  time.Duration
		begun int
	}
	for _, test := range []struct {
		name  string
		after map[string]time.Duration
		want  result
		again result // A second time.
	}{
		{"the first is good", map[string]time.Duration{first: 100 * time.Millisecond, second: 0},
			result{first, 100 * time.Millisecond, 1}, result{first, 100 * time.Millisecond, 1}},
		{"the first is refused", map[string]time.Duration{second: 20 * time.Millisecond},
			result{second, 20 * time.Millisecond, 2}, result{second, 20 * time.Millisecond, 2}},
		{"the first is a black hole", map[string]time.Duration{first: never, second: 20 * time.Millisecond},
			result{second, raceAfter + 20*time.Millisecond, 2}, result{second, 20 * time.Millisecond, 1}},
		{"two are", map[string]time.Duration{first: never, second: never, third: 0},
			result{third, 2 * raceAfter, 3}, result{third, 0, 1}},
		{"the first is slow, the second slower", map[string]time.Duration{first: 400 * time.Millisecond, second: 200 * time.Millisecond},
			result{first, 400 * time.Millisecond, 2}, result{first, 400 * time.Millisecond, 1}},
		{"the first is slow, the second fast", map[string]time.Duration{first: 900 * time.Millisecond, second: 50 * time.Millisecond},
			result{second, raceAfter + 50*time.Millisecond, 2}, result{second, 50 * time.Millisecond, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{after: make(map[string]time.Duration)}
				for ip, after := range test.after {
					n.after[ip+":443"] = after
				}
				p := poolOn(t, n, Limits{}, first, second, third)
				d := p.dc(2, false)
				for i, want := range []result{test.want, test.again} {
					n.begun, n.opened = nil, nil
					start := time.Now()
					var got dialled
					err := d.attempt(t.Context(), Main, func(l dialled) error { got = l; return nil })
					if err != nil {
						t.Fatal(err)
					}
					seen := result{got.endpoint.addr[:len(first)], time.Since(start), len(n.begun)}
					if seen != want {
						t.Errorf("attempt %d: %+v, want %+v", i+1, seen, want)
					}
					time.Sleep(2 * time.Second) // Slower ones arrive, if they do.
					for _, c := range n.opened {
						select {
						case <-c.closed:
							if c.addr == got.endpoint.addr {
								t.Errorf("attempt %d: the connection that is used was closed", i+1)
							}
						default:
							if c.addr != got.endpoint.addr {
								t.Errorf("attempt %d: the connection to %s was left open", i+1, c.addr)
							}
						}
					}
					if err := got.link.Close(); err != nil {
						t.Error(err)
					}
				}
				closePool(t, p)
			})
		})
	}
}

func TestRaceIsBounded(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration
		took  time.Duration // At most.
	}{
		"black holes": {never, 4*10*time.Second + 10*time.Second},
		"refused":     {0, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{after: make(map[string]time.Duration)}
				if test.after < 0 {
					for _, ip := range []string{first, second} {
						n.after[ip+":443"] = never
					}
				}
				p := poolOn(t, n, Limits{}, first, second)
				defer closePool(t, p)
				start := time.Now()
				err := p.dc(2, false).attempt(t.Context(), Main, nil)
				if unreachable, ok := errors.AsType[*UnreachableError](err); !ok || unreachable.DC != 2 {
					t.Errorf("error %v", err)
				}
				if len(n.begun) != 6 || time.Since(start) > test.took {
					t.Errorf("%d dials in %v, want 6 in at most %v", len(n.begun), time.Since(start), test.took)
				}
			})
		})
	}
}

// Closing the Pool ends a race, whoever runs.
func TestCloseEndsARace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{after: map[string]time.Duration{first + ":443": never, second + ":443": never}}
		p := poolOn(t, n, Limits{}, first, second)
		result := make(chan error)
		go func() { result <- getSelf(t.Context(), p, Target{}) }()
		time.Sleep(time.Second)
		start := time.Now()
		closePool(t, p)
		if err := <-result; !errors.Is(err, ErrClosed) || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// A server that takes connections and never says a word is left after a while, and
// that is bounded.
func TestServerThatSaysNothing(t *testing.T) {
	for name, test := range map[string]struct {
		limits Limits
		silent time.Duration // How long each attempt listens.
	}{
		"by default":           {Limits{}, exchangeSilence},
		"with little patience": {Limits{StallTimeout: 2 * time.Second}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{after: map[string]time.Duration{first + ":443": 0, second + ":443": 0}}
				p := poolOn(t, n, test.limits, first, second)
				defer closePool(t, p)
				start := time.Now()
				err := getSelf(t.Context(), p, Target{})
				if !errors.Is(err, errMute) {
					t.Errorf("error %v", err)
				}
				took := time.Since(start)
				if least, most := 6*test.silent, 6*test.silent+10*time.Second; took < least || took > most {
					t.Errorf("took %v, want between %v and %v", took, least, most)
				}
				if len(n.begun) != 6 || n.begun[0] == n.begun[1] {
					t.Errorf("dialled %v, want six in turn", n.begun)
				}
			})
		})
	}
}
