package simdc

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerCDN adds the methods around CDN DCs. https://core.telegram.org/cdn
func registerCDN(m methods) {
	add(m, cdnDC, (*call).getCDNFile)
	add(m, anyDC, (*call).getCDNFileHashes)
	add(m, anyDC, (*call).reuploadCDNFile)
}

// A file token is what a redirect names a file by:
//
//	'F' file(8) revision(4) mac(8)
//
// A request token has 'R' in place of 'F'. The key material follows from the
// token, so a new revision changes it too.
const tokenSize = 1 + 8 + 4 + 8

func (w *world) cdnToken(kind byte, f *file, revision uint32) []byte {
	out := make([]byte, 0, tokenSize)
	out = append(out, kind)
	out = binary.BigEndian.AppendUint64(out, uint64(f.ID))
	out = binary.BigEndian.AppendUint32(out, revision)
	return binary.BigEndian.AppendUint64(out, mixAll(w.scenario.Seed, uint64(kind), uint64(f.ID), uint64(revision)))
}

// tokenFile returns the file that a valid token names.
func (w *world) tokenFile(kind byte, token []byte) (*file, bool) {
	if len(token) != tokenSize {
		return nil, false
	}
	f := w.files[int64(binary.BigEndian.Uint64(token[1:]))]
	if f == nil || string(token) != string(w.cdnToken(kind, f, f.tokens.Load())) {
		return nil, false
	}
	return f, true
}

const (
	fileToken    = 'F'
	requestToken = 'R'
)

// cdnSecrets returns the key and the IV under which the CDN holds a file. The
// last four bytes of the IV are not zero: clients must replace them, not add.
func (w *world) cdnSecrets(f *file) (key [32]byte, iv [16]byte) {
	seed := mixAll(w.scenario.Seed, uint64(f.ID), uint64(f.tokens.Load()), 'K')
	Content(int64(seed), 0, key[:])
	Content(int64(seed), int64(len(key)), iv[:])
	for i := 12; i < len(iv); i++ {
		iv[i] |= 1
	}
	return key, iv
}

// cdnStream returns the key stream of a file from an offset on, which must be
// a multiple of the AES block: the last four bytes of the IV are replaced by
// the block's number. https://core.telegram.org/cdn#decrypting-files
func (w *world) cdnStream(f *file) func(offset int64) cipher.Stream {
	key, iv := w.cdnSecrets(f)
	return func(offset int64) cipher.Stream {
		at := iv
		binary.BigEndian.PutUint32(at[12:], uint32(offset/aes.BlockSize))
		c, err := aes.NewCipher(key[:])
		if err != nil {
			panic(err) // The key has 32 bytes.
		}
		return cipher.NewCTR(c, at[:])
	}
}

// cdnRedirect answers upload.getFile with where to go instead.
func (c *call) cdnRedirect(f *file) bin.Encoder {
	w := c.cluster.world
	key, iv := w.cdnSecrets(f)
	out := &tg.UploadFileCDNRedirect{
		DCID:          c.cluster.cdnDC(),
		FileToken:     w.cdnToken(fileToken, f, f.tokens.Load()),
		EncryptionKey: key[:],
		EncryptionIv:  iv[:],
	}
	whole := located{file: f, content: f.ID, size: int64(f.Size)}
	switch f.CDNHashes {
	case scenario.HashesAll:
		out.FileHashes = c.hashes(whole, 0, math.MaxInt)
	case scenario.HashesSome, "":
		out.FileHashes = c.hashes(whole, 0, c.cluster.hashBatch())
	}
	return out
}

func (c *call) getCDNFile(r *tg.UploadGetCDNFileRequest) (bin.Encoder, error) {
	if err := checkRange(r.Offset, r.Limit, false); err != nil {
		return nil, err
	}
	w := c.cluster.world
	f, ok := w.tokenFile(fileToken, r.FileToken)
	if !ok {
		return nil, fail(400, "FILE_TOKEN_INVALID")
	}
	if c.strike.Do == scenario.DoReupload {
		f.uploaded.Store(false)
	}
	if !f.uploaded.Load() {
		return &tg.UploadCDNFileReuploadNeeded{RequestToken: w.cdnToken(requestToken, f, f.tokens.Load())}, nil
	}
	l := located{file: f, content: f.ID, size: int64(f.Size)}
	data := c.fileData(l, r.Offset, r.Limit)
	stream := w.cdnStream(f)
	data.stream = func() cipher.Stream { return stream(r.Offset) }
	c.note.readRange(l, r.Offset, r.Limit, data.length)
	return &cdnAnswer{data: data}, nil
}

// ownToken checks a file token on the file's DC.
func (c *call) ownToken(token []byte) (*file, error) {
	f, ok := c.cluster.world.tokenFile(fileToken, token)
	switch {
	case !ok:
		return nil, fail(400, "FILE_TOKEN_INVALID")
	case f.DC != c.dc.ID:
		return nil, fail(303, "FILE_MIGRATE_%d", f.DC)
	}
	return f, nil
}

func (c *call) getCDNFileHashes(r *tg.UploadGetCDNFileHashesRequest) (bin.Encoder, error) {
	if r.Offset < 0 {
		return nil, fail(400, "OFFSET_INVALID")
	}
	f, err := c.ownToken(r.FileToken)
	if err != nil {
		return nil, err
	}
	whole := located{file: f, content: f.ID, size: int64(f.Size)}
	return &tg.FileHashVector{Elems: c.hashes(whole, r.Offset, c.cluster.hashBatch())}, nil
}

func (c *call) reuploadCDNFile(r *tg.UploadReuploadCDNFileRequest) (bin.Encoder, error) {
	f, err := c.ownToken(r.FileToken)
	if err != nil {
		return nil, err
	}
	if asked, ok := c.cluster.world.tokenFile(requestToken, r.RequestToken); !ok || asked != f {
		return nil, fail(400, "REQUEST_TOKEN_INVALID")
	}
	f.uploaded.Store(true)
	whole := located{file: f, content: f.ID, size: int64(f.Size)}
	return &tg.FileHashVector{Elems: c.hashes(whole, 0, c.cluster.hashBatch())}, nil
}

// InvalidateTokens makes the CDN tokens of these files (none given: of all)
// invalid; redirects from now on carry new tokens, keys and IVs.
func (c *Cluster) InvalidateTokens(files ...int64) {
	for f := range c.world.some(files) {
		f.tokens.Add(1)
	}
}
