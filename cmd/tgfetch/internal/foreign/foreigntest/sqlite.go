package foreigntest

import (
	"bytes"
	"embed"

	"github.com/gotd/td/crypto"
)

// sessions were made by testdata/make.py, with SQLite.
//
//go:embed testdata/*.session
var sessions embed.FS

// Key is the key in the files of [SQLite].
var Key = func() (k crypto.Key) {
	for i := range k {
		k[i] = byte(255 - i)
	}
	return k
}()

// SQLite is a session file of "telethon", "pyrogram", "kurigram" or "mtcute", of user 7001 with home DC 1
// and this key.
func SQLite(program string, key crypto.Key) []byte {
	data, err := sessions.ReadFile("testdata/" + program + ".session")
	if err != nil {
		panic(err) // There is no such program.
	}
	if bytes.Count(data, Key[:]) == 0 {
		panic("the key is not in one piece")
	}
	return bytes.ReplaceAll(data, Key[:], key[:])
}
