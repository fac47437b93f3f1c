package foreign_test

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha512"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign/foreigntest"
)

// key has all bytes that there are.
var key = func() (k crypto.Key) {
	for i := range k {
		k[i] = byte(255 - i)
	}
	return k
}()

func TestReadTData(t *testing.T) {
	first := foreign.Login{DC: 2, Key: key, UserID: 7001}
	second := foreign.Login{DC: 5, Key: crypto.Key{1, 2, 3}, UserID: 1 << 33}
	for _, passcode := range []string{"", "1234"} {
		got, err := foreign.ReadTData(foreigntest.TData(passcode, first, second), []byte(passcode))
		if err != nil || len(got) != 2 || got[0] != first || got[1] != second {
			t.Errorf("passcode %q: %+v, %v", passcode, got, err)
		}
	}
}

func TestReadTDataRefuses(t *testing.T) {
	good := foreign.Login{DC: 2, Key: key, UserID: 7001}
	edited := func(edit func(fstest.MapFS)) fstest.MapFS {
		folder := foreigntest.TData("", good)
		edit(folder)
		return folder
	}
	for name, tt := range map[string]struct {
		folder   fstest.MapFS
		passcode string
		want     error
	}{
		"no tdata":          {fstest.MapFS{"photos/a.jpg": {}}, "", foreign.ErrNoTData},
		"locked":            {foreigntest.TData("1234", good), "", foreign.ErrLocked},
		"a wrong passcode":  {foreigntest.TData("1234", good), "4321", foreign.ErrLocked},
		"nobody":            {foreigntest.TData(""), "", foreign.ErrDamaged},
		"an empty key":      {foreigntest.TData("", foreign.Login{DC: 2, UserID: 1}), "", foreign.ErrDamaged},
		"no data of it":     {edited(func(f fstest.MapFS) { delete(f, "D877F783D5D3EF8Cs") }), "", foreign.ErrDamaged},
		"a damaged file":    {edited(func(f fstest.MapFS) { f["D877F783D5D3EF8Cs"].Data[30] ^= 1 }), "", foreign.ErrDamaged},
		"a torn key file":   {edited(func(f fstest.MapFS) { f["key_datas"].Data = f["key_datas"].Data[:40] }), "", foreign.ErrDamaged},
		"an empty key file": {edited(func(f fstest.MapFS) { f["key_datas"].Data = nil }), "", foreign.ErrDamaged},
	} {
		if got, err := foreign.ReadTData(tt.folder, []byte(tt.passcode)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, tt.want)
		}
	}
}

// FuzzReadTData changes what is inside of the files, where their checksums are right.
func FuzzReadTData(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 0}, []byte{0, 0, 0, 0x4b})
	f.Add([]byte{0, 9}, []byte{})
	f.Fuzz(func(t *testing.T, info, data []byte) {
		// gotd's reader makes room for as many accounts as are said, 16 GiB at most.
		info = append([]byte{0, 0}, info...)
		salt := make([]byte, 32)
		local := crypto.Key{1}
		digest := sha512.Sum512(append(bytes.Clone(salt), salt...))
		derived, err := pbkdf2.Key(sha512.New, string(digest[:]), salt, 1, 256)
		if err != nil {
			t.Fatal(err)
		}
		keyData := foreigntest.AppendArray(foreigntest.AppendArray(nil, salt), foreigntest.EncryptLocal(local[:], crypto.Key(derived)))
		folder := fstest.MapFS{
			"key_datas":         {Data: foreigntest.TDF(foreigntest.AppendArray(keyData, foreigntest.EncryptLocal(info, local)))},
			"D877F783D5D3EF8Cs": {Data: foreigntest.TDF(foreigntest.AppendArray(nil, foreigntest.EncryptLocal(data, local)))},
		}
		if _, err := foreign.ReadTData(folder, nil); err != nil && !errors.Is(err, foreign.ErrDamaged) && !errors.Is(err, foreign.ErrLocked) {
			t.Errorf("error %v", err)
		}
	})
}
