package partfile

// bitset is a set of grains. It grows with the highest one in it, so that a
// size claimed by a server costs no memory before the bytes arrive.
type bitset struct {
	words []uint64
	count int64
}

func (s *bitset) has(g int64) bool {
	return g/64 < int64(len(s.words)) && s.words[g/64]>>(g%64)&1 == 1
}

func (s *bitset) add(g int64) {
	if s.has(g) {
		return
	}
	if need := int(g/64) + 1 - len(s.words); need > 0 {
		s.words = append(s.words, make([]uint64, need)...)
	}
	s.words[g/64] |= 1 << (g % 64)
	s.count++
}

func (s *bitset) remove(g int64) {
	if s.has(g) {
		s.words[g/64] &^= 1 << (g % 64)
		s.count--
	}
}
