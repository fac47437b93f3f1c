package fetcher

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// contentOf is what a file of the simulator holds.
func contentOf(f File) []byte {
	data := make([]byte, f.Size)
	simdc.Content(f.ID, 0, data)
	return data
}

func TestExistingModes(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	right := contentOf(f)
	wrong := slices.Clone(right)
	wrong[7] ^= 1
	for _, tt := range []struct {
		name     string
		mode     ExistingMode
		there    []byte
		vouched  bool // by a NAME.info.json of the right contents
		path     string
		existing bool
	}{
		{"size: same size", ExistingSize, wrong, false, "notes.txt", true},
		{"size: another size", ExistingSize, wrong[1:], false, "notes.3002.txt", false},
		{"proven: vouched for", ExistingProven, wrong, true, "notes.txt", true},
		{"hash: vouched for, but wrong", ExistingHash, wrong, true, "notes.3002.txt", false},
		{"hash: vouched for", ExistingHash, right, true, "notes.txt", true},
		{"hash: the server knows", ExistingHash, right, false, "notes.txt", true},
		{"replace: another", ExistingReplace, []byte("mine"), false, "notes.txt", false},
		{"replace: the file itself", ExistingReplace, right, false, "notes.txt", false},
		{"replace: another, with the file beside it", ExistingReplace, []byte("mine"), true, "notes.txt", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "notes.txt")
			if tt.vouched {
				if _, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true}); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(path, tt.there, 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.mode == ExistingReplace && tt.vouched {
				if err := os.WriteFile(filepath.Join(dir, "notes.3002.txt"), right, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c := s.client(nil) // One that wrote nothing yet.
			r, err := c.Fetch(t.Context(), f, Target{Dir: dir, Existing: tt.mode})
			if err != nil || r.Path != filepath.Join(dir, tt.path) || r.Existing != tt.existing {
				t.Fatalf("%+v, %v", r, err)
			}
			if !tt.existing {
				checkContent(t, r.Path, f)
			}
		})
	}
}

// TestExistingFilesAndProof: what is known of a file that is there by other means
// than Telegram's hashes is not said to be proven, and is not enough for a full
// verification.
func TestExistingFilesAndProof(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	right := contentOf(f)
	wrong := slices.Clone(right)
	wrong[7] ^= 1
	whole := []Range{{0, f.Size}}
	for _, tt := range []struct {
		name     string
		there    []byte
		recorded bool // in a NAME.info.json
		mode     ExistingMode
		verify   VerifyMode
		path     string
		unproven []Range
		why      Reason
	}{
		{"the record is enough", wrong, true, ExistingProven, VerifyServer, "notes.txt", whole, ReasonRecorded},
		{"the size is enough", wrong, false, ExistingSize, VerifyServer, "notes.txt", whole, ReasonSize},
		{"hashes", right, false, ExistingProven, VerifyOff, "notes.txt", nil, ""},
		{"the record is not enough", wrong, true, ExistingProven, VerifyFull, "notes.3002.txt", nil, ""},
		{"the size is not enough", wrong, false, ExistingSize, VerifyFull, "notes.3002.txt", nil, ""},
		{"the record is right", right, true, ExistingProven, VerifyFull, "notes.txt", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "notes.txt")
			if tt.recorded {
				if _, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true}); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(path, tt.there, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := s.client(nil).Fetch(t.Context(), f, Target{Dir: dir, Existing: tt.mode, Verify: tt.verify})
			if err != nil || r.Path != filepath.Join(dir, tt.path) {
				t.Fatalf("%s, %v", r.Path, err)
			}
			if !slices.Equal(r.Unproven, tt.unproven) || r.Why != tt.why || r.Proven != f.Size-lengths(tt.unproven) {
				t.Errorf("%d bytes proven, %v not, since %q", r.Proven, r.Unproven, r.Why)
			}
		})
	}
}

// TestNoModeMixesFilesOfOneRun gives files one name and, in pairs, one size.
func TestNoModeMixesFilesOfOneRun(t *testing.T) {
	const files = 60
	s := startSim(t, func(s *scenario.Scenario) {
		chat := scenario.Chat{ID: 1800000006, Title: "Namesakes", Username: "simsame"}
		for i := range files {
			id := 92_000 + int64(i)
			s.Files = append(s.Files, scenario.File{ID: id, DC: 1, Size: scenario.Size(1000 + i/2), Name: "same.bin"})
			chat.Messages = append(chat.Messages, scenario.Message{ID: i + 1, File: id})
		}
		s.Chats = append(s.Chats, chat)
	})
	for _, mode := range []ExistingMode{ExistingProven, ExistingSize, ExistingHash, ExistingReplace} {
		dir := t.TempDir()
		var first map[int64]string
		for round := range 2 {
			c := s.client(nil)
			link := Link{Username: "simsame", First: 1, Last: files}
			paths := map[int64]string{}
			for r, err := range c.FetchAll(t.Context(), c.Resolve(t.Context(), link), func(File) Target {
				return Target{Dir: dir, Existing: mode}
			}) {
				if err != nil {
					t.Fatal(err)
				}
				paths[r.File.ID] = r.Path
				if trusting := mode == ExistingSize && round > 0; !trusting {
					checkContent(t, r.Path, r.File)
				}
			}
			if first == nil {
				first = paths
				continue
			}
			for id, path := range paths {
				if (mode == ExistingProven || mode == ExistingHash) && path != first[id] {
					t.Errorf("mode %d: document %d is %s, and was %s", mode, id, path, first[id])
				}
			}
		}
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if mode != ExistingReplace && len(left) != files {
			t.Errorf("mode %d: %d files after two runs, want %d", mode, len(left), files)
		}
	}
}

// TestReplacedNamesAreSpokenFor: a file that is about to replace what lies under a name
// has that name, though the bytes there are still those of another one.
func TestReplacedNamesAreSpokenFor(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	dir := t.TempDir()
	first, err := c.Fetch(t.Context(), f, Target{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c.names.note(first.Path, "document:99")
	second, err := c.Fetch(t.Context(), f, Target{Dir: dir, Existing: ExistingReplace})
	if err != nil || second.Path == first.Path || second.Existing {
		t.Errorf("%s, there already: %v, %v", second.Path, second.Existing, err)
	}
}

func TestExistingModesHaveNames(t *testing.T) {
	for mode := range ExistingReplace + 1 {
		text, err := mode.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got ExistingMode
		if err := got.UnmarshalText(text); err != nil || got != mode {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if err := new(ExistingMode).UnmarshalText([]byte("maybe")); err == nil {
		t.Error("a mode that does not exist")
	}
}
