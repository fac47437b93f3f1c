package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/gotd/td/bin"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/sqlitefile"
)

// IsSQLite says whether a file begins as SQLite's do.
func IsSQLite(begin []byte) bool { return bytes.HasPrefix(begin, []byte(sqlitefile.Magic)) }

// ReadSQLite reads a session file of Telethon, of Pyrogram and its like, or of mtcute. The program that it
// is from must have closed it: what is in a log beside the file is not read.
//
// Errors: [ErrUnknown], [ErrDamaged], and those of the reader.
func ReadSQLite(r io.ReaderAt) (Login, error) {
	db, err := sqlitefile.Open(r)
	if err != nil {
		return Login{}, sqliteError(err)
	}
	l, err := readSessions(db)
	if errors.Is(err, sqlitefile.ErrNoTable) {
		l, err = readMtcute(db)
	}
	if err == nil {
		err = l.check()
	}
	if err != nil {
		return Login{}, sqliteError(err)
	}
	return l, nil
}

// sqliteError says what an error of the file means for the session.
func sqliteError(err error) error {
	switch {
	case errors.Is(err, sqlitefile.ErrNoTable):
		return fmt.Errorf("%w: it is an SQLite file of something else", ErrUnknown)
	case errors.Is(err, sqlitefile.ErrDamaged):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// readSessions reads the table that Telethon and Pyrogram have, by the names of its columns: each version
// has some of its own.
func readSessions(db *sqlitefile.File) (Login, error) {
	rows, err := db.Rows("sessions")
	if err != nil {
		return Login{}, err
	}
	if len(rows) != 1 {
		return Login{}, damaged("it has %d sessions", len(rows))
	}
	row := rows[0]
	if _, ok := row["auth_key"]; !ok {
		return Login{}, ErrUnknown
	}
	number := func(column string) int64 { n, _ := row[column].(int64); return n }
	host, _ := row["server_address"].(string)
	l := Login{
		DC:     int(number("dc_id")),
		Addr:   hostPort(host, int(number("port"))),
		UserID: number("user_id"),
		Bot:    number("is_bot") != 0,
		Test:   number("test_mode") != 0,
		APIID:  int(number("api_id")),
	}
	return l, l.takeKey(row["auth_key"])
}

// takeKey takes the value of a column; one that is empty is of somebody who never logged in.
func (l *Login) takeKey(value any) error {
	key, _ := value.([]byte)
	switch len(key) {
	case len(l.Key):
		copy(l.Key[:], key)
		return nil
	case 0:
		return damaged("nobody is logged in with it")
	default:
		return damaged("its key has %d bytes", len(key))
	}
}

// readMtcute reads mtcute's tables: of values by their names, and of keys by data center.
//
// https://github.com/mtcute/mtcute/tree/master/packages/core/src/storage/sqlite/repository
func readMtcute(db *sqlitefile.File) (Login, error) {
	values, err := db.Rows("key_value")
	if err != nil {
		return Login{}, err
	}
	keys, err := db.Rows("auth_keys")
	if err != nil {
		return Login{}, err
	}
	value := func(name string) []byte {
		for _, row := range values {
			if row["key"] == name {
				data, _ := row["value"].([]byte)
				return data
			}
		}
		return nil
	}
	l, err := mtcuteDC(value("dc_main"))
	if err != nil {
		return Login{}, err
	}
	// A version, flags, of which the first is that of bots, and the id.
	b := &bin.Buffer{Buf: value("current_user")}
	if version, err := b.Int(); err == nil && version == 1 {
		flags, _ := b.Int()
		l.UserID, _ = b.Long() // Telegram says whose it is, too.
		l.Bot = flags&1 != 0
	}
	for _, row := range keys {
		if row["dc"] == int64(l.DC) {
			return l, l.takeKey(row["key"])
		}
	}
	return Login{}, damaged("it has no key of data center %d", l.DC)
}
