package simdc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"
)

// naiveContent is the definition of a file's bytes, one word at a time.
func naiveContent(id int64, size int) []byte {
	out := make([]byte, 0, size+8)
	state := mix(uint64(id))
	for len(out) < size {
		state += golden
		out = binary.LittleEndian.AppendUint64(out, mix(state))
	}
	return out[:size]
}

func TestContentIsTheSameHoweverItIsRead(t *testing.T) {
	const size = 4096
	want := naiveContent(42, size)
	for _, c := range []struct{ off, n int }{
		{0, size}, {0, 0}, {0, 1}, {1, 1}, {7, 1}, {7, 2}, {8, 8}, {3, 5}, {5, 31}, {1, 32}, {1, 33},
		{8, 31}, {8, 32}, {8, 33}, {size - 1, 1}, {13, size - 13}, {1000, 1001},
	} {
		got := make([]byte, c.n)
		Content(42, int64(c.off), got)
		if !bytes.Equal(got, want[c.off:c.off+c.n]) {
			t.Errorf("bytes [%d, %d) differ from the definition", c.off, c.off+c.n)
		}
	}
}

func TestContentDependsOnTheFile(t *testing.T) {
	a, b := make([]byte, 64), make([]byte, 64)
	Content(1, 0, a)
	Content(2, 0, b)
	if bytes.Equal(a, b) {
		t.Error("files 1 and 2 have the same content")
	}
	// The far end of a 4 GiB file costs nothing.
	Content(1, 4<<30-64, b)
	if bytes.Equal(a, b) {
		t.Error("the first and the last words of a file are the same")
	}
}

func TestDigest(t *testing.T) {
	for _, size := range []int{0, 1, 256<<10 - 1, 256 << 10, 256<<10 + 1} {
		sum := sha256.Sum256(naiveContent(7, size))
		got, err := Digest(t.Context(), 7, int64(size))
		if err != nil || got != hex.EncodeToString(sum[:]) {
			t.Errorf("digest of %d bytes: %s, %v", size, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Digest(ctx, 7, 1<<40); !errors.Is(err, context.Canceled) {
		t.Errorf("digest under an ended context: %v", err)
	}
}

func TestWindowHash(t *testing.T) {
	const size = 2*HashWindow + 100
	whole := naiveContent(9, size)
	for _, c := range []struct{ off, length int }{{0, HashWindow}, {HashWindow, HashWindow}, {2 * HashWindow, 100}} {
		hash, length := windowHash(9, int64(c.off), size)
		if length != c.length || hash != sha256.Sum256(whole[c.off:c.off+c.length]) {
			t.Errorf("window at %d: length %d, want %d, or the hash differs", c.off, length, c.length)
		}
	}
}

func BenchmarkContent(b *testing.B) {
	buf := make([]byte, 1<<20)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		Content(1, 0, buf)
	}
}
