package cdn_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

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
	data := content(300)
	for name, hashes := range map[string][]tg.FileHash{
		"short hash":            {{Offset: 0, Limit: 100, Hash: make([]byte, 20)}},
		"negative offset":       {{Offset: -1, Limit: 100, Hash: make([]byte, 32)}},
		"empty window":          {{Offset: 0, Limit: 0, Hash: make([]byte, 32)}},
		"negative window":       {{Offset: 0, Limit: -5, Hash: make([]byte, 32)}},
		"huge window":           {{Offset: 0, Limit: 1 << 30, Hash: make([]byte, 32)}},
		"past the end":          {{Offset: 200, Limit: 101, Hash: make([]byte, 32)}},
		"offset that overflows": {{Offset: 1<<63 - 1, Limit: 100, Hash: make([]byte, 32)}},
		"overlap":               {hash(data, 0, 100), hash(data, 50, 100)},
		"contradiction":         {hash(data, 0, 100), {Offset: 0, Limit: 100, Hash: make([]byte, 32)}},
		"around a known one":    {hash(data, 100, 50), hash(data, 0, 300)},
	} {
		t.Run(name, func(t *testing.T) {
			var w cdn.Windows
			if err := w.Add(hashes, 300); !errors.Is(err, cdn.ErrHashes) {
				t.Errorf("got %v", err)
			}
			if w.Len() != 0 {
				t.Errorf("kept %d windows of a bad answer", w.Len())
			}
		})
	}
}

func TestMissing(t *testing.T) {
	data := content(500)
	var w cdn.Windows
	if err := w.Add([]tg.FileHash{hash(data, 300, 100), hash(data, 0, 100), hash(data, 100, 100), hash(data, 0, 100)}, 500); err != nil {
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
		at, missing := w.Missing(tt.from, tt.to)
		if missing != tt.missing || missing && at != tt.at {
			t.Errorf("Missing(%d, %d) = %d, %v", tt.from, tt.to, at, missing)
		}
	}
}

func TestCheckNamesTheBadWindowOnly(t *testing.T) {
	data := content(350)
	var w cdn.Windows
	if err := w.Add([]tg.FileHash{hash(data, 0, 100), hash(data, 100, 100), hash(data, 200, 100), hash(data, 300, 50)}, 350); err != nil {
		t.Fatal(err)
	}
	over := w.Over(100, 350)
	if len(over) != 3 {
		t.Fatalf("windows %v", over)
	}
	if bad := cdn.Check(data[100:], 100, over); bad != nil {
		t.Errorf("right bytes: bad %v", bad)
	}
	wrong := bytes.Clone(data[100:])
	wrong[199] ^= 1
	if bad := cdn.Check(wrong, 100, over); len(bad) != 1 || bad[0].Offset != 200 {
		t.Errorf("one flipped bit: bad %v", bad)
	}
	if bad := cdn.Check(data[100:340], 100, over); len(bad) != 1 || bad[0].Offset != 300 {
		t.Errorf("a window cut off: bad %v", bad)
	}
	if bad := cdn.Check(data[150:], 150, over); len(bad) != 1 || bad[0].Offset != 100 {
		t.Errorf("a window begun too late: bad %v", bad)
	}
}
