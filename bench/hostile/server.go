package hostile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/tg"
)

// Server is all data centers of one hostile Telegram.
type Server struct {
	// Immutable once a connection was accepted.
	seed uint64 // Of the random behaviour; 0 is none.

	messages atomic.Int64 // Sent, those in containers included.
	lies     atomic.Int64 // Answers of data centers, CDNs left out, that were not honest.
	dials    atomic.Int64

	mu      sync.Mutex
	attacks []Attack                   // Guarded by mu.
	ports   map[int]int                // Guarded by mu. Of data centers that listen.
	met     []int                      // Guarded by mu. Occasions that each attack had.
	keys    map[[8]byte]crypto.AuthKey // Guarded by mu.
	conns   map[net.Conn]struct{}      // Guarded by mu.
	done    bool                       // Guarded by mu.
	wg      sync.WaitGroup
}

// New is a server that makes the attacks, each at its occasions, and is honest else.
func New(attacks ...Attack) *Server {
	s := &Server{
		attacks: attacks,
		ports:   make(map[int]int),
		met:     make([]int, len(attacks)),
		keys:    make(map[[8]byte]crypto.AuthKey),
		conns:   make(map[net.Conn]struct{}),
	}
	for _, dc := range []int{HomeDC, FileDC, CDN} {
		key := Key(dc)
		s.keys[key.ID] = key
	}
	return s
}

// Seed makes the server answer at random: what it sends follows from the seed and from what the
// client asks. It returns s.
func (s *Server) Seed(seed uint64) *Server {
	s.seed = seed
	return s
}

// Turn makes the server do these attacks from now on, in place of those before.
func (s *Server) Turn(attacks ...Attack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attacks, s.met = attacks, make([]int, len(attacks))
	s.lies.Store(0)
}

// Config is what help.getConfig answers at data center dc: data centers that listen are where they do.
func (s *Server) Config(dc int) *tg.Config {
	config := Config(dc)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range config.DCOptions {
		if port, ok := s.ports[o.ID]; ok {
			config.DCOptions[i].Port = port
		}
	}
	return config
}

// Messages counts what was sent, Lies the answers of data centers other than the CDN that were not
// honest, Dials the connections that were made.
func (s *Server) Messages() int64 { return s.messages.Load() }

// Lies counts dishonest answers, those of the CDN left out.
func (s *Server) Lies() int64 { return s.lies.Load() }

// Dials counts connections.
func (s *Server) Dials() int64 { return s.dials.Load() }

// Dial connects to the data center whose Port addr has, through a pipe in memory.
func (s *Server) Dial(_ context.Context, _, addr string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	dc := n - portBase
	if dc != HomeDC && dc != FileDC && dc != CDN {
		return nil, fmt.Errorf("dial %s: connection refused", addr)
	}
	client, server := net.Pipe()
	s.Go(server, dc)
	return client, nil
}

// Go serves nc as data center dc until either side ends the connection.
func (s *Server) Go(nc net.Conn, dc int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		_ = nc.Close()
		return
	}
	s.conns[nc] = struct{}{}
	n := s.dials.Add(1)
	s.wg.Go(func() {
		c := newConn(s, nc, dc, rand.New(rand.NewPCG(s.seed, uint64(n))))
		c.serve()
		s.mu.Lock()
		delete(s.conns, nc)
		s.mu.Unlock()
	})
}

// Listen serves data center dc on a port of the loopback interface, until the server is closed.
func (s *Server) Listen(dc int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports[dc] = l.Addr().(*net.TCPAddr).Port
	s.conns[listenerConn{l: l}] = struct{}{}
	s.wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			s.Go(nc, dc)
		}
	})
	return nil
}

// listenerConn is a listener among the connections, for Close alone.
type listenerConn struct {
	net.Conn
	l net.Listener
}

func (l listenerConn) Close() error { return l.l.Close() }

// Close ends all connections and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	s.done = true
	for c := range s.conns {
		_ = c.Close() // What it says does not matter any more.
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// key returns the key that a client calls id.
func (s *Server) key(id [8]byte) (crypto.AuthKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, ok := s.keys[id]
	return key, ok
}

func (s *Server) addKey(key crypto.AuthKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[key.ID] = key
}

// attackFor returns the attack that strikes now, if one does. Each whose moment it is counts the
// occasion.
func (s *Server) attackFor(m Moment, dc int, method uint32) (Attack, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.attacks {
		if a.At != m || a.Method != 0 && a.Method != method || a.DC != 0 && a.DC != dc {
			continue
		}
		n := s.met[i]
		s.met[i]++
		if n >= a.After && (a.Times == 0 || n < a.After+a.Times) {
			return a, true
		}
	}
	return Attack{}, false
}
