package partfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A journal is a header and then records, all integers little-endian:
//
//	header, 256 bytes
//	  0  magic
//	  8  version, uint32
//	 12  bytes per grain, uint32
//	 16  nonce, uint64: tells this journal from earlier ones in the same place
//	 24  id, int64
//	 32  size, int64
//	 40  kind, then variant: one byte of length and the bytes; zeros follow
//	248  checksum of all before, uint64
//	record, 32 bytes
//	  0  grain, uint64
//	  8  length of the grain, uint32; 0 takes earlier records of it back
//	 12  mark, uint32
//	 16  checksum of the grain's bytes, uint64
//	 24  checksum of the header's checksum and all before, uint64
//
// Records are only appended; the last one of a grain counts. A record that does
// not match its checksum is passed over: the writes of several may be lost, or
// arrive, in any order. That its checksum covers the header's makes what is left
// of an older journal in the same blocks worthless.
//
// A record with a mark has length 0, so that a version that knows no marks
// takes the grain for missing, which loses nothing.
const (
	journalMagic   = "tgpart\r\n"
	journalVersion = 1

	headerSize = 256
	recordSize = 32
)

// mark is what a record says beside which bytes a grain has; most say nothing,
// which is 0.
type mark uint32

const (
	_ mark = iota
	// wrongMark: the grain's bytes contradicted a hash and are gone. What comes
	// in their place is doubted.
	wrongMark
	// rightMark: a hash matched what came in their place. The grain's bytes, and
	// earlier records of them, stay as they are.
	rightMark
	// proofMark: every byte of the file was to be compared. Its grain is 0, which
	// stays as it is.
	proofMark
)

// Why a journal cannot be used. errDamaged is no loss, since such a journal
// proves nothing; a journal of another version may prove a lot to the program
// that wrote it.
var (
	errDamaged = errors.New("the journal is damaged")
	errVersion = errors.New("the journal is of another version of this program")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is CRC-32C and CRC-32 side by side: 64 bits against accidents, and
// both have instructions of their own.
func checksum(b []byte) uint64 {
	return uint64(crc32.Checksum(b, castagnoli))<<32 | uint64(crc32.ChecksumIEEE(b))
}

type header struct {
	id    Identity
	nonce uint64
}

// encode answers the header's bytes, and its checksum, which seeds that of the
// records.
func (h header) encode() (b []byte, seed uint64) {
	b = make([]byte, 0, headerSize)
	b = append(b, journalMagic...)
	b = binary.LittleEndian.AppendUint32(b, journalVersion)
	b = binary.LittleEndian.AppendUint32(b, Grain)
	b = binary.LittleEndian.AppendUint64(b, h.nonce)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.id.ID))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.id.Size))
	b = append(append(b, byte(len(h.id.Kind))), h.id.Kind...)
	b = append(append(b, byte(len(h.id.Variant))), h.id.Variant...)
	b = b[:headerSize-8]
	seed = checksum(b)
	return binary.LittleEndian.AppendUint64(b, seed), seed
}

// parseHeader is the reverse of encode. The errors are errDamaged and
// errVersion.
func parseHeader(b []byte) (h header, seed uint64, err error) {
	if len(b) < headerSize || string(b[:8]) != journalMagic {
		return header{}, 0, errDamaged
	}
	if binary.LittleEndian.Uint32(b[8:]) != journalVersion {
		return header{}, 0, errVersion
	}
	h.nonce = binary.LittleEndian.Uint64(b[16:])
	h.id.ID = int64(binary.LittleEndian.Uint64(b[24:]))
	h.id.Size = int64(binary.LittleEndian.Uint64(b[32:]))
	var ok1, ok2 bool
	rest := b[40 : headerSize-8]
	h.id.Kind, rest, ok1 = cutString(rest)
	h.id.Variant, _, ok2 = cutString(rest)
	if !ok1 || !ok2 || h.id.Check() != nil {
		return header{}, 0, errDamaged
	}
	// Only one encoding of a header is right, so nothing in it is unchecked.
	want, seed := h.encode()
	if !bytes.Equal(want, b[:headerSize]) {
		return header{}, 0, errDamaged
	}
	return h, seed, nil
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}

