package wire

import (
	"crypto/aes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/dcpool/internal/ige"
)

// An encrypted message is
//
//	auth_key_id 8, msg_key 16, then encrypted:
//	salt 8, session_id 8, msg_id 8, seqno 4, length 4, body, padding 12…1024
//
// See https://core.telegram.org/mtproto/description#encrypted-message.
const (
	outerHeader = 8 + 16
	innerHeader = 8 + 8 + 8 + 4 + 4
	minPadding  = 12
	maxPadding  = 1024
)

const (
	// msgKeyPart is how many bytes of the auth key are hashed before the plaintext.
	msgKeyPart = 32
	// openTurn is how many bytes are decrypted and then hashed. Of 64 to 1024 it
	// is the fastest but one; it is two blocks of SHA-256, which processors
	// without instructions for it hash side by side.
	openTurn = 2 * sha256.BlockSize
)

// envelope is what surrounds a message body.
type envelope struct {
	salt, session, msgID int64
	seqNo                int32
}

// crypter encrypts or decrypts messages under one auth key. It is owned by one
// goroutine; reader and writer have one each.
type crypter struct {
	key  crypto.AuthKey
	hash hash.Hash
	ige  ige.Decrypter
}

func newCrypter(key crypto.AuthKey) crypter {
	return crypter{key: key, hash: sha256.New()}
}

// sealedLen is the length of a message with a body of n bytes and the given
// number of extra padding blocks.
func sealedLen(n, extra int) int {
	padded := (innerHeader + n + minPadding + aes.BlockSize - 1) &^ (aes.BlockSize - 1)
	return outerHeader + padded + extra*aes.BlockSize
}

// seal appends an encrypted message of total bytes, made by sealedLen, to dst.
func (c *crypter) seal(dst []byte, e envelope, body []byte, total int, rand io.Reader) ([]byte, error) {
	start := len(dst)
	le := binary.LittleEndian
	dst = append(dst, c.key.ID[:]...)
	dst = append(dst, make([]byte, 16)...) // msg_key, known when the rest is.
	dst = le.AppendUint64(dst, uint64(e.salt))
	dst = le.AppendUint64(dst, uint64(e.session))
	dst = le.AppendUint64(dst, uint64(e.msgID))
	dst = le.AppendUint32(dst, uint32(e.seqNo))
	dst = le.AppendUint32(dst, uint32(len(body)))
	dst = append(dst, body...)
	padding := start + total - len(dst)
	dst = append(dst, make([]byte, padding)...)
	if _, err := io.ReadFull(rand, dst[len(dst)-padding:]); err != nil {
		return nil, fmt.Errorf("padding: %w", err)
	}
	plain := dst[start+outerHeader:]
	msgKey := c.msgKey(crypto.Client, plain)
	copy(dst[start+8:], msgKey[:])
	key, iv := crypto.Keys(c.key.Value, msgKey, crypto.Client)
	ige.Encrypt((*[ige.KeySize]byte)(&key), (*[ige.IVSize]byte)(&iv), plain)
	return dst, nil
}

// open decrypts and checks a message of the server in place. The body it returns
// lies in data.
//
// See https://core.telegram.org/mtproto/security_guidelines#mtproto-encrypted-messages.
func (c *crypter) open(data []byte, padded bool) (envelope, []byte, error) {
	if len(data) < outerHeader+innerHeader+minPadding {
		return envelope{}, nil, fmt.Errorf("%w: encrypted message of %d bytes", ErrProtocol, len(data))
	}
	if [8]byte(data) != c.key.ID {
		return envelope{}, nil, fmt.Errorf("%w: foreign auth_key_id", ErrProtocol)
	}
	msgKey := [16]byte(data[8:])
	plain := data[outerHeader:]
	if extra := len(plain) % aes.BlockSize; extra != 0 {
		if !padded { // The padding of the transport has a length of its own.
			return envelope{}, nil, fmt.Errorf("%w: encrypted data of %d bytes", ErrProtocol, len(plain))
		}
		plain = plain[:len(plain)-extra]
	}
	want := c.decrypt(msgKey, plain)
	if subtle.ConstantTimeCompare(want[:], msgKey[:]) != 1 {
		return envelope{}, nil, fmt.Errorf("%w: wrong msg_key", ErrProtocol)
	}
	le := binary.LittleEndian
	e := envelope{
		salt:    int64(le.Uint64(plain)),
		session: int64(le.Uint64(plain[8:])),
		msgID:   int64(le.Uint64(plain[16:])),
		seqNo:   int32(le.Uint32(plain[24:])),
	}
	n := int(int32(le.Uint32(plain[28:])))
	padding := len(plain) - innerHeader - n
	if n < 0 || n%4 != 0 || padding < minPadding || padding > maxPadding {
		return envelope{}, nil, fmt.Errorf("%w: body of %d bytes in a message of %d", ErrProtocol, n, len(plain))
	}
	return e, plain[innerHeader : innerHeader+n], nil
}

// decrypt decrypts plain in place and returns the msg_key that belongs to it.
//
// AES-IGE is a chain of dependent instructions, which leaves a processor mostly
// idle, and so is SHA-256. In turns short enough for it to look ahead, it hashes
// one turn while it decrypts the next, and hashing costs almost nothing.
func (c *crypter) decrypt(msgKey [16]byte, plain []byte) [16]byte {
	key, iv := crypto.Keys(c.key.Value, msgKey, crypto.Server)
	c.ige.Reset((*[ige.KeySize]byte)(&key), (*[ige.IVSize]byte)(&iv))
	c.startMsgKey(crypto.Server)
	turn := plain[:min(sha256.BlockSize-msgKeyPart, len(plain))]
	for len(plain) > 0 {
		c.ige.Decrypt(turn)
		c.hash.Write(turn)
		plain = plain[len(turn):]
		turn = plain[:min(openTurn, len(plain))]
	}
	return c.sumMsgKey()
}

// msgKey is the middle of SHA-256 of a part of the auth key and the plaintext.
// It is gotd's crypto.MessageKey without its allocations.
func (c *crypter) msgKey(side crypto.Side, plain []byte) [16]byte {
	c.startMsgKey(side)
	c.hash.Write(plain)
	return c.sumMsgKey()
}

func (c *crypter) startMsgKey(side crypto.Side) {
	c.hash.Reset()
	c.hash.Write(c.key.Value[88+8*int(side):][:msgKeyPart])
}

func (c *crypter) sumMsgKey() [16]byte {
	var sum [sha256.Size]byte
	return [16]byte(c.hash.Sum(sum[:0])[8:])
}
