package chunker_test

import (
	"testing"

	"github.com/tgfetch/tgfetch/chunker"
)

// What was recorded of half of a 4 GiB file, every second grain, and the first parts
// asked for after it.
func BenchmarkResume(b *testing.B) {
	const size = 4 << 30
	b.ReportAllocs()
	for b.Loop() {
		p := mustNew(b, size)
		for g := int64(0); g < size/chunker.Grain; g += 2 {
			p.Restore(g)
		}
		for range 24 {
			if part, ok := p.Next(1 << 20); !ok || part.Bytes != chunker.Grain {
				b.Fatalf("%+v, %v", part, ok)
			}
		}
	}
}

// A part asked for, failed and asked for again, with 64 others on their way.
func BenchmarkFail(b *testing.B) {
	p := mustNew(b, 4<<30)
	for range 64 {
		p.Next(1 << 20)
	}
	b.ReportAllocs()
	for b.Loop() {
		part, ok := p.Next(1 << 20)
		if !ok {
			b.Fatal("nothing to ask for")
		}
		p.Fail(part)
	}
}
