package fetcher

import (
	"testing"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// preparing is a Pool that notes what it is told to prepare.
type preparing struct {
	*dcpool.Pool
	targets chan dcpool.Target
}

func (p preparing) Prepare(t dcpool.Target) { p.targets <- t }

// Where the last file of a chat was is where a connection is opened while the next
// one's message is asked for.
func TestFilesAreExpectedWhereTheLastOneWas(t *testing.T) {
	s := startSim(t, nil)
	first := s.client(nil)
	video := file(t, first, simMoved)
	if _, err := first.Fetch(t.Context(), video, Target{Writer: &discard{}, Verify: VerifyOff}); err != nil {
		t.Fatal(err)
	}
	targets := make(chan dcpool.Target, 10)
	second, err := New(Config{Store: s.store, Doer: preparing{first.Pool(), targets}})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	file(t, second, simMedium)
	want := dcpool.Target{DC: simMediaDC, Kind: dcpool.Media}
	select {
	case got := <-targets:
		if got.DC != want.DC || got.Kind != want.Kind {
			t.Errorf("%+v was prepared", got)
		}
	default:
		t.Error("nothing was prepared")
	}
	// A file whose chat nobody knows teaches nothing.
	second.foundFile(session.Peer{}, 5)
	if dc, ok := second.storedFilesDC(session.Peer{}); ok {
		t.Errorf("DC %d is expected of no chat", dc)
	}
}
