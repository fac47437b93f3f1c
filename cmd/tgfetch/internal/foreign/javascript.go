package foreign

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net"
	"strconv"

	"github.com/gotd/td/bin"
)

// anyBase64 decodes base64 of either alphabet, with padding or without.
func anyBase64(text []byte) ([]byte, error) {
	text = unpadded(text)
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("+"), []byte("-")), []byte("/"), []byte("_"))
	return base64.RawURLEncoding.AppendDecode(nil, text)
}

// GramJS's string is a version, "1", and the base64 of
//
//	data center (1 byte), length of the address (2, big endian), address as text, port (2), key (256)
//
// Of an IPv4 address of 14 characters it is as long as a string of Telethon with an IPv6 address, which has
// the address where this has a length: none begins so.
func isGramJS(text []byte) bool {
	data, ok := gramJSData(text)
	return ok && int(binary.BigEndian.Uint16(data[1:])) == len(data)-gramJSFixed
}

// gramJSFixed is what a string has besides the text of the address, in bytes.
const gramJSFixed = 1 + 2 + 2 + 256

func gramJSData(text []byte) ([]byte, bool) {
	text, ok := bytes.CutPrefix(text, []byte("1"))
	if !ok {
		return nil, false
	}
	data, err := anyBase64(text)
	return data, err == nil && len(data) > gramJSFixed && len(data) < gramJSFixed+256
}

func parseGramJS(text []byte) (Login, error) {
	data, _ := gramJSData(text)
	host, rest := data[3:len(data)-256-2], data[len(data)-256-2:]
	l := Login{DC: int(data[0]), Addr: hostPort(string(host), int(binary.BigEndian.Uint16(rest)))}
	copy(l.Key[:], rest[2:])
	return l, nil
}

// hostPort is an address; "" if the host is none.
func hostPort(host string, port int) string {
	if net.ParseIP(host) == nil || port <= 0 || port > 1<<16-1 {
		return ""
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// mtcute's string is the base64, without padding, of a version, 3, and in TL's encoding
//
//	flags (int), data center (bytes), media data center (bytes, flag 2), user (long, Bool; flag 0), key (bytes)
//
// where flag 1 is that of test servers in strings of old. A data center is a version, 1 or 2, the id, flags
// (1 byte each), and in TL the address (string) and the port (int); its flag 2 is that of test servers.
//
// https://github.com/mtcute/mtcute/blob/master/packages/core/src/highlevel/utils/string-session.ts
const (
	mtcuteVersion = 3

	mtcuteUser     = 1 << 0
	mtcuteTest     = 1 << 1
	mtcuteMedia    = 1 << 2
	mtcuteTestOfDC = 1 << 2
)

// isMtcute is asked after isPyrogram: a string of Pyrogram, which is shorter, may begin so too.
func isMtcute(text []byte) bool {
	data, err := anyBase64(text)
	return err == nil && len(data) > pyrogramLen && data[0] == mtcuteVersion
}

func parseMtcute(text []byte) (Login, error) {
	data, err := anyBase64(text)
	if err != nil {
		return Login{}, damaged("no string of mtcute")
	}
	b := &bin.Buffer{Buf: data[1:]}
	flags, err := b.Int()
	if err != nil || flags&^(mtcuteUser|mtcuteTest|mtcuteMedia) != 0 {
		return Login{}, damaged("no string of mtcute that is known here")
	}
	dc, err := b.Bytes()
	if err != nil {
		return Login{}, damaged("its data center is cut off")
	}
	l, err := mtcuteDC(dc)
	if err != nil {
		return Login{}, err
	}
	l.Test = l.Test || flags&mtcuteTest != 0
	if flags&mtcuteMedia != 0 {
		if _, err := b.Bytes(); err != nil {
			return Login{}, damaged("its media data center is cut off")
		}
	}
	if flags&mtcuteUser != 0 {
		if l.UserID, err = b.Long(); err == nil {
			l.Bot, err = b.Bool()
		}
		if err != nil {
			return Login{}, damaged("its user is cut off")
		}
	}
	key, err := b.Bytes()
	if err != nil || len(key) != len(l.Key) || b.Len() != 0 {
		return Login{}, damaged("its key has %d bytes", len(key))
	}
	copy(l.Key[:], key)
	return l, nil
}

// mtcuteDC reads a data center.
func mtcuteDC(data []byte) (Login, error) {
	if len(data) < 3 || data[0] < 1 || data[0] > 2 {
		return Login{}, damaged("its data center is of a version that is not known here")
	}
	b := &bin.Buffer{Buf: data[3:]}
	host, err := b.String()
	if err != nil {
		return Login{}, damaged("its address is cut off")
	}
	port, err := b.Int()
	if err != nil {
		return Login{}, damaged("its port is cut off")
	}
	return Login{DC: int(data[1]), Addr: hostPort(host, port), Test: data[0] == 2 && data[2]&mtcuteTestOfDC != 0}, nil
}
