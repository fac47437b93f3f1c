// Package filedata decodes the answers of upload.getFile and upload.getCdnFile
// straight into the caller's memory.
//
// tg.UploadFile allocates a slice for every part and copies into it; FileAnswer
// and CDNFileAnswer copy once, into Dst, and an answer longer than Dst is a
// *LengthError that has written nothing. With Room instead of Dst, memory is
// needed when an answer is here and not while it is waited for. Both are bin.Decoders for a single
// answer each and may be reused for the next. They do not retain
// the buffer they decode from.
package filedata

import (
	"fmt"
	"io"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// LengthError reports an answer with more bytes than were asked for.
type LengthError struct {
	// Got is the length of the answer, Max what the caller had room for.
	Got, Max int
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("answer of %d bytes where at most %d were asked for", e.Got, e.Max)
}

// FileAnswer decodes upload.File.
//
// See https://core.telegram.org/type/upload.File.
type FileAnswer struct {
	// Dst receives the bytes. Its length is the limit of the request.
	Dst []byte
	// Room, if set, returns Dst when an answer brings bytes. It is called at most
	// once per answer, by whoever decodes it, and must not block.
	Room func() []byte
	// N is how many bytes of Dst the answer filled.
	N int
	// Type is the constructor id of the answer's storage.FileType, for example
	// tg.StorageFileJpegTypeID; 0 with a Redirect.
	Type uint32
	// MTime is the modification time of the file in Unix seconds.
	MTime int
	// Redirect is set, and Dst untouched, when the file is to be read from a CDN.
	Redirect *tg.UploadFileCDNRedirect
}

// Into is the memory for the answer's bytes: Dst, after asking Room for it. It is
// for who has bytes and nothing to decode.
func (a *FileAnswer) Into() []byte {
	if a.Room != nil {
		a.Dst = a.Room()
	}
	return a.Dst
}

// Size is how many bytes of the file the last answer brought.
func (a *FileAnswer) Size() int { return a.N }

// Decode implements bin.Decoder. Errors: *LengthError, or gotd's decoding
// errors for a malformed answer.
func (a *FileAnswer) Decode(b *bin.Buffer) error {
	a.N, a.Type, a.MTime, a.Redirect = 0, 0, 0, nil
	id, err := b.PeekID()
	if err != nil {
		return fmt.Errorf("upload.File: %w", err)
	}
	switch id {
	case tg.UploadFileTypeID:
		return a.decodeFile(b)
	case tg.UploadFileCDNRedirectTypeID:
		var redirect tg.UploadFileCDNRedirect
		if err := redirect.Decode(b); err != nil {
			return err
		}
		a.Redirect = &redirect
		return nil
	default:
		return fmt.Errorf("upload.File: %w", bin.NewUnexpectedID(id))
	}
}

// upload.file#96a18d5 type:storage.FileType mtime:int bytes:bytes = upload.File;
func (a *FileAnswer) decodeFile(b *bin.Buffer) error {
	if err := b.ConsumeID(tg.UploadFileTypeID); err != nil {
		return err
	}
	fileType, err := b.ID() // Every storage.FileType is a bare constructor.
	if err != nil {
		return fmt.Errorf("upload.file: type: %w", err)
	}
	mtime, err := b.Int()
	if err != nil {
		return fmt.Errorf("upload.file: mtime: %w", err)
	}
	n, err := copyBytes(a.Into(), b)
	if err != nil {
		return fmt.Errorf("upload.file: bytes: %w", err)
	}
	a.N, a.Type, a.MTime = n, fileType, mtime
	return nil
}

// CDNFileAnswer decodes upload.CdnFile.
//
// See https://core.telegram.org/type/upload.CdnFile.
type CDNFileAnswer struct {
	// Dst receives the (still encrypted) bytes. Its length is the limit of the request.
	Dst []byte
	// Room, if set, returns Dst when an answer brings bytes, as in FileAnswer.
	Room func() []byte
	// N is how many bytes of Dst the answer filled.
	N int
	// ReuploadNeeded is set, and Dst untouched, when the CDN does not have the
	// file; its request token goes to upload.reuploadCdnFile on the file's DC.
	ReuploadNeeded *tg.UploadCDNFileReuploadNeeded
}

// Into is the memory for the answer's bytes, as in FileAnswer.
func (a *CDNFileAnswer) Into() []byte {
	if a.Room != nil {
		a.Dst = a.Room()
	}
	return a.Dst
}

// Size is how many bytes of the file the last answer brought.
func (a *CDNFileAnswer) Size() int { return a.N }

// Decode implements bin.Decoder. Errors: *LengthError, or gotd's decoding
// errors for a malformed answer.
func (a *CDNFileAnswer) Decode(b *bin.Buffer) error {
	a.N, a.ReuploadNeeded = 0, nil
	id, err := b.PeekID()
	if err != nil {
		return fmt.Errorf("upload.CdnFile: %w", err)
	}
	switch id {
	case tg.UploadCDNFileTypeID: // upload.cdnFile#a99fca4f bytes:bytes = upload.CdnFile;
		b.Skip(bin.Word)
		n, err := copyBytes(a.Into(), b)
		if err != nil {
			return fmt.Errorf("upload.cdnFile: bytes: %w", err)
		}
		a.N = n
		return nil
	case tg.UploadCDNFileReuploadNeededTypeID:
		var needed tg.UploadCDNFileReuploadNeeded
		if err := needed.Decode(b); err != nil {
			return err
		}
		a.ReuploadNeeded = &needed
		return nil
	default:
		return fmt.Errorf("upload.CdnFile: %w", bin.NewUnexpectedID(id))
	}
}

// copyBytes consumes one TL bytes value from b and copies it to dst.
// On an error dst is untouched.
//
// See https://core.telegram.org/mtproto/serialize#base-types.
func copyBytes(dst []byte, b *bin.Buffer) (int, error) {
	const long = 254 // The first byte of a string whose length takes three bytes.
	buf := b.Buf
	if len(buf) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	head, n := 1, int(buf[0])
	switch {
	case n == long:
		if len(buf) < 4 {
			return 0, io.ErrUnexpectedEOF
		}
		head, n = 4, int(buf[1])|int(buf[2])<<8|int(buf[3])<<16
	case n > long:
		return 0, &bin.InvalidLengthError{Length: n, Where: "bytes"}
	}
	total := (head + n + bin.Word - 1) &^ (bin.Word - 1)
	if len(buf) < total {
		return 0, io.ErrUnexpectedEOF
	}
	if n > len(dst) {
		return 0, &LengthError{Got: n, Max: len(dst)}
	}
	copy(dst, buf[head:head+n])
	b.Buf = buf[total:]
	return n, nil
}
