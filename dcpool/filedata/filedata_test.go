package filedata

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func encode(tb testing.TB, msg bin.Encoder) []byte {
	tb.Helper()
	var b bin.Buffer
	if err := b.Encode(msg); err != nil {
		tb.Fatal(err)
	}
	return b.Buf
}

func data(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	return b
}

func TestFileAnswer(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 252, 253, 254, 255, 256, 4096, 128<<10 - 1, 128 << 10, 1 << 20} {
		want := data(n)
		raw := encode(t, &tg.UploadFile{Type: &tg.StorageFileMp4{}, Mtime: 42, Bytes: want})
		for _, room := range []int{n, n + 5} {
			a := FileAnswer{Dst: bytes.Repeat([]byte{0xEE}, room)}
			b := bin.Buffer{Buf: append(bytes.Clone(raw), 1, 2, 3)}
			if err := a.Decode(&b); err != nil {
				t.Fatalf("%d bytes into %d: %v", n, room, err)
			}
			if a.N != n || a.Type != tg.StorageFileMp4TypeID || a.MTime != 42 || a.Redirect != nil {
				t.Errorf("%d bytes into %d: %d bytes, type %#x, mtime %d", n, room, a.N, a.Type, a.MTime)
			}
			if !bytes.Equal(a.Dst[:n], want) || !bytes.Equal(a.Dst[n:], bytes.Repeat([]byte{0xEE}, room-n)) {
				t.Errorf("%d bytes into %d: wrong bytes", n, room)
			}
			if b.Len() != 3 {
				t.Errorf("%d bytes into %d: %d bytes left in the buffer, want 3", n, room, b.Len())
			}
		}
	}
}

func TestOverlongAnswersWriteNothing(t *testing.T) {
	for _, n := range []int{1, 253, 254, 4097, 1<<20 + 1} {
		a := FileAnswer{Dst: make([]byte, n-1)}
		err := a.Decode(&bin.Buffer{Buf: encode(t, &tg.UploadFile{Type: &tg.StorageFileUnknown{}, Bytes: data(n)})})
		wantLength(t, err, n, n-1)
		c := CDNFileAnswer{Dst: make([]byte, n-1)}
		err = c.Decode(&bin.Buffer{Buf: encode(t, &tg.UploadCDNFile{Bytes: data(n)})})
		wantLength(t, err, n, n-1)
		for _, dst := range [][]byte{a.Dst, c.Dst} {
			if !bytes.Equal(dst, make([]byte, n-1)) {
				t.Errorf("%d bytes: an answer that was refused was written", n)
			}
		}
		if a.N != 0 || c.N != 0 {
			t.Errorf("%d bytes: N = %d, %d", n, a.N, c.N)
		}
	}
}

func TestRoomIsAskedForBytesOnly(t *testing.T) {
	asked := 0
	memory := make([]byte, 8)
	room := func() []byte { asked++; return memory }
	file, part := FileAnswer{Room: room}, CDNFileAnswer{Room: room}
	decode := func(d bin.Decoder, answer bin.Encoder) error {
		return d.Decode(&bin.Buffer{Buf: encode(t, answer)})
	}
	for _, err := range []error{
		decode(&file, &tg.UploadFileCDNRedirect{DCID: 203}),
		decode(&part, &tg.UploadCDNFileReuploadNeeded{RequestToken: []byte("again")}),
	} {
		if err != nil || asked != 0 {
			t.Errorf("%v, asked %d times for room that nothing needs", err, asked)
		}
	}
	if err := decode(&file, &tg.UploadFile{Type: &tg.StorageFileUnknown{}, Bytes: data(7)}); err != nil {
		t.Fatal(err)
	}
	if asked != 1 || file.N != 7 || !bytes.Equal(memory[:7], data(7)) {
		t.Errorf("asked %d times, got %d bytes: %x", asked, file.N, memory)
	}
	if err := decode(&part, &tg.UploadCDNFile{Bytes: data(5)}); err != nil {
		t.Fatal(err)
	}
	if asked != 2 || part.N != 5 {
		t.Errorf("asked %d times, got %d bytes", asked, part.N)
	}
	wantLength(t, decode(&part, &tg.UploadCDNFile{Bytes: data(9)}), 9, 8)
}

func wantLength(t *testing.T, err error, got, limit int) {
	t.Helper()
	if e, ok := errors.AsType[*LengthError](err); !ok || e.Got != got || e.Max != limit {
		t.Errorf("got %v, want a *LengthError of %d for %d", err, got, limit)
	}
}

