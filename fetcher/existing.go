package fetcher

import (
	"fmt"
	"slices"
)

// ExistingMode says what is done about a file that has a download's name
// already.
type ExistingMode uint8

const (
	// ExistingProven takes the file for the download if that is certain: the Store
	// knows that it was finished there and nobody has changed it since, or its
	// NAME.info.json says so and the size is right, or hashes of Telegram cover and
	// match every byte. Another file stays, and the download gets another name.
	ExistingProven ExistingMode = iota
	// ExistingSize also takes a file of the right size, without reading it. Two
	// documents of one name and size are mistaken for one another, unless
	// this Client wrote the first.
	ExistingSize
	// ExistingHash reads the file whatever Store and NAME.info.json say: it has to match
	// the SHA-256 there, or Telegram's hashes.
	ExistingHash
	// ExistingReplace downloads anew, and replaces the file when the download
	// is complete. What this Client wrote for another document stays.
	ExistingReplace
)

var existingModes = []string{ExistingProven: "proven", ExistingSize: "size", ExistingHash: "hash", ExistingReplace: "replace"}

// String is the mode as UnmarshalText reads it.
func (m ExistingMode) String() string { return existingModes[m] }

// MarshalText implements encoding.TextMarshaler.
func (m ExistingMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: proven, size, hash or
// replace.
func (m *ExistingMode) UnmarshalText(text []byte) error {
	i := slices.Index(existingModes, string(text))
	if i < 0 {
		return fmt.Errorf("%q is none of proven, size, hash and replace", text)
	}
	*m = ExistingMode(i)
	return nil
}