// record says that a grain was written. A zero length takes that back, unless
// the mark says otherwise.
type record struct {
	grain  int64
	length int
	mark   mark
	sum    uint64
}

func (r record) encode(seed uint64) []byte {
	b := make([]byte, 0, recordSize+8)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.grain))
	b = binary.LittleEndian.AppendUint32(b, uint32(r.length))
	b = binary.LittleEndian.AppendUint32(b, uint32(r.mark))
	b = binary.LittleEndian.AppendUint64(b, r.sum)
	return binary.LittleEndian.AppendUint64(b, recordSum(b, seed))
}

// recordSum is the checksum of the seed and the first 24 bytes of a record.
func recordSum(b []byte, seed uint64) uint64 {
	var all [recordSize]byte
	binary.LittleEndian.PutUint64(all[:], seed)
	copy(all[8:], b[:recordSize-8])
	return checksum(all[:])
}

func parseRecord(b []byte, seed uint64) (r record, ok bool) {
	r.grain = int64(binary.LittleEndian.Uint64(b))
	r.length = int(binary.LittleEndian.Uint32(b[8:]))
	r.mark = mark(binary.LittleEndian.Uint32(b[12:]))
	r.sum = binary.LittleEndian.Uint64(b[16:])
	return r, binary.LittleEndian.Uint64(b[24:]) == recordSum(b, seed)
}

// contents is what a journal says.
type contents struct {
	header header
	seed   uint64
	sums   map[int64]uint64 // by grain
	doubts map[int64]bool   // grains whose bytes contradicted a hash once
	proof  bool             // every byte was to be compared
	slots  int64            // up to and with the last good record
}

// readJournal reads a journal to its end, a torn record included. The errors are
// errDamaged, errVersion and those of r.
func readJournal(r io.Reader) (contents, error) {
	buf := make([]byte, 256*recordSize)
	n, err := io.ReadFull(r, buf[:headerSize])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return contents{}, err
	}
	c := contents{sums: map[int64]uint64{}, doubts: map[int64]bool{}}
	if c.header, c.seed, err = parseHeader(buf[:n]); err != nil {
		return contents{}, err
	}
	for slot := int64(0); ; {
		n, err := io.ReadFull(r, buf)
		for b := buf[:n]; len(b) >= recordSize; b = b[recordSize:] {
			slot++
			if rec, ok := parseRecord(b, c.seed); ok {
				c.slots = slot
				c.apply(rec)
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return c, nil
		case err != nil:
			return contents{}, err
		}
	}
}

func (c *contents) apply(r record) {
	length := c.header.id.grainLen(r.grain)
	switch {
	case length == 0:
	case r.mark == rightMark:
		delete(c.doubts, r.grain)
	case r.mark == proofMark:
		c.proof = true
	case r.length == 0:
		delete(c.sums, r.grain)
		if r.mark == wrongMark {
			c.doubts[r.grain] = true
		}
	case r.length == length:
		c.sums[r.grain] = r.sum
	}
}

// journal is an open journal, into which records are written.
type journal struct {
	Handle
	seed uint64
}

// put writes a record to its slot. Slots may be written in any order and at the
// same time; one never written reads as a bad record.
func (j *journal) put(slot int64, r record) error {
	_, err := j.WriteAt(r.encode(j.seed), headerSize+slot*recordSize)
	return err
}

// begin makes the journal one without records.
func (j *journal) begin(h header) error {
	b, seed := h.encode()
	j.seed = seed
	if err := j.Truncate(0); err != nil {
		return err
	}
	_, err := j.WriteAt(b, 0)
	return err
}