func TestRedirectAndReupload(t *testing.T) {
	redirect := &tg.UploadFileCDNRedirect{
		DCID: 203, FileToken: []byte("token"), EncryptionKey: data(32), EncryptionIv: data(16),
		FileHashes: []tg.FileHash{{Offset: 0, Limit: 128 << 10, Hash: data(32)}},
	}
	file := FileAnswer{Dst: data(8), N: 5, Type: 1, MTime: 2} // Used before.
	if err := file.Decode(&bin.Buffer{Buf: encode(t, redirect)}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(redirect, file.Redirect); diff != "" || file.N != 0 || file.Type != 0 || file.MTime != 0 {
		t.Errorf("redirect (-want +got):\n%s", diff)
	}
	if !bytes.Equal(file.Dst, data(8)) {
		t.Error("a redirect changed Dst")
	}

	needed := &tg.UploadCDNFileReuploadNeeded{RequestToken: []byte("again")}
	part := CDNFileAnswer{Dst: data(8), N: 5}
	if err := part.Decode(&bin.Buffer{Buf: encode(t, needed)}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(needed, part.ReuploadNeeded); diff != "" || part.N != 0 {
		t.Errorf("reupload (-want +got):\n%s", diff)
	}
	if err := part.Decode(&bin.Buffer{Buf: encode(t, &tg.UploadCDNFile{Bytes: data(7)})}); err != nil {
		t.Fatal(err)
	}
	if part.N != 7 || part.ReuploadNeeded != nil {
		t.Errorf("a second answer left %+v", part)
	}
}

func TestMalformed(t *testing.T) {
	whole := encode(t, &tg.UploadFile{Type: &tg.StorageFileUnknown{}, Bytes: data(300)})
	for n := range len(whole) {
		a := FileAnswer{Dst: make([]byte, 300)}
		if err := a.Decode(&bin.Buffer{Buf: whole[:n]}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
	for n := range 8 {
		c := CDNFileAnswer{Dst: make([]byte, 8)}
		if err := c.Decode(&bin.Buffer{Buf: encode(t, &tg.UploadCDNFile{Bytes: data(7)})[:n]}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
	other := encode(t, &tg.BoolTrue{})
	for _, d := range []bin.Decoder{&FileAnswer{}, &CDNFileAnswer{}} {
		if _, ok := errors.AsType[*bin.UnexpectedIDErr](d.Decode(&bin.Buffer{Buf: other})); !ok {
			t.Errorf("%T accepts a Bool", d)
		}
	}
	invalid := append(whole[:12:12], 255, 0, 0, 0) // No string begins with 255.
	if _, ok := errors.AsType[*bin.InvalidLengthError]((&FileAnswer{}).Decode(&bin.Buffer{Buf: invalid})); !ok {
		t.Error("a length byte of 255 is accepted")
	}
}

// FuzzFileAnswer compares with gotd's decoder: what that one accepts and fits,
// this one accepts with the same bytes.
func FuzzFileAnswer(f *testing.F) {
	for _, n := range []int{0, 1, 253, 254, 300} {
		f.Add(encode(f, &tg.UploadFile{Type: &tg.StorageFileJpeg{}, Mtime: 1, Bytes: data(n)}), 300)
	}
	f.Add(encode(f, &tg.UploadFileCDNRedirect{DCID: 203, FileHashes: []tg.FileHash{{Limit: 1}}}), 0)
	f.Fuzz(func(t *testing.T, raw []byte, room int) {
		room = min(max(room, 0), 4096)
		backing := bytes.Repeat([]byte{0xEE}, room+16)
		a := FileAnswer{Dst: backing[:room]}
		err := a.Decode(&bin.Buffer{Buf: raw})
		checkRoom(t, backing, room, a.N, err)
		want, wantErr := tg.DecodeUploadFile(&bin.Buffer{Buf: raw})
		if wantErr != nil {
			return
		}
		switch want := want.(type) {
		case *tg.UploadFile:
			if len(want.Bytes) > room {
				wantLength(t, err, len(want.Bytes), room)
			} else if err != nil || !bytes.Equal(a.Dst[:a.N], want.Bytes) || a.MTime != want.Mtime || a.Type != want.Type.TypeID() {
				t.Errorf("%+v, %v; want %v", a, err, want)
			}
		case *tg.UploadFileCDNRedirect:
			if err != nil || !cmp.Equal(a.Redirect, want) {
				t.Errorf("%v, %v; want %v", a.Redirect, err, want)
			}
		}
	})
}

func FuzzCDNFileAnswer(f *testing.F) {
	for _, n := range []int{0, 1, 253, 254, 300} {
		f.Add(encode(f, &tg.UploadCDNFile{Bytes: data(n)}), 300)
	}
	f.Add(encode(f, &tg.UploadCDNFileReuploadNeeded{RequestToken: data(9)}), 0)
	f.Fuzz(func(t *testing.T, raw []byte, room int) {
		room = min(max(room, 0), 4096)
		backing := bytes.Repeat([]byte{0xEE}, room+16)
		a := CDNFileAnswer{Dst: backing[:room]}
		err := a.Decode(&bin.Buffer{Buf: raw})
		checkRoom(t, backing, room, a.N, err)
		want, wantErr := tg.DecodeUploadCDNFile(&bin.Buffer{Buf: raw})
		if wantErr != nil {
			return
		}
		switch want := want.(type) {
		case *tg.UploadCDNFile:
			if len(want.Bytes) > room {
				wantLength(t, err, len(want.Bytes), room)
			} else if err != nil || !bytes.Equal(a.Dst[:a.N], want.Bytes) {
				t.Errorf("%+v, %v; want %v", a, err, want)
			}
		case *tg.UploadCDNFileReuploadNeeded:
			if err != nil || !cmp.Equal(a.ReuploadNeeded, want) {
				t.Errorf("%v, %v; want %v", a.ReuploadNeeded, err, want)
			}
		}
	})
}

// checkRoom checks that an answer stayed inside its memory, and wrote none of it
// with an error.
func checkRoom(t *testing.T, backing []byte, room, n int, err error) {
	t.Helper()
	if n < 0 || n > room || err != nil && n != 0 {
		t.Errorf("%d bytes into %d, %v", n, room, err)
	}
	if rest := backing[n:]; !bytes.Equal(rest, bytes.Repeat([]byte{0xEE}, len(rest))) {
		t.Errorf("bytes after the first %d were written", n)
	}
}

func BenchmarkFileAnswer(b *testing.B) {
	const size = 1 << 20
	raw := encode(b, &tg.UploadFile{Type: &tg.StorageFileJpeg{}, Bytes: data(size)})
	a := FileAnswer{Dst: make([]byte, size)}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Decode(&bin.Buffer{Buf: raw}); err != nil {
			b.Fatal(err)
		}
	}
}
