package dcpool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tgfetch/tgfetch/session"
)

// A data center's wait is the longest of its methods', and no other's.
func TestStatsSayWhatIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := New(Config{APIID: 1, APIHash: "x"})
		if err != nil {
			t.Fatal(err)
		}
		defer closePool(t, p)
		for _, id := range []int{2, 4} {
			p.dc(id, false)
		}
		for name, wait := range map[string]time.Duration{fileGate: time.Minute, "users.getUsers": time.Second} {
			p.gates.report(gateKey{dc: 4, name: name}, false, true, verdict{action: waitFlood, wait: wait})
		}
		s := p.Stats()
		if until := s.DCs[1].WaitUntil; !until.Equal(time.Now().Add(time.Minute)) || !s.DCs[0].WaitUntil.IsZero() {
			t.Errorf("DC 4 waits until %v, DC 2 until %v", until, s.DCs[0].WaitUntil)
		}
		time.Sleep(time.Minute)
		if until := p.Stats().DCs[1].WaitUntil; !until.IsZero() {
			t.Errorf("DC 4 still waits until %v", until)
		}
	})
}

func TestStatsOfConnections(t *testing.T) {
	s := startSim(t, knownAtOnce)
	p := s.pool(session.NewMemory(), nil)
	s.logIn(p)
	doc := s.document(p, simVideo)
	var used ConnID
	media := Target{DC: simMediaDC, Kind: Media, OnConn: func(id ConnID) { used = id }}
	if err := s.wantFile(p, media, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	media.Avoid = used
	if err := s.wantFile(p, media, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	for _, d := range p.Stats().DCs {
		if d.DC != simMediaDC {
			continue
		}
		if d.Hedges != 1 || d.Handshakes != 1 || d.Imports != 1 || d.BytesIn < 2*mib {
			t.Errorf("%+v", d)
		}
		bytes, media := int64(0), 0
		for _, c := range d.Conns {
			bytes += c.BytesIn
			if c.Kind == Media {
				media++
			}
			if c.Kind == Media && (c.Window == 0 || c.RTT == 0 || c.InFlight != 0 || c.Opened.IsZero() || c.LastByte.IsZero()) {
				t.Errorf("%+v", c)
			}
		}
		if bytes != d.BytesIn || media < 2 {
			t.Errorf("%d bytes on open connections of %d in all, %d of them for media", bytes, d.BytesIn, media)
		}
	}
}

func BenchmarkStats(b *testing.B) {
	p, err := New(Config{APIID: 1, APIHash: "x"})
	if err != nil {
		b.Fatal(err)
	}
	for id := range 5 {
		p.dc(id+1, false)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Stats()
	}
}
