package proxy

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	utls "github.com/refraction-networking/utls"
)

const (
	// randomAt is where the random of a ClientHello, and of a ServerHello, is in its
	// TLS record.
	randomAt  = headerLength + 1 + 3 + 2
	randomEnd = randomAt + 32
	// maxHello bounds what a server says in a handshake: a certificate chain of a real
	// one is a few KiB.
	maxHello = 64 << 10
)

// clientHello sends the ClientHello of a browser. Its random is an HMAC of all of it,
// with the time in the last four bytes.
//
// What TDLib sends, and checks below: td/mtproto/TlsInit.cpp.
func (s Secret) clientHello(w io.Writer, now time.Time) (random [32]byte, err error) {
	client := utls.UClient(nil, &utls.Config{ServerName: s.domain, Rand: rand.Reader}, utls.HelloChrome_Auto)
	if err := client.BuildHandshakeState(); err != nil {
		return random, fmt.Errorf("TLS hello: %w", err)
	}
	message := client.HandshakeState.Hello.Raw
	record := binary.BigEndian.AppendUint16([]byte{handshakeRecord, 3, 1}, uint16(len(message)))
	record = append(record, message...)
	if len(record) < randomEnd {
		return random, errors.New("TLS hello without a random")
	}
	clear(record[randomAt:randomEnd])
	copy(random[:], s.sign(record))
	last := random[28:]
	binary.LittleEndian.PutUint32(last, binary.LittleEndian.Uint32(last)^uint32(now.Unix()))
	copy(record[randomAt:randomEnd], random[:])
	_, err = w.Write(record)
	return random, err
}

// serverHello reads an answer up to the first encrypted record, and checks that its
// random is an HMAC of our own and of all of it.
func (s Secret) serverHello(r io.Reader, client [32]byte) error {
	var answer []byte
	for kind := byte(0); kind != applicationData; {
		var header [headerLength]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return err
		}
		kind = header[0]
		n := int(binary.BigEndian.Uint16(header[3:]))
		wanted := kind == handshakeRecord || len(answer) > 0 && (kind == changeCipherSpec || kind == applicationData)
		if !wanted || len(answer)+n > maxHello {
			return fmt.Errorf("TLS record of type %#x and %d bytes", kind, n)
		}
		answer = append(answer, header[:]...)
		answer = append(answer, make([]byte, n)...)
		if _, err := io.ReadFull(r, answer[len(answer)-n:]); err != nil {
			return err
		}
	}
	if len(answer) < randomEnd {
		return errors.New("TLS answer without a random")
	}
	got := bytes.Clone(answer[randomAt:randomEnd])
	clear(answer[randomAt:randomEnd])
	if !hmac.Equal(got, s.sign(client[:], answer)) {
		return errors.New("TLS answer of somebody who does not know the secret")
	}
	return nil
}

func (s Secret) sign(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, []byte(s.key))
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}
