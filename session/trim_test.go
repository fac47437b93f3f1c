package session

import (
	"strconv"
	"strings"
	"testing"
)

// What a server sends cannot make a State large, also in memory.
func TestStateIsBoundedInMemory(t *testing.T) {
	dir, err := OpenDir(t.TempDir(), DirOptions{})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("ä", 1<<20)
	for name, store := range map[string]Store{"memory": NewMemory(), "directory": dir} {
		keys := []CDNKey{{DC: 1, PEM: long}, {DC: 2, PEM: "short"}}
		err := store.UpdateState(func(s *State) error {
			for i := range maxPeers + 10 {
				s.Peers[ChannelKey(int64(i))] = Peer{ID: int64(i), Title: "x"}
			}
			for i := range maxDocuments + 10 {
				s.Documents[DocumentKey(int64(i))] = 4
			}
			for i := range maxEndpoints + 10 {
				s.Endpoints[strconv.Itoa(i)] = Endpoint{DC: 1}
				s.DCs[i] = DCAdvice{Connections: 1}
			}
			s.CDNKeys = keys
			s.Options = []DCOption{{ID: 1, IP: long}, {ID: 2, Secret: []byte(long)}, {ID: 3, IP: "127.0.0.1"}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = store.UpdateState(func(s *State) error {
			clear(s.Peers)
			s.Peers["@x"] = Peer{ID: 1, Title: "x" + long, Username: long}
			s.Peers[long] = Peer{ID: 2}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = store.ViewState(func(s *State) {
			if len(s.Documents) != maxDocuments || len(s.Endpoints) != maxEndpoints || len(s.DCs) != maxDCs {
				t.Errorf("%s: %d documents, %d endpoints, %d DCs", name, len(s.Documents), len(s.Endpoints), len(s.DCs))
			}
			if p := s.Peers["@x"]; len(s.Peers) != 1 || len(p.Title) != maxText-1 || len(p.Username) != maxText {
				t.Errorf("%s: %d peers, a title of %d bytes", name, len(s.Peers), len(p.Title))
			}
			if len(s.CDNKeys) != 1 || s.CDNKeys[0].DC != 2 || len(s.Options) != 1 || s.Options[0].ID != 3 {
				t.Errorf("%s: %d keys, %d addresses", name, len(s.CDNKeys), len(s.Options))
			}
		})
		if err != nil || keys[0].DC != 1 {
			t.Errorf("%s: error %v, the caller's list begins with DC %d", name, err, keys[0].DC)
		}
	}
}
