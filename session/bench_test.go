package session

import (
	"strconv"
	"testing"
)

// A change of the keys, durable when it returns.
func BenchmarkUpdateKeys(b *testing.B) {
	d := benchDir(b, b.TempDir())
	if err := d.UpdateKeys(put(sampleKeys())); err != nil {
		b.Fatal(err)
	}
	salt := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		salt++
		if err := d.UpdateKeys(func(k *Keys) error {
			home := k.DCs[1]
			home.Salts = []Salt{{Value: salt}}
			k.DCs[1] = home
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// What the start of a process reads: the keys, and the state of an account that
// knows a thousand chats.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	d := benchDir(b, dir)
	if err := d.UpdateKeys(put(sampleKeys())); err != nil {
		b.Fatal(err)
	}
	if err := d.UpdateState(func(s *State) error { fillPeers(s, 1000); return nil }); err != nil {
		b.Fatal(err)
	}
	if err := d.Flush(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		again, err := OpenDir(dir, DirOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := again.Keys(); err != nil {
			b.Fatal(err)
		}
		peers := 0
		if err := again.ViewState(func(s *State) { peers = len(s.Peers) }); err != nil || peers != 1000 {
			b.Fatalf("%d peers, %v", peers, err)
		}
		if err := again.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// One peer looked up among a thousand.
func BenchmarkViewState(b *testing.B) {
	m := NewMemory()
	if err := m.UpdateState(func(s *State) error { fillPeers(s, 1000); return nil }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var p Peer
		if err := m.ViewState(func(s *State) { p = s.Peers[ChannelKey(500)] }); err != nil || p.ID != 500 {
			b.Fatalf("%+v, %v", p, err)
		}
	}
}

func benchDir(b *testing.B, dir string) *Dir {
	b.Helper()
	d, err := OpenDir(dir, DirOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	return d
}

func fillPeers(s *State, n int64) {
	for id := range n {
		s.Peers[ChannelKey(id)] = Peer{Kind: PeerChannel, ID: id, AccessHash: -id, Title: "Channel " + strconv.FormatInt(id, 10)}
	}
}
