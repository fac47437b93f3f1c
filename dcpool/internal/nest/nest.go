package nest

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gotd/td/bin"
)

// MaxDepth is how many objects may be inside one another. The deepest that Telegram's editors make
// is a text in each style there is, in a page of a message, which is about half of it.
const MaxDepth = 128

// ErrDeep means that objects are nested deeper than MaxDepth.
var ErrDeep = errors.New("the server's answer is nested too deep to be read")

// errStop means that nothing more can be read, by gotd's decoders neither: the data ends, or
// is in a form that they do not know.
var errStop = errors.New("unreadable")

// Check looks at the object, or the vector of objects, that data begins with. The
// error is ErrDeep, or nil for all that is no deeper as far as it can be read.
func Check(data []byte) error {
	r := reader{data: data, layouts: layouts()}
	var err error
	if id, ok := r.peek(); ok && id == bin.TypeVector {
		err = r.vector(object, 0)
	} else {
		err = r.object(1)
	}
	if errors.Is(err, ErrDeep) {
		return err
	}
	return nil
}

// reader reads past the fields of objects.
type reader struct {
	data    []byte
	layouts map[uint32][]field
}

// peek is the next word.
func (r *reader) peek() (uint32, bool) {
	if len(r.data) < bin.Word {
		return 0, false
	}
	return binary.LittleEndian.Uint32(r.data), true
}

// skip reads past n bytes.
func (r *reader) skip(n int64) error {
	if n < 0 || n > int64(len(r.data)) {
		return errStop
	}
	r.data = r.data[n:]
	return nil
}

// object reads past a constructor and its fields. depth is how many objects there
// are around and with it.
func (r *reader) object(depth int) error {
	id, ok := r.peek()
	if !ok {
		return errStop
	}
	fields, known := r.layouts[id]
	if !known {
		return errStop
	}
	if depth > MaxDepth {
		return fmt.Errorf("%w: more than %d levels", ErrDeep, MaxDepth)
	}
	r.data = r.data[bin.Word:]
	var set [2]uint32 // flags and flags2
	have := 0
	for _, f := range fields {
		if f.conditional && set[f.flags]>>f.bit&1 == 0 {
			continue
		}
		if f.kind == flags {
			if set[have], ok = r.peek(); !ok {
				return errStop
			}
			have++
		}
		if err := r.field(f, depth); err != nil {
			return err
		}
	}
	return nil
}

// field reads past a field of an object at depth.
func (r *reader) field(f field, depth int) error {
	if f.kind == vector {
		return r.vector(f.elem, depth)
	}
	return r.value(f.kind, depth)
}

// value reads past a value that is no vector.
func (r *reader) value(kind byte, depth int) error {
	switch kind {
	case object:
		return r.object(depth + 1)
	case bytes:
		return r.bytes()
	default:
		return r.skip(size(kind))
	}
}

// size is how many bytes a value of a kind with a fixed length has.
func size(kind byte) int64 {
	switch kind {
	case long:
		return 8
	case int128:
		return 16
	case int256:
		return 32
	default:
		return bin.Word
	}
}

// vector reads past a vector in an object at depth.
func (r *reader) vector(elem byte, depth int) error {
	if id, ok := r.peek(); !ok || id != bin.TypeVector || len(r.data) < 2*bin.Word {
		return errStop
	}
	n := max(0, int64(int32(binary.LittleEndian.Uint32(r.data[bin.Word:]))))
	r.data = r.data[2*bin.Word:]
	if elem != object && elem != bytes {
		return r.skip(n * size(elem))
	}
	for range n {
		if err := r.value(elem, depth); err != nil {
			return err
		}
	}
	return nil
}

// bytes reads past a string with its padding.
//
// See https://core.telegram.org/mtproto/serialize#base-types.
func (r *reader) bytes() error {
	const longString = 254 // The first byte of a string whose length takes three bytes.
	head, ok := r.peek()
	if !ok || head&0xff > longString {
		return errStop
	}
	n := int64(1 + head&0xff)
	if head&0xff == longString {
		n = int64(bin.Word + head>>8)
	}
	return r.skip((n + bin.Word - 1) / bin.Word * bin.Word)
}
