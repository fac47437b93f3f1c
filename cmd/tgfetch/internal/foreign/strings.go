package foreign

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"github.com/gotd/td/session"
)

// unpadded is URL-safe base64 without the padding, which programs leave out or not.
func unpadded(data []byte) []byte { return bytes.TrimRight(data, "=") }

// Telethon's string is a version, "1", and the base64 of
//
//	data center (1 byte), address (4 or 16), port (2, big endian), key (256)
//
// https://docs.telethon.dev/en/stable/concepts/sessions.html#string-sessions
func isTelethon(data []byte) bool {
	n := len(unpadded(data))
	return bytes.HasPrefix(data, []byte("1")) &&
		(n == 1+base64.RawURLEncoding.EncodedLen(1+4+2+256) || n == 1+base64.RawURLEncoding.EncodedLen(1+16+2+256))
}

func parseTelethon(data []byte) (Login, error) {
	data = unpadded(data)
	for len(data)%4 != 1 { // The version is no base64.
		data = append(data[:len(data):len(data)], '=')
	}
	d, err := session.TelethonSession(string(data))
	if err != nil {
		return Login{}, damaged("no string of Telethon")
	}
	l := Login{DC: d.DC, Addr: d.Addr}
	copy(l.Key[:], d.AuthKey)
	return l, nil
}

func writeTelethon(l Login) ([]byte, error) {
	addr, err := netip.ParseAddrPort(l.Addr)
	if err != nil {
		return nil, fmt.Errorf("a string of Telethon needs the data center's address: %w", err)
	}
	packed := append([]byte{byte(l.DC)}, addr.Addr().Unmap().AsSlice()...)
	packed = binary.BigEndian.AppendUint16(packed, addr.Port())
	packed = append(packed, l.Key[:]...)
	return []byte("1" + base64.URLEncoding.EncodeToString(packed)), nil
}

// Pyrogram's string is the base64, without padding, of
//
//	data center (1 byte), application (4), test servers (1), key (256), user (8), bot (1)
//
// in big endian. Before version 2 the application was missing, and before that the user had 4 bytes.
//
// https://docs.pyrogram.org/topics/storage-engines
const (
	pyrogramLen   = 1 + 4 + 1 + 256 + 8 + 1
	pyrogramLen64 = 1 + 1 + 256 + 8 + 1
	pyrogramLen32 = 1 + 1 + 256 + 4 + 1
)

func isPyrogram(data []byte) bool {
	for _, n := range []int{pyrogramLen, pyrogramLen64, pyrogramLen32} {
		if len(unpadded(data)) == base64.RawURLEncoding.EncodedLen(n) {
			return true
		}
	}
	return false
}

func parsePyrogram(data []byte) (Login, error) {
	packed, err := base64.RawURLEncoding.DecodeString(string(unpadded(data)))
	if err != nil {
		return Login{}, damaged("no string of Pyrogram")
	}
	l := Login{DC: int(packed[0])}
	rest := packed[1:]
	if len(packed) == pyrogramLen {
		l.APIID = int(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
	}
	l.Test = rest[0] != 0
	rest = rest[1+copy(l.Key[:], rest[1:]):]
	user := uint64(0)
	if len(packed) == pyrogramLen32 {
		user = uint64(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
	} else {
		user = binary.BigEndian.Uint64(rest)
		rest = rest[8:]
	}
	if user > math.MaxInt64 {
		return Login{}, damaged("no user has the id %d", user)
	}
	l.UserID, l.Bot = int64(user), rest[0] != 0
	return l, nil
}

func writePyrogram(l Login) ([]byte, error) {
	if l.UserID == 0 || l.APIID <= 0 || l.APIID > math.MaxUint32 {
		return nil, fmt.Errorf("a string of Pyrogram needs the user and the application")
	}
	packed := binary.BigEndian.AppendUint32([]byte{byte(l.DC)}, uint32(l.APIID))
	packed = append(packed, asByte(l.Test))
	packed = append(packed, l.Key[:]...)
	packed = binary.BigEndian.AppendUint64(packed, uint64(l.UserID))
	packed = append(packed, asByte(l.Bot))
	return []byte(base64.RawURLEncoding.EncodeToString(packed)), nil
}

func asByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
