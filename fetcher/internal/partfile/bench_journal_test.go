package partfile

import (
	"bytes"
	"testing"
)

// Reading the journal of a complete 4 GiB file.
func BenchmarkReadJournal(b *testing.B) {
	h := header{id: Identity{Kind: "document", ID: 1, Size: 4 << 30}, nonce: 1}
	records := make([]record, grains(h.id.Size))
	for g := range records {
		records[g] = record{grain: int64(g), length: Grain, sum: uint64(g)}
	}
	data := journalBytes(h, records...)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		c, err := readJournal(bytes.NewReader(data))
		if err != nil || len(c.sums) != len(records) {
			b.Fatalf("%d records, %v", len(c.sums), err)
		}
	}
}

// Encoding one record.
func BenchmarkEncodeRecord(b *testing.B) {
	r := record{grain: 24, length: Grain, sum: 7}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = append(out[:0], r.encode(1)...)
	}
}
