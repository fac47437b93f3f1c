package cdn

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/gotd/td/tg"
)

// ErrRedirect means that a redirect cannot be followed as it was sent.
var ErrRedirect = errors.New("cdn: unusable redirect")

// ErrOffset means that bytes are to be decrypted from the middle of a block on.
var ErrOffset = errors.New("cdn: offset is not a multiple of 16")

// maxToken bounds a file token, in bytes; real ones are far shorter.
const maxToken = 4 << 10

// Redirect is where on a CDN a file lies, and how to read it there.
//
// Immutable.
type Redirect struct {
	// DC is the id of the CDN data center.
	DC int
	// Token names the file there.
	Token []byte
	// Revision tells the redirects of one file apart; the first is 1. It is
	// given by State.
	Revision int

	block cipher.Block
	key   [32]byte
	iv    [aes.BlockSize]byte
}

// Parse checks a redirect and copies what it needs of it. The hashes it
// carries are for [Windows.Add]. The error is [ErrRedirect].
func Parse(r *tg.UploadFileCDNRedirect) (*Redirect, error) {
	switch {
	case r.DCID <= 0:
		return nil, fmt.Errorf("%w: data center %d", ErrRedirect, r.DCID)
	case len(r.FileToken) == 0 || len(r.FileToken) > maxToken:
		return nil, fmt.Errorf("%w: a file token of %d bytes", ErrRedirect, len(r.FileToken))
	case len(r.EncryptionKey) != 32:
		return nil, fmt.Errorf("%w: a key of %d bytes, want 32", ErrRedirect, len(r.EncryptionKey))
	case len(r.EncryptionIv) != aes.BlockSize:
		return nil, fmt.Errorf("%w: an IV of %d bytes, want 16", ErrRedirect, len(r.EncryptionIv))
	}
	out := &Redirect{
		DC:    r.DCID,
		Token: slices.Clone(r.FileToken),
		key:   [32]byte(r.EncryptionKey),
		iv:    [aes.BlockSize]byte(r.EncryptionIv),
	}
	var err error
	if out.block, err = aes.NewCipher(out.key[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRedirect, err)
	}
	return out, nil
}

// Decrypt decrypts in place the bytes of the file that start at offset. Where that is no
// multiple of 16 it is an [ErrOffset], and buf is left as it is.
//
// The last four bytes of the IV are replaced by the offset in blocks, in
// big-endian order; they are not added to it.
//
// https://core.telegram.org/cdn#decrypting-files
func (r *Redirect) Decrypt(buf []byte, offset int64) error {
	if offset < 0 || offset%aes.BlockSize != 0 {
		return fmt.Errorf("%w: %d", ErrOffset, offset)
	}
	iv := r.iv
	binary.BigEndian.PutUint32(iv[aes.BlockSize-4:], uint32(offset/aes.BlockSize))
	cipher.NewCTR(r.block, iv[:]).XORKeyStream(buf, buf)
	return nil
}

// same reports whether two redirects lead to the same bytes.
func (r *Redirect) same(o *Redirect) bool {
	return r != nil && o != nil && r.DC == o.DC && r.key == o.key && r.iv == o.iv && bytes.Equal(r.Token, o.Token)
}

// String hides the key and the token, which open the file to anyone.
func (r *Redirect) String() string { return fmt.Sprintf("CDN %d, revision %d", r.DC, r.Revision) }

// GoString is String, so that no format verb prints the key.
func (r *Redirect) GoString() string { return r.String() }
