package partfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var goldenHeader = header{
	id:    Identity{Kind: "photo", ID: -5, Variant: "thumb:m", Size: 3*OnePart + 1},
	nonce: 0x0123456789abcdef,
}

// journalBytes is a journal as a file.
func journalBytes(h header, records ...record) []byte {
	b, seed := h.encode()
	for _, r := range records {
		b = append(b, r.encode(seed)...)
	}
	return b
}

// TestJournalFormat guards the bytes of version 1: whoever changes them has to
// change the version.
func TestJournalFormat(t *testing.T) {
	got := hex.Dump(journalBytes(goldenHeader,
		record{grain: 0, length: Grain, sum: checksum([]byte("some bytes"))},
		record{grain: 24, length: 1, sum: 7},
		record{grain: 0},
		record{grain: 3, mark: wrongMark},
		record{grain: 3, mark: rightMark},
		record{mark: proofMark}))
	golden := filepath.Join("testdata", "journal.hex")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestReadJournal(t *testing.T) {
	h := goldenHeader
	otherNonce := h
	otherNonce.nonce++
	full := func(g int64, sum uint64) record { return record{grain: g, length: Grain, sum: sum} }
	three := journalBytes(h, full(0, 1), full(1, 2), full(2, 3))
	at := func(slot, i int) int { return headerSize + slot*recordSize + i }
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 0x10
		return b
	}
	tests := []struct {
		name   string
		in     []byte
		sums   map[int64]uint64
		doubts map[int64]bool
		proof  bool
		slots  int64
		err    error
	}{
		{name: "nothing", in: nil, err: errDamaged},
		{name: "half a header", in: three[:headerSize-1], err: errDamaged},
		{name: "another magic", in: flip(three, 0), err: errDamaged},
		{name: "another version", in: flip(three, 8), err: errVersion},
		{name: "another grain size", in: flip(three, 13), err: errDamaged},
		{name: "wrong id", in: flip(three, 24), err: errDamaged},
		{name: "kind past the end", in: flip(three, 40), err: errDamaged},
		{name: "something in the padding", in: flip(three, headerSize-9), err: errDamaged},
		{name: "no records", in: three[:headerSize], sums: map[int64]uint64{}},
		{name: "three records", in: three, sums: map[int64]uint64{0: 1, 1: 2, 2: 3}, slots: 3},
		{name: "torn tail", in: three[:len(three)-1], sums: map[int64]uint64{0: 1, 1: 2}, slots: 2},
		{name: "one byte of a third record", in: three[:at(2, 1)], sums: map[int64]uint64{0: 1, 1: 2}, slots: 2},
		{name: "bad record in the middle", in: flip(three, at(1, 20)), sums: map[int64]uint64{0: 1, 2: 3}, slots: 3},
		{name: "bad record at the end", in: flip(three, at(2, 0)), sums: map[int64]uint64{0: 1, 1: 2}, slots: 2},
		{name: "a slot never written", in: append(append(bytes.Clone(three[:at(1, 0)]), make([]byte, recordSize)...), three[at(2, 0):]...), sums: map[int64]uint64{0: 1, 2: 3}, slots: 3},
		{name: "the last of a grain counts", in: journalBytes(h, full(0, 1), full(0, 9)), sums: map[int64]uint64{0: 9}, slots: 2},
		{name: "taken back", in: journalBytes(h, full(0, 1), full(1, 2), record{grain: 0}), sums: map[int64]uint64{1: 2}, slots: 3},
		{name: "taken back and done again", in: journalBytes(h, full(0, 1), record{grain: 0}, full(0, 4)), sums: map[int64]uint64{0: 4}, slots: 3},
		{name: "wrong", in: journalBytes(h, full(0, 1), full(1, 2), record{grain: 0, mark: wrongMark}), sums: map[int64]uint64{1: 2}, doubts: map[int64]bool{0: true}, slots: 3},
		{name: "wrong and fetched again", in: journalBytes(h, record{grain: 0, mark: wrongMark}, full(0, 4)), sums: map[int64]uint64{0: 4}, doubts: map[int64]bool{0: true}, slots: 2},
		{name: "wrong, then right", in: journalBytes(h, record{grain: 0, mark: wrongMark}, full(0, 4), record{grain: 0, mark: rightMark}), sums: map[int64]uint64{0: 4}, slots: 3},
		{name: "wrong after it was right", in: journalBytes(h, full(0, 4), record{grain: 0, mark: rightMark}, record{grain: 0, mark: wrongMark}), sums: map[int64]uint64{}, doubts: map[int64]bool{0: true}, slots: 3},
		{name: "to be compared", in: journalBytes(h, full(0, 1), record{mark: proofMark}), sums: map[int64]uint64{0: 1}, proof: true, slots: 2},
		{name: "wrong after the end", in: journalBytes(h, record{grain: 25, mark: wrongMark}), sums: map[int64]uint64{}, slots: 1},
		{name: "last grain", in: journalBytes(h, record{grain: 24, length: 1, sum: 7}), sums: map[int64]uint64{24: 7}, slots: 1},
		{name: "last grain too long", in: journalBytes(h, full(24, 7)), sums: map[int64]uint64{}, slots: 1},
		{name: "short grain", in: journalBytes(h, record{grain: 1, length: Grain - 1, sum: 7}), sums: map[int64]uint64{}, slots: 1},
		{name: "grain after the end", in: journalBytes(h, full(25, 7)), sums: map[int64]uint64{}, slots: 1},
		{name: "negative grain", in: journalBytes(h, full(-1, 7)), sums: map[int64]uint64{}, slots: 1},
		{name: "enormous grain", in: journalBytes(h, full(1<<62, 7)), sums: map[int64]uint64{}, slots: 1},
		{name: "records of an older journal", in: append(journalBytes(otherNonce), three[headerSize:]...), sums: map[int64]uint64{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := readJournal(bytes.NewReader(tt.in))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && (!maps.Equal(c.sums, tt.sums) || c.slots != tt.slots || !maps.Equal(c.doubts, tt.doubts) || c.proof != tt.proof) {
				t.Errorf("%v in %d slots, doubts %v, proof %v, want %v in %d, %v, %v", c.sums, c.slots, c.doubts, c.proof, tt.sums, tt.slots, tt.doubts, tt.proof)
			}
		})
	}
}

