package simdc

import (
	"crypto/cipher"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// fileData is a range of computed content that is written straight into the
// buffer that is sent. Encoding it again gives the same bytes.
type fileData struct {
	content int64
	offset  int64
	length  int
	flip    int                  // index of a byte with one bit flipped, or -1
	wrong   bool                 // says that it is longer than it is
	stream  func() cipher.Stream // encrypts, if not nil
}

// put appends the range as TL bytes.
// https://core.telegram.org/mtproto/serialize#base-types
func (d fileData) put(b *bin.Buffer) {
	header := 1
	if d.wrong {
		b.Buf = append(b.Buf, 254, 0xff, 0xff, 0xff) // the largest length
		header = 4
	} else if d.length < 254 {
		b.Buf = append(b.Buf, byte(d.length))
	} else {
		b.Buf = append(b.Buf, 254, byte(d.length), byte(d.length>>8), byte(d.length>>16))
		header = 4
	}
	start := len(b.Buf)
	padding := -(header + d.length) & 3
	b.Expand(d.length + padding)
	data := b.Buf[start : start+d.length]
	Content(d.content, d.offset, data)
	if d.flip >= 0 {
		data[d.flip] ^= 1
	}
	if d.stream != nil {
		d.stream().XORKeyStream(data, data)
	}
	clear(b.Buf[start+d.length:])
}

// Incompressible implements mtserve.Incompressible.
func (fileData) Incompressible() {}

// fileAnswer is upload.file.
type fileAnswer struct {
	kind tg.StorageFileTypeClass
	date int
	data fileData
}

// Encode implements bin.Encoder.
func (a *fileAnswer) Encode(b *bin.Buffer) error {
	b.PutID(tg.UploadFileTypeID)
	if err := a.kind.Encode(b); err != nil {
		return err
	}
	b.PutInt(a.date)
	a.data.put(b)
	return nil
}

// Incompressible implements mtserve.Incompressible.
func (*fileAnswer) Incompressible() {}

// cdnAnswer is upload.cdnFile.
type cdnAnswer struct{ data fileData }

// Encode implements bin.Encoder.
func (a *cdnAnswer) Encode(b *bin.Buffer) error {
	b.PutID(tg.UploadCDNFileTypeID)
	a.data.put(b)
	return nil
}

// Incompressible implements mtserve.Incompressible.
func (*cdnAnswer) Incompressible() {}
