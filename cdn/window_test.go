package cdn_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

// k is the unit of most sizes and offsets here.
const k = 1 << 10

func content(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i * 7 >> 3)
	}
	return out
}

func hash(data []byte, offset, limit int) tg.FileHash {
	sum := sha256.Sum256(data[offset : offset+limit])
	return tg.FileHash{Offset: int64(offset), Limit: limit, Hash: sum[:]}
}

func TestWindowsRefuse(t *testing.T) {
	data := content(300 * k)
	for name, hashes := range map[string][]tg.FileHash{
		"short hash":            {{Offset: 0, Limit: 100 * k, Hash: make([]byte, 20)}},
		"negative offset":       {{Offset: -1, Limit: 100 * k, Hash: make([]byte, 32)}},
		"empty window":          {{Offset: 0, Limit: 0, Hash: make([]byte, 32)}},
		"negative window":       {{Offset: 0, Limit: -5, Hash: make([]byte, 32)}},
		"huge window":           {{Offset: 0, Limit: 1 << 30, Hash: make([]byte, 32)}},
		"offset that overflows": {{Offset: 1<<63 - 1, Limit: 100 * k, Hash: make([]byte, 32)}},
		"overlap":               {hash(data, 0, 100*k), hash(data, 50*k, 100*k)},
		"contradiction":         {hash(data, 0, 100*k), {Offset: 0, Limit: 100 * k, Hash: make([]byte, 32)}},
		"short window":          {hash(data, 0, cdn.MinWindow-1)},
		"around a known one":    {hash(data, 100*k, 50*k), hash(data, 0, 300*k)},
	} {
		t.Run(name, func(t *testing.T) {
			var w cdn.Windows
			if err := w.Add(hashes, 300*k); !errors.Is(err, cdn.ErrHashes) {
				t.Errorf("got %v", err)
			}
			if w.Len() != 0 {
				t.Errorf("kept %d windows of a bad answer", w.Len())
			}
		})
	}
}

// TestLastWindow holds both ways to state the last window of a file: as long as
// all others, and as long as what is left.
func TestLastWindow(t *testing.T) {
	const size = 300*k + 1
	data := content(size)
	full := hash(data, 256*k, size-256*k)
	full.Limit = 128 * k
	for name, last := range map[string][]tg.FileHash{
		"stated in full":       {full},
		"stated as it is":      {hash(data, 256*k, size-256*k)},
		"stated both ways":     {hash(data, 256*k, size-256*k), full},
		"with one at the end":  {full, {Offset: size, Limit: 128 * k, Hash: make([]byte, 32)}},
		"with one behind that": {full, {Offset: 384 * k, Limit: 128 * k, Hash: make([]byte, 32)}},
	} {
		t.Run(name, func(t *testing.T) {
			var w cdn.Windows
			if err := w.Add(append([]tg.FileHash{hash(data, 0, 128*k), hash(data, 128*k, 128*k)}, last...), size); err != nil {
				t.Fatal(err)
			}
			if at, missing := w.Missing(0, size); missing {
				t.Fatalf("no window at %d", at)
			}
			over := w.Over(0, size)
			if got := over[len(over)-1]; len(over) != 3 || got.End() != size {
				t.Errorf("%d windows, the last ends at %d, want 3 and %d", len(over), got.End(), size)
			}
			if bad := cdn.Check(data, 0, over); len(bad) != 0 {
				t.Errorf("%d windows do not match", len(bad))
			}
			if err := w.Add(last, size); err != nil || w.Len() != 3 {
				t.Errorf("the same again: %v, %d windows", err, w.Len())
			}
		})
	}
}

func TestMissing(t *testing.T) {
	data := content(500 * k)
	var w cdn.Windows
	if err := w.Add([]tg.FileHash{hash(data, 300*k, 100*k), hash(data, 0, 100*k), hash(data, 100*k, 100*k), hash(data, 0, 100*k)}, 500*k); err != nil {
		t.Fatal(err)
	}
	if w.Len() != 3 {
		t.Errorf("%d windows", w.Len())
	}
	for _, tt := range []struct {
		from, to, at int64
		missing      bool
	}{
		{0, 100, 0, false}, {0, 200, 0, false}, {50, 150, 0, false}, {0, 201, 200, true}, {150, 350, 200, true},
		{250, 260, 250, true}, {300, 400, 0, false}, {399, 401, 400, true}, {0, 0, 0, false}, {450, 500, 450, true},
	} {
		at, missing := w.Missing(tt.from*k, tt.to*k)
		if missing != tt.missing || missing && at != tt.at*k {
			t.Errorf("Missing(%d, %d) = %d, %v", tt.from, tt.to, at, missing)
		}
	}
}

