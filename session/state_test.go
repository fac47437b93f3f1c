package session

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

func sampleState() State {
	return State{
		Options: []DCOption{
			{ID: 2, IP: "127.0.0.1", Port: 443},
			{ID: 4, IP: "::1", Port: 80, IPv6: true, MediaOnly: true, Secret: []byte{1, 2}},
		},
		OptionsExpire: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		CDNKeys:       []CDNKey{{DC: 203, PEM: "pem"}},
		Peers:         map[string]Peer{UsernameKey("@Durov"): {Kind: PeerChannel, ID: 1, AccessHash: -2, Username: "durov"}},
		Documents:     map[string]int{DocumentKey(5): 4, PhotoKey(6): 1},
		Files:         map[string]FinishedFile{"/films/a.mp4": {Document: "document:5", Size: 7, Modified: 1, Changed: 2, Inode: 3}},
		Endpoints:     map[string]Endpoint{"127.0.0.1:443": {Transport: "abridged", DC: 2, Window: 1 << 20, Measured: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
		DCs:           map[int]DCAdvice{-4: {Connections: 8}},
		Queues:        Queues{Small: 5, Large: 2, SmallPremium: 10, Premium: true, Hash: 7, Checked: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
	}
}

func setState(s State) func(*State) error {
	return func(stored *State) error {
		*stored = s.Clone()
		return nil
	}
}

func TestStateSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	if err := d.UpdateState(setState(sampleState())); err != nil {
		t.Fatal(err)
	}
	got, err := openDir(t, dir).State()
	if err != nil || !cmp.Equal(sampleState(), got) {
		t.Errorf("error %v, diff %s", err, cmp.Diff(sampleState(), got))
	}
}

func TestDamagedStateIsIgnoredAndRewritten(t *testing.T) {
	for name, data := range map[string]string{
		"empty":        "",
		"garbage":      "\x00\x01\x02",
		"wrong digest": "tgfetch state 1 00\n{}",
		"wrong types":  string(seal(stateName, []byte(`{"peers":[1]}`))),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, stateName)
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			d, err := OpenDir(dir, DirOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if s, err := d.State(); err != nil || len(s.Peers) != 0 {
				t.Errorf("state %v, error %v", s, err)
			}
			if !strings.Contains(log.String(), "state file ignored") {
				t.Errorf("nobody was told: %q", log.String())
			}
			if err := d.UpdateState(setState(sampleState())); err != nil {
				t.Fatal(err)
			}
			if s, err := openDir(t, dir).State(); err != nil || !cmp.Equal(sampleState(), s) {
				t.Errorf("after rewriting: %v, error %v", s, err)
			}
		})
	}
}

func TestStateIsWrittenRarely(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDir(dir, DirOptions{StateInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	writes := 0
	d.step = func(step string) {
		if step == ownfile.StepReplaced {
			writes++
		}
	}
	for i := range 1000 {
		if err := d.UpdateState(func(s *State) error {
			s.Documents[DocumentKey(int64(i))] = 4
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if writes != 1 {
		t.Errorf("%d writes before Close, want the first update's alone", writes)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if writes != 2 {
		t.Errorf("%d writes after Close, want 2", writes)
	}
	if s, err := openDir(t, dir).State(); err != nil || len(s.Documents) != 1000 {
		t.Errorf("%d documents, error %v", len(s.Documents), err)
	}
}

func TestStatesOfTwoProcessesMerge(t *testing.T) {
	dir := t.TempDir()
	a, b := openDir(t, dir), openDir(t, dir)
	steps := []struct {
		dir *Dir
		do  func(*State)
	}{
		{a, func(s *State) { s.Documents["a"], s.Documents["gone"] = 1, 1 }},
		{b, func(s *State) { s.Documents["b"], s.Documents["both"] = 2, 2 }},
		{a, func(s *State) { s.Options = []DCOption{{ID: 2}}; delete(s.Documents, "gone") }},
		{b, func(s *State) { s.CDNKeys = []CDNKey{{DC: 203}} }},
		{a, func(s *State) { s.Documents["both"] = 1 }},
	}
	for _, step := range steps {
		if err := step.dir.UpdateState(func(s *State) error { step.do(s); return nil }); err != nil {
			t.Fatal(err)
		}
		if err := step.dir.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := openDir(t, dir).State()
	if err != nil {
		t.Fatal(err)
	}
	want := State{
		Options:   []DCOption{{ID: 2}},
		CDNKeys:   []CDNKey{{DC: 203}},
		Documents: map[string]int{"a": 1, "b": 2, "both": 1},
	}
	want.initMaps()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStateIsBounded(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	if err := d.UpdateState(func(s *State) error {
		for i := range maxPeers + 10 {
			s.Peers[UserKey(int64(i))] = Peer{Kind: PeerUser, ID: int64(i)}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if s, err := openDir(t, dir).State(); err != nil || len(s.Peers) != maxPeers {
		t.Errorf("%d peers kept, error %v, want %d", len(s.Peers), err, maxPeers)
	}
}

func TestPeerKeysDoNotCollide(t *testing.T) {
	keys := []string{UsernameKey("c1"), ChannelKey(1), UserKey(1), ChatKey(1), UsernameKey("u1")}
	seen := make(map[string]bool)
	for _, key := range keys {
		if seen[key] {
			t.Errorf("%q twice", key)
		}
		seen[key] = true
	}
	if UsernameKey("@Durov") != UsernameKey("durov") {
		t.Error("case or @ matters in a username")
	}
}

// onLog calls itself for every record.
type onLog func()

func (onLog) Enabled(context.Context, slog.Level) bool    { return true }
func (h onLog) Handle(context.Context, slog.Record) error { h(); return nil }
func (h onLog) WithAttrs([]slog.Attr) slog.Handler        { return h }
func (h onLog) WithGroup(string) slog.Handler             { return h }

// What writes the log may use the session.
func TestDamagedStateIsLoggedWithoutALock(t *testing.T) {
	path := t.TempDir()
	if err := errors.Join(os.Chmod(path, 0o700), os.WriteFile(filepath.Join(path, stateName), []byte("?"), 0o600)); err != nil {
		t.Fatal(err)
	}
	var d *Dir
	logged := 0
	log := onLog(func() {
		logged++
		if _, err := d.State(); err != nil {
			t.Error(err)
		}
	})
	d, err := OpenDir(path, DirOptions{Logger: slog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.State(); err != nil || logged != 1 {
		t.Errorf("%d records, error %v", logged, err)
	}
}