func FuzzReadJournal(f *testing.F) {
	h := goldenHeader
	f.Add([]byte{})
	f.Add(journalBytes(h))
	f.Add(journalBytes(h, record{grain: 0, length: Grain, sum: 1}, record{grain: 24, length: 1, sum: 2}, record{grain: 0}))
	f.Add(journalBytes(h, record{grain: 2, mark: wrongMark}, record{grain: 2, mark: rightMark}, record{mark: proofMark}))
	f.Add(journalBytes(header{id: Identity{Kind: "document", Size: Unknown}}))
	f.Add(append(journalBytes(h, record{grain: 3, length: Grain}), make([]byte, recordSize+1)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readJournal(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, errDamaged) && !errors.Is(err, errVersion) {
				t.Fatalf("unexpected error %v", err)
			}
			return
		}
		if headerSize+c.slots*recordSize > int64(len(b)) {
			t.Fatalf("%d slots in %d bytes", c.slots, len(b))
		}
		for g := range c.doubts {
			if g < 0 || g >= grains(c.header.id.Size) {
				t.Fatalf("doubt about grain %d of %v", g, c.header.id)
			}
		}
		for g := range c.sums {
			if g < 0 || g >= grains(c.header.id.Size) {
				t.Fatalf("grain %d of %v", g, c.header.id)
			}
		}
		if again, _ := c.header.encode(); !bytes.Equal(again, b[:headerSize]) {
			t.Fatal("the header is not what it says")
		}
		// Cut where its good records end, it says the same.
		cut, err := readJournal(bytes.NewReader(b[:headerSize+c.slots*recordSize]))
		if err != nil || !maps.Equal(cut.sums, c.sums) || cut.slots != c.slots {
			t.Fatalf("cut after %d slots: %v, %v; whole: %v", c.slots, cut.sums, err, c.sums)
		}
	})
}
