// Package foreigntest makes what other programs leave on a disk, for tests: from the description of
// their formats, not by the code that reads them.
package foreigntest

import (
	"bytes"
	"crypto/aes"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/binary"
	"testing/fstest"

	"github.com/gotd/ige"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
)

// TData composes a folder as Telegram Desktop writes it, from the description of its files.
//
// https://github.com/telegramdesktop/tdesktop/blob/dev/Telegram/SourceFiles/storage/storage_domain.cpp
func TData(passcode string, logins ...foreign.Login) fstest.MapFS {
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
		panic(err) // Of a length that is constant.
	}
	info := binary.BigEndian.AppendUint32(nil, uint32(len(logins)))
	for i := range logins {
		info = binary.BigEndian.AppendUint32(info, uint32(i))
	}
	var keyData []byte
	keyData = AppendArray(keyData, salt)
	keyData = AppendArray(keyData, EncryptLocal(local[:], crypto.Key(derived)))
	keyData = AppendArray(keyData, EncryptLocal(info, local))
	folder := fstest.MapFS{"key_datas": {Data: TDF(keyData)}}

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
		block = AppendArray(block, auth)
		folder[name+"s"] = &fstest.MapFile{Data: TDF(AppendArray(nil, EncryptLocal(block, local)))}
	}
	return folder
}

// AppendArray appends data behind its length.
func AppendArray(to, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(data))), data...)
}

// EncryptLocal encrypts data with its length, padded, behind a SHA-1.
func EncryptLocal(data []byte, key crypto.Key) []byte {
	plain := binary.LittleEndian.AppendUint32(nil, uint32(len(data)+4))
	plain = append(plain, data...)
	plain = append(plain, make([]byte, -len(plain)&15)...)
	sum := sha1.Sum(plain)
	var msgKey bin.Int128
	copy(msgKey[:], sum[:])
	aesKey, iv := crypto.OldKeys(key, msgKey, crypto.Server)
	block, err := aes.NewCipher(aesKey[:])
	if err != nil {
		panic(err) // Of a length that is constant.
	}
	out := make([]byte, len(plain))
	ige.EncryptBlocks(block, iv[:], out, plain)
	return append(msgKey[:], out...)
}

// TDF wraps a file: magic, version, data, and an MD5 over them and the length.
func TDF(data []byte) []byte {
	version := []byte{1, 0, 0, 0}
	h := md5.New()
	h.Write(data)
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
	h.Write(version)
	h.Write([]byte("TDF$"))
	out := append([]byte("TDF$"), version...)
	return h.Sum(append(out, data...))
}
