package fetcher

import "github.com/tgfetch/tgfetch/chunker"

// This file is what a verifier wants to compare, in which order, and when.

// resumed is told, before run, the grains that an earlier run left: of these
// are to be compared all, if that run was to prove them, or the doubted ones and
// a sample, as of bytes that come now.
func (v *verifier) resumed(grains []int64) {
	if v == nil || v.full {
		return
	}
	if !v.t.resume.ProofRequired() {
		v.samplePast(grains)
		grains = v.t.resume.Doubted()
	}
	var owed ranges
	for _, g := range grains {
		owed.add(g*chunker.Grain, min((g+1)*chunker.Grain, v.t.remote.file.Size))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range owed.all() {
		v.waits = true
		for r.From < r.To {
			end := min(r.From-r.From%chunker.Block+chunker.Block, r.To)
			v.owed = append(v.owed, Range{r.From, end})
			r.From = end
		}
	}
}

// samplePast takes a sample of the blocks that have one of the grains.
func (v *verifier) samplePast(grains []int64) {
	dc := v.t.remote.now().dc
	last := int64(-1)
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, g := range grains {
		block := g * chunker.Grain / chunker.Block
		if block == last {
			continue
		}
		last = block
		if v.t.c.asks.due(dc) {
			v.old = append(v.old, Range{g * chunker.Grain, min((block+1)*chunker.Block, v.t.remote.file.Size)})
		}
	}
}

// sent is told each part that is asked for.
func (v *verifier) sent(part chunker.Part) {
	if v == nil || v.t.remote.file.Size == UnknownSize {
		return
	}
	now := v.t.remote.now()
	switch {
	case now.cdn.Redirect() != nil: // Its windows are compared as they come.
		return
	case v.full:
		v.reach(part.End())
	case v.t.c.asks.due(now.dc):
		block := part.Offset - part.Offset%chunker.Block
		v.mu.Lock()
		v.sample = append(v.sample, Range{block, min(block+chunker.Block, v.t.remote.file.Size)})
		v.mu.Unlock()
	}
	v.wake()
}

// reach wants the hashes of all blocks that begin before end.
func (v *verifier) reach(end int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for ; v.ahead < end; v.ahead += chunker.Block {
		v.owed = append(v.owed, Range{v.ahead, v.ahead + chunker.Block})
	}
}

// want takes the next range to ask for hashes of, once the first bytes have shown
// on which data center the file is. size is the file's.
func (v *verifier) want(complete bool, size int64) (a heard, ok bool) {
	now := v.t.remote.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case len(v.held) == 0 && !complete:
		return heard{}, false
	case now.cdn.Redirect() != nil && !complete:
		return heard{}, false // Its windows are compared as they come.
	}
	for _, list := range []*[]Range{&v.owed, &v.old, &v.sample} {
		owed := list == &v.owed
		for len(*list) > 0 {
			of := (*list)[0]
			of.To = min(of.To, size)
			at, missing := v.unknown(of.From, of.To)
			if missing && !owed && !v.t.c.asks.begin(now.dc) {
				return heard{}, false
			}
			*list = (*list)[1:]
			if missing {
				return heard{of: Range{at, of.To}, owed: owed, dc: now.dc}, true
			}
		}
	}
	return heard{}, false
}

// unknown is the first byte of [from, to) that is neither proven nor in a
// known window.
func (v *verifier) unknown(from, to int64) (at int64, ok bool) {
	for at = from; ; {
		known, ok := v.windows.Missing(at, to)
		if !ok {
			return at, false
		}
		if at, ok = v.t.proven.missing(known, to); !ok {
			return at, false
		}
		if at == known {
			return at, true
		}
	}
}

// forget gives up the sample of what was fetched, as far as it was not asked for
// yet.
func (v *verifier) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sample = nil
}
