package foreign

import (
	"bytes"
	"crypto/aes"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/gotd/ige"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
)

// tdata composes a folder as Telegram Desktop writes it, from the description of its files.
//
// https://github.com/telegramdesktop/tdesktop/blob/dev/Telegram/SourceFiles/storage/storage_domain.cpp
func tdata(t testing.TB, passcode string, logins ...Login) fstest.MapFS {
	t.Helper()
	salt := bytes.Repeat([]byte{7}, 32)
	var local crypto.Key
	for i := range local {
		local[i] = byte(i * 3)
	}
	iterations := 1
	if passcode != "" {
		iterations = 100_000
	}
	digest := sha512.Sum512(append(append(bytes.Clone(salt), passcode...), salt...))
	derived, err := pbkdf2.Key(sha512.New, string(digest[:]), salt, iterations, 256)
	if err != nil {
		t.Fatal(err)
	}
	info := binary.BigEndian.AppendUint32(nil, uint32(len(logins)))
	for i := range logins {
		info = binary.BigEndian.AppendUint32(info, uint32(i))
	}
	var keyData []byte
	keyData = appendArray(keyData, salt)
	keyData = appendArray(keyData, encryptLocal(t, local[:], crypto.Key(derived)))
	keyData = appendArray(keyData, encryptLocal(t, info, local))
	folder := fstest.MapFS{"key_datas": {Data: tdf(keyData)}}

	for i, l := range logins {
		// Of the first account, data; of the second, data#2: the halves of the MD5's
		// bytes are swapped.
		name := []string{"D877F783D5D3EF8C", "A7FDF864FBC10B77"}[i]
		auth := binary.BigEndian.AppendUint64(nil, ^uint64(0)) // Wide ids follow.
		auth = binary.BigEndian.AppendUint64(auth, uint64(l.UserID))
		auth = binary.BigEndian.AppendUint32(auth, uint32(l.DC))
		auth = binary.BigEndian.AppendUint32(auth, 2) // Keys.
		auth = append(binary.BigEndian.AppendUint32(auth, 99), make([]byte, 256)...)
		auth = append(binary.BigEndian.AppendUint32(auth, uint32(l.DC)), l.Key[:]...)
		block := binary.BigEndian.AppendUint32(nil, 0x4b) // dbiMtpAuthorization
		block = appendArray(block, auth)
		folder[name+"s"] = &fstest.MapFile{Data: tdf(appendArray(nil, encryptLocal(t, block, local)))}
	}
	return folder
}

func appendArray(to, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(data))), data...)
}

// encryptLocal encrypts data with its length, padded, behind a SHA-1.
func encryptLocal(t testing.TB, data []byte, key crypto.Key) []byte {
	t.Helper()
	plain := binary.LittleEndian.AppendUint32(nil, uint32(len(data)+4))
	plain = append(plain, data...)
	plain = append(plain, make([]byte, -len(plain)&15)...)
	sum := sha1.Sum(plain)
	var msgKey bin.Int128
	copy(msgKey[:], sum[:])
	aesKey, iv := crypto.OldKeys(key, msgKey, crypto.Server)
	block, err := aes.NewCipher(aesKey[:])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(plain))
	ige.EncryptBlocks(block, iv[:], out, plain)
	return append(msgKey[:], out...)
}

// tdf wraps a file: magic, version, data, and an MD5 over them and the length.
func tdf(data []byte) []byte {
	version := []byte{1, 0, 0, 0}
	h := md5.New()
	h.Write(data)
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
	h.Write(version)
	h.Write([]byte("TDF$"))
	out := append([]byte("TDF$"), version...)
	return h.Sum(append(out, data...))
}

func TestReadTData(t *testing.T) {
	first := Login{DC: 2, Key: testKey(), UserID: 7001}
	second := Login{DC: 5, Key: crypto.Key{1, 2, 3}, UserID: 1 << 33}
	for _, passcode := range []string{"", "1234"} {
		got, err := ReadTData(tdata(t, passcode, first, second), []byte(passcode))
		if err != nil || len(got) != 2 || got[0] != first || got[1] != second {
			t.Errorf("passcode %q: %+v, %v", passcode, got, err)
		}
	}
}

func TestReadTDataRefuses(t *testing.T) {
	good := Login{DC: 2, Key: testKey(), UserID: 7001}
	edited := func(edit func(fstest.MapFS)) fstest.MapFS {
		folder := tdata(t, "", good)
		edit(folder)
		return folder
	}
	for name, tt := range map[string]struct {
		folder   fstest.MapFS
		passcode string
		want     error
	}{
		"no tdata":          {fstest.MapFS{"photos/a.jpg": {}}, "", ErrNoTData},
		"locked":            {tdata(t, "1234", good), "", ErrLocked},
		"a wrong passcode":  {tdata(t, "1234", good), "4321", ErrLocked},
		"nobody":            {tdata(t, ""), "", ErrDamaged},
		"an empty key":      {tdata(t, "", Login{DC: 2, UserID: 1}), "", ErrDamaged},
		"no data of it":     {edited(func(f fstest.MapFS) { delete(f, "D877F783D5D3EF8Cs") }), "", ErrDamaged},
		"a damaged file":    {edited(func(f fstest.MapFS) { f["D877F783D5D3EF8Cs"].Data[30] ^= 1 }), "", ErrDamaged},
		"a torn key file":   {edited(func(f fstest.MapFS) { f["key_datas"].Data = f["key_datas"].Data[:40] }), "", ErrDamaged},
		"an empty key file": {edited(func(f fstest.MapFS) { f["key_datas"].Data = nil }), "", ErrDamaged},
	} {
		if got, err := ReadTData(tt.folder, []byte(tt.passcode)); !errors.Is(err, tt.want) {
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
		key := appendArray(appendArray(nil, salt), encryptLocal(t, local[:], crypto.Key(derived)))
		folder := fstest.MapFS{
			"key_datas":         {Data: tdf(appendArray(key, encryptLocal(t, info, local)))},
			"D877F783D5D3EF8Cs": {Data: tdf(appendArray(nil, encryptLocal(t, data, local)))},
		}
		if _, err := ReadTData(folder, nil); err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLocked) {
			t.Errorf("error %v", err)
		}
	})
}
