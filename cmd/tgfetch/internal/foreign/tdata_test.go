package foreign_test

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha512"
	"errors"
	"slices"
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
	locked := foreigntest.TData("1234", first, second) // Costs most of a second.
	for _, tt := range []struct {
		name     string
		folder   fstest.MapFS
		passcode string
		want     error
	}{
		{"open", foreigntest.TData("", first, second), "", nil},
		{"locked", locked, "1234", nil},
		{"without the passcode", locked, "", foreign.ErrLocked},
		{"with a wrong passcode", locked, "4321", foreign.ErrLocked},
	} {
		got, err := foreign.ReadTData(tt.folder, []byte(tt.passcode))
		if !errors.Is(err, tt.want) || err == nil && !slices.Equal(got, []foreign.Login{first, second}) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
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
		folder fstest.MapFS
		want   error
	}{
		"no tdata":          {fstest.MapFS{"photos/a.jpg": {}}, foreign.ErrNoTData},
		"nobody":            {foreigntest.TData(""), foreign.ErrDamaged},
		"an empty key":      {foreigntest.TData("", foreign.Login{DC: 2, UserID: 1}), foreign.ErrDamaged},
		"no data of it":     {edited(func(f fstest.MapFS) { delete(f, "D877F783D5D3EF8Cs") }), foreign.ErrDamaged},
		"a damaged file":    {edited(func(f fstest.MapFS) { f["D877F783D5D3EF8Cs"].Data[30] ^= 1 }), foreign.ErrDamaged},
		"a torn key file":   {edited(func(f fstest.MapFS) { f["key_datas"].Data = f["key_datas"].Data[:40] }), foreign.ErrDamaged},
		"an empty key file": {edited(func(f fstest.MapFS) { f["key_datas"].Data = nil }), foreign.ErrDamaged},
	} {
		if got, err := foreign.ReadTData(tt.folder, nil); !errors.Is(err, tt.want) {
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
