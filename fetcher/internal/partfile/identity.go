package partfile

import (
	"errors"
	"fmt"
	"math"
)

// Grain is the unit of record: Telegram's hash window.
const Grain = 128 << 10

// OnePart is the largest answer of upload.getFile; a file no larger has no
// journal.
const OnePart = 1 << 20

// Unknown is the Size of a file whose end only the server knows. Its bytes are
// not recorded, and it always begins anew.
const Unknown = -1

// Longest strings of an Identity, so that it fits the journal's header.
const (
	maxKind    = 48
	maxVariant = 128
)

// Identity says which file a .part belongs to. Links, file references, DCs and
// part sizes may change between two runs; these may not.
type Identity struct {
	// Kind is "document", "photo" and the like, at most 48 bytes.
	Kind string
	ID   int64
	// Variant tells a photo's sizes and a document's thumbnails apart; at most
	// 128 bytes, empty for the file itself.
	Variant string
	// Size in bytes, or Unknown.
	Size int64
}

// ErrIdentity means that an Identity cannot be that of a file.
var ErrIdentity = errors.New("impossible identity")

// Check reports whether a file may have the identity; the error is [ErrIdentity].
func (id Identity) Check() error {
	switch {
	case len(id.Kind) > maxKind:
		return fmt.Errorf("%w: kind of %d bytes, at most %d", ErrIdentity, len(id.Kind), maxKind)
	case len(id.Variant) > maxVariant:
		return fmt.Errorf("%w: variant of %d bytes, at most %d", ErrIdentity, len(id.Variant), maxVariant)
	case id.Size < 0 && id.Size != Unknown, id.Size > math.MaxInt64-Grain:
		return fmt.Errorf("%w: %d bytes", ErrIdentity, id.Size)
	}
	return nil
}

func (id Identity) String() string {
	s := fmt.Sprintf("%s %d", id.Kind, id.ID)
	if id.Variant != "" {
		s += " " + id.Variant
	}
	if id.Size == Unknown {
		return s + " of unknown size"
	}
	return fmt.Sprintf("%s of %d bytes", s, id.Size)
}

// recorded reports whether the grains of such a file go to a journal.
func (id Identity) recorded() bool { return id.Size > OnePart }

// journaled reports whether such a file has a journal at all. One of unknown
// size has a header only, which says whose the .part is.
func (id Identity) journaled() bool { return id.recorded() || id.Size == Unknown }

// grainLen is the length of grain g, 0 if the file has no such grain.
func (id Identity) grainLen(g int64) int {
	switch {
	case g < 0 || g > (math.MaxInt64-Grain)/Grain:
		return 0
	case id.Size == Unknown:
		return Grain
	}
	return int(max(0, min(Grain, id.Size-g*Grain)))
}

func grains(size int64) int64 { return (size + Grain - 1) / Grain }
