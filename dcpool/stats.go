package dcpool

import "time"

// Stats is a snapshot of a Pool; see Pool.Stats.
type Stats struct {
	// Home is the id of the home data center.
	Home int
	// DCs is one entry per data center used, in order of id.
	DCs []DCStats
	// Waits are the calls' waits that Telegram asked for and that are not over.
	Waits []Wait
}

// DCStats is what was done with one data center. Counters only grow.
type DCStats struct {
	DC  int
	CDN bool
	// HasKey and Imported say whether there is a key and an authorization.
	HasKey, Imported bool
	// Handshakes and Imports count key exchanges and imports done.
	Handshakes, Imports int64
	// Exchange is how long the last key exchange took, without its dial; 0 if
	// there was none.
	Exchange time.Duration
	// Dials counts connections opened, Lost those that ended while in use,
	// Replaced those given up because their siblings were much faster.
	Dials, Lost, Replaced int64
	// Calls counts answered calls, Retries repeated ones, Floods waits asked, Hedges
	// calls that were to avoid a connection, since what they ask for is late or came
	// wrong there.
	Calls, Retries, Floods, Hedges int64
	// WaitUntil is when the last of the waits here that Telegram asked for is over;
	// zero without one.
	WaitUntil time.Time
	// BytesIn and BytesOut count bytes on the sockets, closed ones included.
	BytesIn, BytesOut int64
	// RTT is the smallest round trip seen on open connections; 0 is unknown.
	RTT time.Duration
	// Conns are the open connections.
	Conns []ConnStats
}

// ConnStats is one open connection.
type ConnStats struct {
	ID   ConnID
	Kind Kind
	// Addr is the address dialled.
	Addr string
	// Opened is when the connection was ready, LastByte when it last brought one.
	Opened, LastByte time.Time
	// BytesIn and BytesOut count bytes on the socket.
	BytesIn, BytesOut int64
	// InFlight is the bytes asked for and not answered, Window their bound.
	InFlight, Window int
	// Rate is the bytes per second it delivers while busy; 0 is unknown.
	Rate float64
	// Calls is the calls in flight.
	Calls int
	// RTT is the smallest round trip seen, of a large answer if there was no small
	// one; 0 is unknown.
	RTT time.Duration
}

// Wait is a flood wait in progress.
type Wait struct {
	DC int
	// Method is the method that waits; "file" for the reads of files together.
	Method string
	// Until is when calls go on.
	Until time.Time
}

// Kind is what waits: FloodFiles for the reads of files together, from CDNs as well.
func (w Wait) Kind() FloodKind { return method(w.Method).flood() }

// Stats is a snapshot of what the Pool does. It costs no I/O.
func (p *Pool) Stats() Stats {
	s := Stats{Home: p.Home(), Waits: p.gates.waits(time.Now())}
	for _, d := range p.allDCs() {
		dc := d.snapshot()
		for _, w := range s.Waits {
			if w.DC == dc.DC && w.Until.After(dc.WaitUntil) {
				dc.WaitUntil = w.Until
			}
		}
		s.DCs = append(s.DCs, dc)
	}
	return s
}

func (d *dc) snapshot() DCStats {
	c := d.credentials()
	s := DCStats{
		DC:         d.id,
		CDN:        d.cdn,
		HasKey:     !c.key.Zero(),
		Imported:   c.imported,
		Handshakes: d.stats.handshakes.Load(),
		Imports:    d.stats.imports.Load(),
		Exchange:   time.Duration(d.stats.exchange.Load()),
		Dials:      d.stats.dials.Load(),
		Lost:       d.stats.lost.Load(),
		Replaced:   d.stats.replaced.Load(),
		Calls:      d.stats.calls.Load(),
		Retries:    d.stats.retries.Load(),
		Floods:     d.stats.floods.Load(),
		Hedges:     d.stats.hedges.Load(),
		BytesIn:    d.stats.closedIn.Load(),
		BytesOut:   d.stats.closedOut.Load(),
	}
	for _, g := range d.groups() {
		for _, conn := range g.stats() {
			s.Conns = append(s.Conns, conn)
			s.BytesIn += conn.BytesIn
			s.BytesOut += conn.BytesOut
			if conn.RTT > 0 && (s.RTT == 0 || conn.RTT < s.RTT) {
				s.RTT = conn.RTT
			}
		}
	}
	return s
}

func (g *group) stats() []ConnStats {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]ConnStats, 0, len(g.conns))
	for _, c := range g.conns {
		list = append(list, c.statsLocked())
	}
	return list
}
