package fetcher

// space is where the bytes of one range go. A lent one takes a buffer when the
// first of them come: what is in flight then costs no memory, only what has
// arrived and is not written yet does. It has one owner, who lends it to one call
// at a time.
type space struct {
	size int
	mem  []byte  // Nil until it is needed.
	lent *[]byte // The buffer that mem is of; nil if mem is somebody's own.
	// proven are the ranges of the file, among the bytes that are here, that
	// matched a hash of the file's data center.
	proven []Range
}

// lend returns a space of size bytes, at most maxPart. It is to be freed.
func lend(size int) *space { return &space{size: size} }

// ownSpace returns a space that is the caller's own memory.
func ownSpace(mem []byte) *space { return &space{size: len(mem), mem: mem} }

// bytes are the space's memory, with arbitrary contents before they were filled.
func (s *space) bytes() []byte {
	if s.mem == nil {
		s.lent = takeBuffer(s.size)
		s.mem = *s.lent
	}
	return s.mem
}

// prove notes that the file's bytes from, up to to, matched a hash.
func (s *space) prove(from, to int64) { s.proven = append(s.proven, Range{from, to}) }

// free gives back what was lent. Nobody may use the memory any more.
func (s *space) free() {
	if s.lent != nil {
		giveBuffer(s.lent)
		s.lent, s.mem = nil, nil
	}
}
