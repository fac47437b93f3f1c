package fetcher

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/tgfetch/tgfetch/session"
)

// readOnly is a session in a folder that cannot be written.
type readOnly struct{ session.Store }

var errReadOnly = &fs.PathError{Op: "open", Path: "session", Err: syscall.EROFS}

func (readOnly) UpdateKeys(func(*session.Keys) error) error   { return errReadOnly }
func (readOnly) UpdateState(func(*session.State) error) error { return errReadOnly }

// TestSessionThatCannotBeWritten costs speed, and no file: keys of foreign data
// centers and CDNs are made and serve this Client.
func TestSessionThatCannotBeWritten(t *testing.T) {
	s := startSim(t, nil)
	if err := s.client(nil).Close(); err != nil {
		t.Fatal(err)
	}
	s.store = readOnly{s.store}
	c, err := New(Config{APIID: s.cluster.APIID, APIHash: s.cluster.APIHash, Network: s.cluster.Network, Store: s.store})
	if err != nil {
		t.Fatal(err)
	}
	s.Log().Reset()
	for range 2 {
		for _, message := range []int{simSmall, simMedium, simReupload} {
			f := file(t, c, message)
			result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			checkContent(t, result.Path, f)
		}
	}
	for _, dc := range []int{5, simCDN} {
		n := 0
		for _, conn := range s.Log().Conns() {
			if conn.DC == dc {
				n += len(conn.Handshakes)
			}
		}
		if n != 1 {
			t.Errorf("DC %d: %d keys were made", dc, n)
		}
	}
	if err := c.Close(); err != nil && !errors.Is(err, syscall.EROFS) {
		t.Error(err)
	}
	// Home's key is another matter: with it goes the login.
	fresh, err := New(Config{
		APIID: s.cluster.APIID, APIHash: s.cluster.APIHash, Network: s.cluster.Network, Store: readOnly{session.NewMemory()},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if _, err := fresh.chatOf(t.Context(), simLink(t, simSmall)); !errors.Is(err, syscall.EROFS) {
		t.Errorf("a session without a login: %v", err)
	}
}
