package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A session file is one header line and a body:
//
//	tgfetch keys 1 <SHA-256 of the body, hexadecimal>
//	{ "section": …, … }
//
// The body is a JSON object of sections. Sections this version does not know
// are kept when the file is rewritten, so that an older program does not lose
// what a newer one added. The version changes only when an older program must
// not touch the file at all.
const formatVersion = 1

// sections is a decoded body.
type sections map[string]json.RawMessage

// formatError says why bytes are not a session file.
type formatError string

func (e formatError) Error() string { return string(e) }

// parseFile splits a session file of the given kind ("keys", "state").
func parseFile(kind string, data []byte) (sections, error) {
	if len(data) == 0 {
		return nil, formatError("it is empty")
	}
	line, body, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return nil, formatError("it has no header line")
	}
	header := strings.Split(string(line), " ")
	if len(header) != 4 || header[0] != "tgfetch" || header[1] != kind {
		return nil, formatError("it does not begin as a " + kind + " file does")
	}
	version, err := strconv.Atoi(header[2])
	if err != nil || version < 1 {
		return nil, formatError("its version is not a number")
	}
	if version > formatVersion {
		return nil, formatError(fmt.Sprintf("its format %d is of a newer tgfetch, this one knows %d", version, formatVersion))
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != header[3] {
		return nil, formatError("its checksum does not match its contents")
	}
	s := make(sections)
	// A body of "null" is no error to json, but makes s nil.
	if err := json.Unmarshal(body, &s); err != nil || s == nil {
		return nil, formatError("its body is not a JSON object")
	}
	return s, nil
}

// formatFile is the inverse of parseFile. Equal sections give equal bytes.
func formatFile(kind string, s sections) ([]byte, error) {
	body, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return nil, err
	}
	return seal(kind, append(body, '\n')), nil
}

// seal puts the header before body.
func seal(kind string, body []byte) []byte {
	sum := sha256.Sum256(body)
	header := fmt.Sprintf("tgfetch %s %d %x\n", kind, formatVersion, sum)
	return append([]byte(header), body...)
}

// set encodes v as the section name, or removes the section when v is nil.
func (s sections) set(name string, v any) error {
	if v == nil {
		delete(s, name)
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	s[name] = raw
	return nil
}

// get decodes the section name into v; a missing section leaves v alone. The
// error does not carry the section's contents, which may be secret.
func (s sections) get(name string, v any) error {
	raw, ok := s[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return formatError("its section " + strconv.Quote(name) + " cannot be read")
	}
	return nil
}
