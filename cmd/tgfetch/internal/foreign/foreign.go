// Package foreign reads and writes the sessions of other programs: the strings of Telethon and
// Pyrogram and the JSON of gotd. Strings of GramJS and mtcute, the SQLite files of Telethon, Pyrogram,
// kurigram and mtcute, and the tdata folder of Telegram Desktop are only read.
//
//	login, err := foreign.Parse(data)
//
// All of them hold the key of the account's home data center; the rest differs. Errors never show any
// of the contents.
package foreign

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/gotd/td/crypto"
)

// Login is what a session of another program says.
type Login struct {
	// DC is the account's home data center, Key the authorization key there.
	DC  int
	Key crypto.Key
	// Addr is the address of the data center as host:port; "" if the session does not say.
	Addr string
	// UserID is whose login it is, 0 if the session does not say; Bot goes with it.
	UserID int64
	Bot    bool
	// Test says that it is one on Telegram's test servers, where the session says so.
	Test bool
	// APIID is the application that made it, 0 if the session does not say.
	APIID int
	// Salt is a server salt that may still be good; 0 if the session has none.
	Salt int64
}

// Format is how a session is written.
type Format string

// The formats.
const (
	GoTD     Format = "gotd"
	Telethon Format = "telethon"
	Pyrogram Format = "pyrogram"
)

// Formats are all that can be written.
var Formats = []Format{GoTD, Telethon, Pyrogram}

// ErrUnknown means that nothing of the kind is known.
var ErrUnknown = errors.New("this is no session of gotd, Telethon, Pyrogram, kurigram, GramJS or mtcute")

// ErrDamaged means that the kind is known, and something of it is wrong or missing.
var ErrDamaged = errors.New("the session is damaged or not complete")

// Parse reads a session of any format that is text. Space around it does not matter, nor do the line breaks of a
// mail inside a string.
//
// Errors: [ErrUnknown], [ErrDamaged].
func Parse(data []byte) (Login, error) {
	text := bytes.Join(bytes.Fields(data), nil)
	read := parseGoTD
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		text = data
	case isGramJS(text):
		read = parseGramJS
	case isTelethon(text):
		read = parseTelethon
	case isPyrogram(text):
		read = parsePyrogram
	case isMtcute(text):
		read = parseMtcute
	default:
		return Login{}, ErrUnknown
	}
	l, err := read(text)
	if err == nil {
		err = l.check()
	}
	if err != nil {
		return Login{}, err
	}
	return l, nil
}

// Write writes a session. Telethon's and gotd's need Addr, Pyrogram's needs UserID and APIID.
func Write(l Login, f Format) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	switch f {
	case GoTD:
		return writeGoTD(l)
	case Telethon:
		return writeTelethon(l)
	case Pyrogram:
		return writePyrogram(l)
	}
	return nil, fmt.Errorf("%q is no format of sessions", f)
}

// maxDC bounds the ids of data centers; Telethon's and Pyrogram's strings have a byte for it.
const maxDC = 255

func (l Login) check() error {
	switch {
	case l.DC < 1 || l.DC > maxDC:
		return damaged("data center %d", l.DC)
	case l.Key.Zero():
		return damaged("its key is empty")
	case l.UserID < 0:
		return damaged("its user id is negative")
	}
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}
