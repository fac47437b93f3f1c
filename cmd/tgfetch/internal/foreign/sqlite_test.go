package foreign_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign/foreigntest"
)

func TestReadSQLite(t *testing.T) {
	const home = "149.154.175.53:443"
	for program, want := range map[string]foreign.Login{
		"telethon": {DC: 1, Addr: home},
		"pyrogram": {DC: 1, UserID: 7001}, // Its column api_id was added later, and never filled.
		"kurigram": {DC: 1, Addr: home, UserID: 7001, APIID: 17349},
		"mtcute":   {DC: 1, Addr: home, UserID: 7001},
	} {
		want.Key = key
		file := foreigntest.SQLite(program, key)
		if !foreign.IsSQLite(file) {
			t.Errorf("%s: not taken for SQLite", program)
		}
		if got, err := foreign.ReadSQLite(bytes.NewReader(file)); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", program, got, err, want)
		}
		if _, err := foreign.ReadSQLite(bytes.NewReader(foreigntest.SQLite(program, crypto.Key{}))); !errors.Is(err, foreign.ErrDamaged) {
			t.Errorf("%s with an empty key: %v", program, err)
		}
		if _, err := foreign.ReadSQLite(bytes.NewReader(file[:len(file)/4])); !errors.Is(err, foreign.ErrDamaged) {
			t.Errorf("%s, cut: %v", program, err)
		}
	}
}

// A file of something else is none of ours, whatever it is called.
func TestReadSQLiteOfSomethingElse(t *testing.T) {
	file := foreigntest.SQLite("telethon", key)
	for name, edit := range map[string]struct{ from, to string }{
		"without the table":  {"sessions", "bookings"},
		"without the column": {"auth_key", "user_key"},
	} {
		other := bytes.ReplaceAll(file, []byte(edit.from), []byte(edit.to))
		if l, err := foreign.ReadSQLite(bytes.NewReader(other)); !errors.Is(err, foreign.ErrUnknown) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}
