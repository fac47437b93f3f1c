package chunker_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tgfetch/tgfetch/chunker"
)

// model keeps the truth about each 4 KiB of a file in the simplest way.
type model struct {
	t    *rapid.T
	size int64
	plan *chunker.Plan
	here []bool // each byte's 4 KiB unit is written
	out  []chunker.Part
}

const unit = chunker.Smallest

func (m *model) units(lo, hi int64) (int, int) { return int(lo / unit), int((hi + unit - 1) / unit) }

// fetched is what the model counts as written, in bytes.
func (m *model) fetched() (n int64) {
	for i, ok := range m.here {
		if ok {
			n += min(unit, m.size-int64(i)*unit)
		}
	}
	return n
}

func (m *model) next(t *rapid.T) {
	most := rapid.SampledFrom([]int{1, 4 << 10, 64 << 10, 128 << 10, 200 << 10, 512 << 10, 1 << 20, 4 << 20}).Draw(t, "most")
	part, ok := m.plan.Next(most)
	if !ok {
		return
	}
	m.legal(part)
	if part.Limit > chunker.Legal(most) {
		t.Fatalf("limit %d above the wish %d", part.Limit, most)
	}
	lo, hi := m.units(part.Offset, part.End())
	for i := lo; i < hi; i++ {
		if m.here[i] {
			t.Fatalf("part %+v asks for unit %d again", part, i)
		}
	}
	for _, o := range m.out {
		if o.Offset < part.End() && part.Offset < o.End() {
			t.Fatalf("part %+v overlaps %+v", part, o)
		}
	}
	m.out = append(m.out, part)
}

// legal checks the rules of upload.getFile.
func (m *model) legal(p chunker.Part) {
	switch {
	case p.Offset%4096 != 0, p.Limit%4096 != 0, p.Limit <= 0, (1<<20)%p.Limit != 0:
		m.t.Fatalf("illegal offset or limit: %+v", p)
	case p.Offset>>20 != (p.Offset+int64(p.Limit)-1)>>20:
		m.t.Fatalf("crosses a block: %+v", p)
	case p.Bytes <= 0 || p.Bytes > p.Limit || p.End() > m.size:
		m.t.Fatalf("expects wrong bytes: %+v of %d", p, m.size)
	case p.Bytes < p.Limit && p.End() != m.size:
		m.t.Fatalf("expects a short answer inside the file: %+v of %d", p, m.size)
	}
}

func (m *model) hedge(t *rapid.T) {
	part, ok := m.plan.Hedge()
	if !ok {
		return
	}
	m.legal(part)
	if !slices.ContainsFunc(m.out, func(o chunker.Part) bool { return o.Offset == part.Offset && o.Bytes == part.Bytes }) {
		t.Fatalf("hedge %+v of a part that is not out", part)
	}
	m.out = append(m.out, part)
}

func (m *model) take(t *rapid.T) (chunker.Part, bool) {
	if len(m.out) == 0 {
		return chunker.Part{}, false
	}
	i := rapid.IntRange(0, len(m.out)-1).Draw(t, "part")
	part := m.out[i]
	m.out = slices.Delete(m.out, i, i+1)
	return part, true
}

func (m *model) done(t *rapid.T, part chunker.Part, n int) {
	before := m.fetched()
	lo, hi := m.units(part.Offset, part.Offset+int64(n))
	for i := lo; i < hi; i++ {
		m.here[i] = true
	}
	fresh, grains := m.plan.Done(part, n)
	if fresh != m.fetched()-before {
		t.Fatalf("fresh %d, model says %d", fresh, m.fetched()-before)
	}
	for _, g := range grains {
		if !m.whole(g) {
			t.Fatalf("grain %d is not whole", g)
		}
	}
	if fresh, _ := m.plan.Done(part, n); fresh != 0 {
		t.Fatal("a part counted twice")
	}
}

func (m *model) whole(g int64) bool {
	lo, hi := m.units(g*chunker.Grain, min((g+1)*chunker.Grain, m.size))
	return !slices.Contains(m.here[lo:hi], false)
}

func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"next":  m.next,
		"hedge": m.hedge,
		"done": func(t *rapid.T) {
			if part, ok := m.take(t); ok {
				m.done(t, part, part.Bytes)
			}
		},
		"short": func(t *rapid.T) {
			if part, ok := m.take(t); ok {
				m.done(t, part, rapid.IntRange(0, part.Bytes/unit).Draw(t, "units")*unit)
			}
		},
		"fail": func(t *rapid.T) {
			if part, ok := m.take(t); ok {
				m.plan.Fail(part)
				m.plan.Fail(part)
			}
		},
		"migrate": func(*rapid.T) { // Everything in flight comes back.
			for _, part := range m.out {
				m.plan.Fail(part)
			}
			m.out = nil
		},
		"drop": func(t *rapid.T) {
			g := rapid.Int64Range(0, m.size/chunker.Grain).Draw(t, "grain")
			lo, hi := m.units(g*chunker.Grain, min((g+1)*chunker.Grain, m.size))
			for i := lo; i < hi; i++ {
				m.here[i] = false
			}
			m.plan.Drop(g)
		},
		"restore": func(t *rapid.T) {
			g := rapid.Int64Range(0, m.size/chunker.Grain).Draw(t, "grain")
			lo, hi := m.units(g*chunker.Grain, min((g+1)*chunker.Grain, m.size))
			for i := lo; i < hi; i++ {
				m.here[i] = true
			}
			m.plan.Restore(g)
		},
		"": func(t *rapid.T) {
			if m.plan.Bytes() != m.fetched() {
				t.Fatalf("plan has %d bytes, model %d", m.plan.Bytes(), m.fetched())
			}
			if m.plan.Complete() != (m.fetched() == m.size) {
				t.Fatalf("complete is %v at %d of %d", m.plan.Complete(), m.fetched(), m.size)
			}
			for g := range m.plan.Grains() {
				if !m.whole(g) {
					t.Fatalf("grain %d listed but not whole", g)
				}
			}
		},
	}
}

func TestEveryByteExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{t: t, size: rapid.Int64Range(0, 5<<20).Draw(t, "size")}
		m.here = make([]bool, (m.size+unit-1)/unit)
		var err error
		if m.plan, err = chunker.New(m.size); err != nil {
			t.Fatal(err)
		}
		t.Repeat(m.actions())
		for _, part := range m.out {
			m.plan.Fail(part)
		}
		m.out = nil
		for part, ok := m.plan.Next(1 << 20); ok; part, ok = m.plan.Next(1 << 20) {
			m.legal(part)
			m.done(t, part, part.Bytes)
		}
		if !m.plan.Complete() || m.fetched() != m.size {
			t.Fatalf("ended with %d of %d bytes, complete %v", m.fetched(), m.size, m.plan.Complete())
		}
	})
}
