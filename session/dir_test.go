package session

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

func openDir(t *testing.T, dir string) *Dir {
	t.Helper()
	d, err := OpenDir(dir, DirOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func testKey(n byte) DCKeys {
	k := DCKeys{CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	for i := range k.AuthKey {
		k.AuthKey[i] = n + byte(i)
	}
	return k
}

func sampleKeys() Keys {
	home := testKey(1)
	home.Imported = true
	home.TimeOffset = -1500 * time.Millisecond
	home.Salts = []Salt{
		{Value: -42},
		{
			Value: 1 << 62,
			Since: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC),
			Until: time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC),
		},
	}
	return Keys{
		HomeDC: 1,
		UserID: 7_000_000_001,
		Bot:    true,
		DCs:    map[int]DCKeys{1: home, 4: testKey(4)},
		CDN:    map[int]DCKeys{203: testKey(203)},
	}
}

func put(k Keys) func(*Keys) error {
	return func(stored *Keys) error {
		*stored = k.Clone()
		return nil
	}
}

func TestStoreKeepsKeysAndState(t *testing.T) {
	stores := map[string]func(*testing.T) Store{
		"memory": func(*testing.T) Store { return NewMemory() },
		"dir":    func(t *testing.T) Store { return openDir(t, t.TempDir()) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			if keys, err := s.Keys(); err != nil || keys.DCs == nil || len(keys.DCs) != 0 {
				t.Fatalf("empty store has keys %v, error %v", keys, err)
			}
			want := sampleKeys()
			if err := s.UpdateKeys(put(want)); err != nil {
				t.Fatal(err)
			}
			got, err := s.Keys()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			got.DCs[1].Salts[0].Value = 5
			delete(got.DCs, 4)
			if again, _ := s.Keys(); !cmp.Equal(want, again) {
				t.Error("changing the copy changed what is stored")
			}

			if err := s.UpdateState(func(state *State) error {
				state.Documents[DocumentKey(9)] = 4
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			state, err := s.State()
			if err != nil || state.Documents["document:9"] != 4 {
				t.Errorf("state %v, error %v", state, err)
			}
			state.Documents["document:9"] = 5
			if err := s.ViewState(func(state *State) {
				if state.Documents["document:9"] != 4 {
					t.Error("changing the copy changed the state")
				}
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUpdateErrorChangesNothing(t *testing.T) {
	for name, s := range map[string]Store{"memory": NewMemory(), "dir": openDir(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			want := sampleKeys()
			if err := s.UpdateKeys(put(want)); err != nil {
				t.Fatal(err)
			}
			boom := errors.New("boom")
			err := s.UpdateKeys(func(k *Keys) error {
				clear(k.DCs)
				return boom
			})
			if !errors.Is(err, boom) {
				t.Errorf("error %v", err)
			}
			if got, _ := s.Keys(); !cmp.Equal(want, got) {
				t.Error("an update with an error was stored")
			}
		})
	}
}

func TestKeysSurviveReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	want := sampleKeys()
	if err := openDir(t, dir).UpdateKeys(put(want)); err != nil {
		t.Fatal(err)
	}
	got, err := openDir(t, dir).Keys()
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("error %v, diff %s", err, cmp.Diff(want, got))
	}
	if runtime.GOOS == "windows" {
		return // No permission bits there.
	}
	for name, mode := range map[string]fs.FileMode{".": 0o700, keysName: 0o600, lockName: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, error %v, want %v", name, info.Mode().Perm(), err, mode)
		}
	}
}

func TestOpenClosesKeysToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there are no permission bits to check")
		return
	}
	dir := t.TempDir()
	if err := openDir(t, dir).UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, keysName)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openDir(t, dir)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

// Processes of the concurrency test are this binary again.
const (
	childEnv      = "TGFETCH_SESSION_TEST_DIR"
	childRangeEnv = "TGFETCH_SESSION_TEST_RANGE"
)

// addKeys adds one key per update for the ids first to last, "first-last".
func addKeys(dir, ids string) int {
	var first, last int
	if _, err := fmt.Sscanf(ids, "%d-%d", &first, &last); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	d, err := OpenDir(dir, DirOptions{StateInterval: time.Nanosecond})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for id := first; id <= last; id++ {
		err := errors.Join(
			d.UpdateKeys(func(k *Keys) error {
				k.DCs[id] = testKey(byte(id))
				return nil
			}),
			d.UpdateState(func(s *State) error {
				s.Documents[DocumentKey(int64(id))] = id
				return nil
			}),
		)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if err := d.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestNobodyLosesKeysOfOthers(t *testing.T) {
	const workers, each = 6, 15
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var group errgroup.Group
	for w := range workers {
		ids := fmt.Sprintf("%d-%d", w*each+1, (w+1)*each)
		group.Go(func() error {
			if w%2 == 0 { // Goroutines of this process with Dirs of their own.
				if code := addKeys(dir, ids); code != 0 {
					return fmt.Errorf("worker %d: code %d", w, code)
				}
				return nil
			}
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), childEnv+"="+dir, childRangeEnv+"="+ids)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("process %d: %w: %s", w, err, out)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	d := openDir(t, dir)
	keys, err := d.Keys()
	if err != nil {
		t.Fatal(err)
	}
	state, err := d.State()
	if err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= workers*each; id++ {
		if keys.DCs[id].AuthKey != testKey(byte(id)).AuthKey {
			t.Errorf("the key of DC %d was lost", id)
		}
		if state.Documents[DocumentKey(int64(id))] != id {
			t.Errorf("document %d was lost", id)
		}
	}
}

func TestCrashLeavesOldOrNew(t *testing.T) {
	before, after := sampleKeys(), sampleKeys()
	after.DCs[5] = testKey(55)
	want := map[string]Keys{
		ownfile.StepCreated:  before,
		ownfile.StepHalf:     before,
		ownfile.StepWritten:  before,
		ownfile.StepReplaced: after,
	}
	for step, want := range want {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			if err := d.UpdateKeys(put(before)); err != nil {
				t.Fatal(err)
			}
			crash(t, d, step, put(after))

			fresh := openDir(t, dir)
			got, err := fresh.Keys()
			if err != nil || !cmp.Equal(want, got) {
				t.Errorf("after the crash: error %v, diff %s", err, cmp.Diff(want, got))
			}
			if err := fresh.UpdateKeys(func(k *Keys) error {
				k.HomeDC = 3
				return nil
			}); err != nil {
				t.Errorf("update after the crash: %v", err)
			}
			names, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range names {
				if strings.HasPrefix(e.Name(), ".") {
					t.Errorf("temporary file %s was left behind", e.Name())
				}
			}
		})
	}
}

// crash lets an update die at step, as the process would.
func crash(t *testing.T, d *Dir, step string, update func(*Keys) error) {
	t.Helper()
	died := errors.New("died")
	d.step = func(at string) {
		if at == step {
			panic(died)
		}
	}
	defer func() {
		if r := recover(); r != died {
			t.Fatalf("it did not die at %q but: %v", step, r)
		}
	}()
	err := d.UpdateKeys(update)
	t.Fatalf("the update survived: %v", err)
}

func TestDamagedKeysAreNamedAndKept(t *testing.T) {
	good, err := goldenKeys()
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	tests := map[string][]byte{
		"empty":                  {},
		"torn in the header":     good[:20],
		"torn in the body":       good[:len(good)-1],
		"longer":                 append(slices.Clone(good), ' '),
		"flipped bit":            flipped,
		"another kind":           []byte(strings.Replace(string(good), "tgfetch keys", "tgfetch state", 1)),
		"newer format":           []byte(strings.Replace(string(good), "keys 1 ", "keys 2 ", 1)),
		"something else":         []byte("hello\n"),
		"short key":              resealed(t, `{"dcs":{"2":{"key":"AAAA"}}}`),
		"section of wrong type":  resealed(t, `{"dcs":7}`),
		"body that is no object": resealed(t, `[]`),
		"body that is null":      resealed(t, `null`),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			path := filepath.Join(dir, keysName)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, openErr := OpenDir(dir, DirOptions{})
			_, readErr := d.Keys()
			updateErr := d.UpdateKeys(put(sampleKeys()))
			for _, err := range []error{openErr, readErr, updateErr} {
				damaged, ok := errors.AsType[*DamagedError](err)
				if !ok || damaged.Path != path || !errors.Is(err, ErrDamaged) {
					t.Errorf("error %v, want a DamagedError of %s", err, path)
				}
				if strings.Contains(fmt.Sprint(err), "AAAA") {
					t.Errorf("error shows the contents: %v", err)
				}
			}
			if kept, err := os.ReadFile(path); err != nil || string(kept) != string(data) {
				t.Error("the damaged file was changed")
			}
		})
	}
}

// resealed is a keys file with the given body and a right checksum.
func resealed(t *testing.T, body string) []byte {
	t.Helper()
	return seal(keysName, []byte(body))
}

func TestUnknownSectionsSurvive(t *testing.T) {
	dir := t.TempDir()
	body := `{"account":{"home_dc":2},"future":{"a":[1,2,{"b":null}]},"dcs":{}}`
	if err := os.WriteFile(filepath.Join(dir, keysName), resealed(t, body), 0o600); err != nil {
		t.Fatal(err)
	}
	d := openDir(t, dir)
	for home := range 3 {
		if err := d.UpdateKeys(func(k *Keys) error {
			k.HomeDC = home + 3
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	_, secs, _, err := d.readKeys()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(string(secs["future"])), "")
	if want := `{"a":[1,2,{"b":null}]}`; got != want {
		t.Errorf("unknown section is %s, want %s", got, want)
	}
	if names := slices.Sorted(maps.Keys(secs)); !slices.Equal(names, []string{"account", "cdn", "dcs", "future"}) {
		t.Errorf("sections %v", names)
	}
}

func TestUnchangedKeysAreNotWritten(t *testing.T) {
	d := openDir(t, t.TempDir())
	if err := d.UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	d.step = func(step string) { t.Errorf("the file was written again: %s", step) }
	if err := d.UpdateKeys(func(*Keys) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	d.path = filepath.Join(dir, "gone")
	if err := d.UpdateKeys(put(sampleKeys())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if keys, err := d.Keys(); err != nil || keys.HomeDC != 0 {
		t.Errorf("keys %v, error %v", keys, err)
	}
}

// TestFolderIsClosedToOthers: a folder that is the session's alone loses the permissions of
// others; one that is not, or is everybody's, is named and stays.
func TestFolderIsClosedToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a user's folders are that user's own")
	}
	t.Parallel()
	for _, c := range []struct {
		mode, want fs.FileMode
		beside     string
		warns      int
	}{
		{0o700, 0o700, "", 0},
		{0o700, 0o700, "photo.jpg", 0},
		{0o755, 0o700, "", 1},
		{0o777, 0o700, "accounts", 1},
		{0o750, 0o700, ".keys123", 1},
		{0o755, 0o755, "photo.jpg", 1},
		{0o777 | fs.ModeSticky, 0o777, "", 1},
	} {
		dir := t.TempDir()
		if c.beside != "" {
			if err := os.WriteFile(filepath.Join(dir, c.beside), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir, c.mode); err != nil {
			t.Fatal(err)
		}
		warns := 0
		if _, err := OpenDir(dir, DirOptions{Logger: slog.New(onLog(func() { warns++ }))}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != c.want || warns != c.warns {
			t.Errorf("%v with %q: %v and %d warnings, error %v; want %v and %d", c.mode, c.beside, info.Mode(), warns, err, c.want, c.warns)
		}
	}
}
