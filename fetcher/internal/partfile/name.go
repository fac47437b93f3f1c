package partfile

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"unicode/utf8"
)

const (
	partSuffix    = ".part"
	journalSuffix = ".part.journal"

	// maxName is the longest name common file systems take, in bytes.
	maxName = 255
)

// PartPath is the .part of the file at path.
func PartPath(path string) string {
	part, _ := names(path)
	return part
}

// names are the paths of the .part and the journal of the file at path, in the
// same folder. A name that would become too long keeps its beginning and gets a
// hash of the whole, so that it is the same in every run and differs from that
// of other names.
func names(path string) (part, journal string) {
	dir, name := filepath.Split(path)
	if most := maxName - len(journalSuffix); len(name) > most {
		sum := sha256.Sum256([]byte(name))
		tag := "~" + hex.EncodeToString(sum[:8])
		cut := most - len(tag)
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + tag
	}
	return dir + name + partSuffix, dir + name + journalSuffix
}
