package chunker_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/chunker"
)

func mustNew(t testing.TB, size int64) *chunker.Plan {
	t.Helper()
	p, err := chunker.New(size)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

type ask struct {
	offset int64
	limit  int
	bytes  int
}

func drain(p *chunker.Plan, most int) (asks []ask) {
	for part, ok := p.Next(most); ok; part, ok = p.Next(most) {
		asks = append(asks, ask{part.Offset, part.Limit, part.Bytes})
		p.Done(part, part.Bytes)
	}
	return asks
}

func TestParts(t *testing.T) {
	const k, m = 1 << 10, 1 << 20
	for _, tt := range []struct {
		name string
		size int64
		most int
		want []ask
	}{
		{"empty file", 0, m, nil},
		{"one byte", 1, m, []ask{{0, 128 * k, 1}}},
		{"one byte with small parts", 1, 4 * k, []ask{{0, 4 * k, 1}}},
		{"just under a grain", 128*k - 1, m, []ask{{0, 128 * k, 128*k - 1}}},
		{"a grain", 128 * k, m, []ask{{0, 128 * k, 128 * k}}},
		{"just over a grain", 128*k + 1, m, []ask{{0, 256 * k, 128*k + 1}}},
		{"three grains in one answer", 3 * 128 * k, m, []ask{{0, 512 * k, 3 * 128 * k}}},
		{"three grains, two at most", 3 * 128 * k, 256 * k, []ask{{0, 256 * k, 256 * k}, {256 * k, 128 * k, 128 * k}}},
		{"one block", m, m, []ask{{0, m, m}}},
		{"a byte into the second block", m + 1, m, []ask{{0, m, m}, {m, 128 * k, 1}}},
		{"a wish that is no power of two", m, 900 * k, []ask{{0, 512 * k, 512 * k}, {512 * k, 512 * k, 512 * k}}},
		{"a wish above the block", m + 1, 8 * m, []ask{{0, m, m}, {m, 128 * k, 1}}},
		{"tail of half a grain asked in 64 KiB", 128*k + 65*k, 64 * k, []ask{
			{0, 64 * k, 64 * k}, {64 * k, 64 * k, 64 * k}, {128 * k, 64 * k, 64 * k}, {192 * k, 64 * k, 1 * k}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustNew(t, tt.size)
			if got := drain(p, tt.most); !slices.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
			if !p.Complete() || p.Bytes() != tt.size {
				t.Errorf("complete %v after %d of %d bytes", p.Complete(), p.Bytes(), tt.size)
			}
		})
	}
}

func TestPartSizeChangesInMidFile(t *testing.T) {
	p := mustNew(t, 1<<20)
	part, _ := p.Next(4 << 10)
	p.Done(part, part.Bytes)
	got := drain(p, 1<<20)
	// Up to the next grain in small steps, then as large as the block allows.
	want := []ask{{4 << 10, 64 << 10, 64 << 10}, {68 << 10, 32 << 10, 32 << 10}, {100 << 10, 16 << 10, 16 << 10},
		{116 << 10, 8 << 10, 8 << 10}, {124 << 10, 4 << 10, 4 << 10}, {128 << 10, 1 << 20 >> 1, 1 << 20 >> 1},
		{640 << 10, 256 << 10, 256 << 10}, {896 << 10, 128 << 10, 128 << 10}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestSizes(t *testing.T) {
	for _, size := range []int64{-2, chunker.MaxSize + 1, -1 << 63} {
		if _, err := chunker.New(size); !errors.Is(err, chunker.ErrSize) {
			t.Errorf("New(%d) = %v", size, err)
		}
	}
	if p := mustNew(t, chunker.MaxSize); p.Complete() {
		t.Error("the largest file is complete at once")
	}
}

func TestUnknownSizeIsAskedInOrderUntilAShortAnswer(t *testing.T) {
	p := mustNew(t, chunker.Unknown)
	first, ok := p.Next(128 << 10)
	if !ok {
		t.Fatal("no first part")
	}
	if _, ok := p.Next(128 << 10); ok {
		t.Fatal("a second part before the first answer")
	}
	p.Done(first, first.Bytes)
	second, _ := p.Next(128 << 10)
	if second.Offset != 128<<10 || p.Complete() {
		t.Fatalf("second part %+v, complete %v", second, p.Complete())
	}
	_, grains := p.Done(second, 5)
	if !p.Complete() || p.Size() != 128<<10+5 || !slices.Equal(grains, []int64{1}) {
		t.Errorf("size %d, complete %v, grains %v", p.Size(), p.Complete(), grains)
	}
}

func TestUnknownSizeEndsOnAnEmptyAnswer(t *testing.T) {
	p := mustNew(t, chunker.Unknown)
	part, _ := p.Next(1 << 20)
	p.Done(part, part.Bytes)
	part, _ = p.Next(1 << 20)
	p.Done(part, 0)
	if !p.Complete() || p.Size() != 1<<20 {
		t.Errorf("size %d, complete %v", p.Size(), p.Complete())
	}
}

func TestShortAnswerLeavesTheRestMissing(t *testing.T) {
	p := mustNew(t, 256<<10)
	part, _ := p.Next(256 << 10)
	fresh, grains := p.Done(part, 128<<10)
	if fresh != 128<<10 || !slices.Equal(grains, []int64{0}) || p.Complete() {
		t.Fatalf("fresh %d, grains %v, complete %v", fresh, grains, p.Complete())
	}
	if rest, ok := p.Next(1 << 20); !ok || rest.Offset != 128<<10 {
		t.Errorf("rest %+v %v", rest, ok)
	}
}

func TestHedge(t *testing.T) {
	p := mustNew(t, 256<<10)
	first, _ := p.Next(128 << 10)
	second, _ := p.Next(128 << 10)
	hedge, ok := p.Hedge()
	if !ok || hedge.Offset != first.Offset || !hedge.Hedge {
		t.Fatalf("hedge %+v %v", hedge, ok)
	}
	if next, ok := p.Hedge(); !ok || next.Offset != second.Offset {
		t.Fatalf("second hedge %+v %v", next, ok)
	}
	if again, ok := p.Hedge(); ok {
		t.Fatalf("hedged twice: %+v", again)
	}
	if fresh, _ := p.Done(hedge, hedge.Bytes); fresh != 128<<10 {
		t.Errorf("winner brought %d bytes", fresh)
	}
	if fresh, grains := p.Done(first, first.Bytes); fresh != 0 || grains != nil {
		t.Errorf("loser brought %d bytes, grains %v", fresh, grains)
	}
	if p.Bytes() != 128<<10 {
		t.Errorf("counted %d bytes", p.Bytes())
	}
}

func TestFailedHalfOfAHedgeIsNotMissing(t *testing.T) {
	p := mustNew(t, 128<<10)
	first, _ := p.Next(128 << 10)
	hedge, _ := p.Hedge()
	p.Fail(first)
	if part, ok := p.Next(128 << 10); ok {
		t.Fatalf("asked again while the hedge is out: %+v", part)
	}
	p.Fail(hedge)
	if _, ok := p.Next(128 << 10); !ok {
		t.Fatal("lost after both failed")
	}
}

func TestPartReportedTwiceCountsOnce(t *testing.T) {
	p := mustNew(t, 256<<10)
	part, _ := p.Next(128 << 10)
	p.Fail(part)
	p.Fail(part)
	if fresh, _ := p.Done(part, part.Bytes); fresh != 0 || p.Bytes() != 0 {
		t.Errorf("a part given back was counted: %d", fresh)
	}
}

func TestRestoreAndDrop(t *testing.T) {
	p := mustNew(t, 3*128<<10+1)
	for _, g := range []int64{1, 3, 1, -1, 4, 1 << 60} {
		p.Restore(g)
	}
	if got := slices.Collect(p.Grains()); !slices.Equal(got, []int64{1, 3}) || p.Bytes() != 128<<10+1 {
		t.Fatalf("restored %v, %d bytes", got, p.Bytes())
	}
	p.Drop(1)
	p.Drop(1)
	if got := slices.Collect(p.Grains()); !slices.Equal(got, []int64{3}) || p.Bytes() != 1 {
		t.Fatalf("after the drop %v, %d bytes", got, p.Bytes())
	}
	want := []ask{{0, 256 << 10, 256 << 10}, {256 << 10, 128 << 10, 128 << 10}}
	if got := drain(p, 256<<10); !slices.Equal(got, want) || !p.Complete() {
		t.Errorf("asked %v", got)
	}
}

func TestPrefix(t *testing.T) {
	p := mustNew(t, 3*128<<10)
	var parts []chunker.Part
	for part, ok := p.Next(128 << 10); ok; part, ok = p.Next(128 << 10) {
		parts = append(parts, part)
	}
	for _, step := range []struct {
		part   int
		prefix int64
	}{{2, 0}, {0, 128 << 10}, {1, 384 << 10}} {
		p.Done(parts[step.part], parts[step.part].Bytes)
		if p.Prefix() != step.prefix {
			t.Errorf("after part %d the prefix is %d", step.part, p.Prefix())
		}
	}
}

// A 4 GiB file in 1 MiB parts, 24 of them in flight.
func BenchmarkPlan(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := mustNew(b, 4<<30)
		var out []chunker.Part
		for !p.Complete() {
			for len(out) < 24 {
				part, ok := p.Next(1 << 20)
				if !ok {
					break
				}
				out = append(out, part)
			}
			p.Done(out[0], out[0].Bytes)
			out = out[1:]
		}
	}
}
