package foreign

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"

	"github.com/gotd/td/session/tdesktop"
)

// ErrLocked means that a tdata folder does not open with the passcode that was given, if any.
var ErrLocked = errors.New("the passcode of Telegram Desktop is needed, or is wrong")

// ErrNoTData means that a folder is not Telegram Desktop's tdata.
var ErrNoTData = errors.New("this is no tdata folder of Telegram Desktop: it has no key_datas")

// ReadTData reads the accounts in a tdata folder of Telegram Desktop, in the order in which it has them.
// The passcode is that which it asks for when it starts; empty if it does not.
//
// Errors: [ErrNoTData], [ErrLocked], [ErrDamaged], and those of the file system.
func ReadTData(folder fs.FS, passcode []byte) (logins []Login, err error) {
	if !isTData(folder) {
		return nil, ErrNoTData
	}
	// The reader indexes by numbers out of the files.
	defer func() {
		if r := recover(); r != nil {
			logins, err = nil, damaged("its files are shorter than they say")
		}
	}()
	accounts, err := tdesktop.ReadFS(folder, passcode)
	switch {
	case err == nil:
	case errors.Is(err, tdesktop.ErrKeyInfoDecrypt), strings.HasPrefix(err.Error(), "decrypt keyEncrypted"):
		return nil, ErrLocked
	case errors.Is(err, tdesktop.ErrNoAccounts):
		return nil, damaged("nobody is logged in there")
	default:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for _, a := range accounts {
		l, err := loginOf(a)
		if err != nil {
			return nil, err
		}
		logins = append(logins, l)
	}
	return logins, nil
}

// isTData looks for the file that every tdata folder has, under its names.
func isTData(folder fs.FS) bool {
	for _, name := range []string{"key_datas", "key_data0", "key_data1"} {
		if _, err := fs.Stat(folder, name); err == nil {
			return true
		}
	}
	return false
}

func loginOf(a tdesktop.Account) (Login, error) {
	auth := a.Authorization
	if auth.UserID > math.MaxInt64 {
		return Login{}, damaged("no user has the id %d", auth.UserID)
	}
	l := Login{DC: auth.MainDC, Key: auth.Keys[auth.MainDC], UserID: int64(auth.UserID), Test: a.Config.Environment.Test()}
	return l, l.check()
}
