package simdc

import (
	"encoding/binary"
)

// A file reference is proof that its holder saw the file somewhere. It is
//
//	version(1) epoch(4) source(8) message(4) mac(8)
//
// and expires with the file's epoch.
// https://core.telegram.org/api/file-references
const (
	referenceVersion = 1
	referenceSize    = 1 + 4 + 8 + 4 + 8
)

func (w *world) reference(f *file, source int64, message int) []byte {
	out := make([]byte, 0, referenceSize)
	out = append(out, referenceVersion)
	out = binary.BigEndian.AppendUint32(out, f.references.Load())
	out = binary.BigEndian.AppendUint64(out, uint64(source))
	out = binary.BigEndian.AppendUint32(out, uint32(message))
	return binary.BigEndian.AppendUint64(out, w.referenceMAC(f, out))
}

// referenceMAC keeps honest clients from mixing up references; it would not
// stop a forger.
func (w *world) referenceMAC(f *file, fields []byte) uint64 {
	h := mixAll(w.scenario.Seed, uint64(f.ID))
	for _, b := range fields {
		h = mixAll(h, uint64(b))
	}
	return h
}

// checkReference returns the error that Telegram answers to a reference that
// is not or no longer good for the file.
func (w *world) checkReference(f *file, ref []byte) error {
	switch {
	case len(ref) == 0:
		return fail(400, "FILE_REFERENCE_EMPTY")
	case len(ref) != referenceSize, ref[0] != referenceVersion,
		binary.BigEndian.Uint64(ref[referenceSize-8:]) != w.referenceMAC(f, ref[:referenceSize-8]):
		return fail(400, "FILE_REFERENCE_INVALID")
	case binary.BigEndian.Uint32(ref[1:]) != f.references.Load():
		return fail(400, "FILE_REFERENCE_EXPIRED")
	}
	return nil
}

// ExpireReferences makes every file reference that clients hold for these
// files (none given: for all) expire. Messages show new ones.
func (c *Cluster) ExpireReferences(files ...int64) {
	for f := range c.world.some(files) {
		f.references.Add(1)
	}
}