func TestCheckNamesTheBadWindowOnly(t *testing.T) {
	data := content(350 * k)
	var w cdn.Windows
	if err := w.Add([]tg.FileHash{hash(data, 0, 100*k), hash(data, 100*k, 100*k), hash(data, 200*k, 100*k), hash(data, 300*k, 50*k)}, 350*k); err != nil {
		t.Fatal(err)
	}
	over := w.Over(100*k, 350*k)
	if len(over) != 3 {
		t.Fatalf("windows %v", over)
	}
	if bad := cdn.Check(data[100*k:], 100*k, over); bad != nil {
		t.Errorf("right bytes: bad %v", bad)
	}
	wrong := bytes.Clone(data[100*k:])
	wrong[200*k-1] ^= 1
	if bad := cdn.Check(wrong, 100*k, over); len(bad) != 1 || bad[0].Offset != 200*k {
		t.Errorf("one flipped bit: bad %v", bad)
	}
	if bad := cdn.Check(data[100*k:340*k], 100*k, over); len(bad) != 1 || bad[0].Offset != 300*k {
		t.Errorf("a window cut off: bad %v", bad)
	}
	if bad := cdn.Check(data[150*k:], 150*k, over); len(bad) != 1 || bad[0].Offset != 100*k {
		t.Errorf("a window begun too late: bad %v", bad)
	}
}

// The last window of a file may be short, and nothing comes after it.
func TestShortWindows(t *testing.T) {
	data := content(20 * k)
	whole, end := hash(data, 0, 16*k), hash(data, 16*k, 100)
	for _, size := range []int64{16*k + 100, -1} {
		var w cdn.Windows
		if err := w.Add([]tg.FileHash{whole, end}, size); err != nil || w.Len() != 2 {
			t.Errorf("size %d: %d windows, %v", size, w.Len(), err)
		}
	}
	behind := hash(data, 17*k, 3*k)
	for name, answers := range map[string][][]tg.FileHash{
		"in one answer": {{end, behind}},
		"afterwards":    {{end}, {behind}},
		"before":        {{behind}, {end}},
	} {
		var w cdn.Windows
		var err error
		for _, hashes := range answers {
			err = w.Add(hashes, -1)
		}
		if !errors.Is(err, cdn.ErrHashes) {
			t.Errorf("%s: a short window with another behind it: %v", name, err)
		}
	}
}

// The windows of the largest file cost little, in the order in which parts
// come and in the worst.
func TestManyWindows(t *testing.T) {
	const (
		size      = 4 << 30
		limit     = 128 * k
		perAnswer = 8
		answers   = size / limit / perAnswer
	)
	inOrder := make([]int, answers)
	for i := range inOrder {
		inOrder[i] = i
	}
	for name, order := range map[string][]int{"in order": inOrder, "at random": rand.New(rand.NewPCG(1, 2)).Perm(answers)} {
		var w cdn.Windows
		start := time.Now()
		for _, answer := range order {
			hashes := make([]tg.FileHash, perAnswer)
			for i := range hashes {
				hashes[i] = tg.FileHash{Offset: int64(answer*perAnswer+i) * limit, Limit: limit, Hash: make([]byte, 32)}
			}
			if err := w.Add(hashes, size); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d > time.Minute { // A tenth of a second where nothing else runs.
			t.Errorf("%s: %v", name, d)
		}
		if at, missing := w.Missing(0, size); missing || w.Len() != size/limit {
			t.Errorf("%s: %d windows, none at %d", name, w.Len(), at)
		}
	}
}

// What Over returned stays as it was.
func TestOverIsACopy(t *testing.T) {
	data := content(300 * k)
	var w cdn.Windows
	if err := w.Add([]tg.FileHash{hash(data, 100*k, 100*k), hash(data, 200*k, 100*k)}, 300*k); err != nil {
		t.Fatal(err)
	}
	over := w.Over(100*k, 300*k)
	if err := w.Add([]tg.FileHash{hash(data, 0, 100*k)}, 300*k); err != nil {
		t.Fatal(err)
	}
	if over[0].Offset != 100*k || over[1].Offset != 200*k {
		t.Errorf("%v", over)
	}
}
