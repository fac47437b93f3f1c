// Package cache keeps recently fetched pieces of files in memory, so that
// reading a file again or hopping about in it does not ask Telegram again.
//
// A cache may lose anything at any time, and [None] loses everything: nothing
// may depend on finding what was put. It holds only bytes that were proven as
// far as they can be, and it is never a way to the disk.
package cache

// Kind keeps different things about one file apart.
type Kind uint8

// What is kept.
const (
	Data   Kind = iota // plain bytes of the file
	Window             // a hash window as the file's data center gave it
)

// Key names a piece of a file.
type Key struct {
	// File is the identity of the file; it never depends on the link, the
	// file reference or the data center.
	File string
	Kind Kind
	// Offset is where in the file the piece starts.
	Offset int64
}

// Cache keeps pieces of files. Implementations are safe for concurrent use.
type Cache interface {
	// Get copies the piece into dst and returns its length, or false if it is
	// not there or longer than dst.
	Get(key Key, dst []byte) (n int, ok bool)
	// Put offers a piece. The cache keeps a copy, or nothing.
	Put(key Key, piece []byte)
	// Close frees the memory and ends what runs in the background. Later calls
	// find nothing.
	Close()
}

// None is the cache that keeps nothing.
type None struct{}

// Get finds nothing.
func (None) Get(Key, []byte) (int, bool) { return 0, false }

// Put keeps nothing.
func (None) Put(Key, []byte) {}

// Close does nothing.
func (None) Close() {}
