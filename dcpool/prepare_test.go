package dcpool

import (
	"testing"
	"time"
)

// mediaConns is how many connections for files are open to a data center.
func mediaConns(p *Pool, dc int) (n int) {
	for _, d := range p.Stats().DCs {
		for _, c := range d.Conns {
			if d.DC == dc && c.Kind == Media {
				n++
			}
		}
	}
	return n
}

func TestPrepare(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	target := Target{DC: simMediaDC, Kind: Media}
	p.Prepare(target) // There is no key.
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	p.Prepare(target) // It is closed.

	p = s.pool(store, nil)
	before := s.Log().DC(simMediaDC)
	p.Prepare(target)
	p.Prepare(Target{DC: 5, Kind: Media}) // There is no key.
	p.Prepare(Target{DC: -1, Kind: CDN})
	for mediaConns(p, simMediaDC) == 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("there is no connection")
		}
	}
	if n := mediaConns(p, 5); n != 0 {
		t.Errorf("%d connections to a data center without a key", n)
	}
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	p.Prepare(target) // It is open.
	after := s.finalLog(p).DC(simMediaDC)
	if n := after.Handshakes - before.Handshakes; n != 0 {
		t.Errorf("%d key exchanges", n)
	}
	if n := after.Methods["upload.getFile"] - before.Methods["upload.getFile"]; n != 1 {
		t.Errorf("%d requests for files, want one", n)
	}
}
