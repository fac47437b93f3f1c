package dcpool

import (
	"testing"
)

// TestADCThatMovedIsFound moves a data center to other addresses after a
// session learned the old ones: when nobody answers there, the new ones are
// asked for.
func TestADCThatMovedIsFound(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	target := Target{DC: simMediaDC, Kind: Media}
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if err := s.MoveDC(t.Context(), simMediaDC); err != nil {
		t.Fatal(err)
	}

	p = s.pool(store, nil)
	s.Log().Reset()
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if n := s.Log().DC(simHome).Methods["help.getConfig"]; n != 1 {
		t.Errorf("the addresses were asked for %d times, want once", n)
	}

	p = s.pool(store, nil)
	s.Log().Reset()
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if n := s.Log().DC(simHome).Methods["help.getConfig"]; n != 0 {
		t.Errorf("the addresses were asked for %d times by the next process", n)
	}
}
