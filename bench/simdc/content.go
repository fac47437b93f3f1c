package simdc

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// HashWindow is the length in bytes of the windows that Telegram hashes; the
// last window of a file is shorter. https://core.telegram.org/cdn#verifying-files
const HashWindow = 128 << 10

// golden is the increment of splitmix64, 2^64 divided by the golden ratio.
const golden = 0x9e3779b97f4a7c15

// Multiples of golden modulo 2^64, for the unrolled loop.
const (
	golden2 = 2 * golden & (1<<64 - 1)
	golden3 = 3 * golden & (1<<64 - 1)
	golden4 = 4 * golden & (1<<64 - 1)
)

// mix is the output function of splitmix64.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// mixAll folds numbers into one that depends on each of them and their order.
func mixAll(values ...uint64) uint64 {
	h := uint64(golden)
	for _, v := range values {
		h = mix((h ^ v) + golden)
	}
	return h
}

// Content fills dst with the bytes of file id from byte offset off on. Files
// have no end here: their size is the scenario's business. Word w of a file
// (8 bytes, little-endian) is output w of splitmix64 seeded from the id, so any
// range costs the same and nothing is stored.
func Content(id, off int64, dst []byte) {
	written(dst)
	fill(id, off, dst)
}

// fill is Content, of which the race detector is told by written.
//
//go:norace
func fill(id, off int64, dst []byte) {
	seed := mix(uint64(id))
	word := uint64(off) / 8
	if skip := int(off % 8); skip != 0 {
		var w [8]byte
		binary.LittleEndian.PutUint64(w[:], mix(seed+(word+1)*golden))
		dst = dst[copy(dst, w[skip:]):]
		word++
	}
	state := seed + (word+1)*golden
	for len(dst) >= 32 {
		binary.LittleEndian.PutUint64(dst[0:8], mix(state))
		binary.LittleEndian.PutUint64(dst[8:16], mix(state+golden))
		binary.LittleEndian.PutUint64(dst[16:24], mix(state+golden2))
		binary.LittleEndian.PutUint64(dst[24:32], mix(state+golden3))
		state += golden4
		dst = dst[32:]
	}
	for len(dst) > 0 {
		var w [8]byte
		binary.LittleEndian.PutUint64(w[:], mix(state))
		dst = dst[copy(dst, w[:]):]
		state += golden
	}
}

// Digest returns the SHA-256, in hex, of the first size bytes of file id. It
// reads the file at about the speed of SHA-256, and stops when ctx ends.
func Digest(ctx context.Context, id, size int64) (string, error) {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for off := int64(0); off < size; off += int64(len(buf)) {
		if ctx.Err() != nil {
			return "", fmt.Errorf("digest of file %d: %w", id, context.Cause(ctx))
		}
		part := buf[:min(int64(len(buf)), size-off)]
		Content(id, off, part)
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// windowHash returns the SHA-256 of the hash window at off, which must be a
// multiple of HashWindow below size, and the window's length.
func windowHash(id, off, size int64) (hash [sha256.Size]byte, length int) {
	length = int(min(HashWindow, size-off))
	buf := make([]byte, length)
	Content(id, off, buf)
	return sha256.Sum256(buf), length
}
