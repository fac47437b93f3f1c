package simdc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

func TestCheckRange(t *testing.T) {
	const ok, badOffset, badLimit = "", "400 OFFSET_INVALID", "400 LIMIT_INVALID"
	for _, c := range []struct {
		offset  int64
		limit   int
		plain   string
		precise string
	}{
		{0, 4 << 10, ok, ok},
		{0, 1 << 20, ok, ok},
		{0, 128 << 10, ok, ok},
		{4 << 10, 4 << 10, ok, ok},
		{1<<20 - 4<<10, 4 << 10, ok, ok},
		{4<<30 - 128<<10, 128 << 10, ok, ok},
		{-4096, 4096, badOffset, badOffset},
		{1, 4096, badOffset, badOffset},
		{1024, 4096, badOffset, ok},
		{4096 + 512, 4096, badOffset, badOffset},
		{0, 0, badLimit, badLimit},
		{0, -4096, badLimit, badLimit},
		{0, 1, badLimit, badLimit},
		{0, 1024, badLimit, ok},
		{0, 4096 + 1024, badLimit, ok},
		{0, 12 << 10, badLimit, ok}, // does not divide 1 MiB
		{0, 384 << 10, badLimit, ok},
		{0, 2 << 20, badLimit, badLimit},
		{0, 1<<20 + 4096, badLimit, badLimit},
		{512 << 10, 1 << 20, badLimit, badLimit}, // reaches across a MiB
		{1<<20 - 4<<10, 8 << 10, badLimit, badLimit},
		{1<<20 - 1<<10, 2 << 10, badOffset, badLimit},
	} {
		for precise, want := range map[bool]string{false: c.plain, true: c.precise} {
			err := checkRange(c.offset, c.limit, precise)
			if want == "" && err != nil {
				t.Errorf("offset %d, limit %d, precise %v: %v", c.offset, c.limit, precise, err)
			} else if want != "" {
				t.Run(fmt.Sprint(c.offset, c.limit, precise), func(t *testing.T) { wantError(t, err, want) })
			}
		}
	}
}

// document returns the document of a message in the public channel.
func (d *direct) document(t *testing.T, id int) *tg.Document {
	t.Helper()
	m := d.messages(t, d.inputChannel(t, "simfiles"), id)[0].(*tg.Message)
	return m.Media.(*tg.MessageMediaDocument).Document.(*tg.Document)
}

func location(doc *tg.Document) *tg.InputDocumentFileLocation {
	return &tg.InputDocumentFileLocation{ID: doc.ID, AccessHash: doc.AccessHash, FileReference: doc.FileReference}
}

// read fetches a range that must be answered with bytes.
func (d *direct) read(t *testing.T, in tg.InputFileLocationClass, offset int64, limit int) []byte {
	t.Helper()
	got, err := d.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Offset: offset, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return got.(*tg.UploadFile).Bytes
}

func content(id, offset int64, n int) []byte {
	out := make([]byte, n)
	Content(id, offset, out)
	return out
}

func TestGetFile(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, scenario.Ada)
	dc4 := ada.on(t, 4)
	big := location(ada.document(t, 13))
	for _, off := range []int64{0, 1 << 20, 4<<30 - 1<<20} {
		if got := dc4.read(t, big, off, 1<<20); !bytes.Equal(got, content(4001, off, 1<<20)) {
			t.Errorf("wrong bytes at %d", off)
		}
	}
	for _, off := range []int64{4 << 30, 5 << 30} {
		if got := dc4.read(t, big, off, 1<<20); len(got) != 0 {
			t.Errorf("%d bytes at %d, behind the end", len(got), off)
		}
	}
	odd := location(ada.document(t, 12))
	dc3 := ada.on(t, 3)
	if got := dc3.read(t, odd, 1<<20, 1<<20); !bytes.Equal(got, content(3005, 1<<20, 1)) {
		t.Errorf("%d bytes in the last part", len(got))
	}
	if got := ada.read(t, location(ada.document(t, 11)), 4096, 4096); len(got) != 1 {
		t.Errorf("%d bytes behind a page of a page and one byte", len(got))
	}
}

func TestPhotoSizesAndThumbnails(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, scenario.Ada)
	m := ada.messages(t, ada.inputChannel(t, "simfiles"), 3)[0].(*tg.Message)
	photo := m.Media.(*tg.MessageMediaPhoto).Photo.(*tg.Photo)
	for _, size := range photo.Sizes {
		s := size.(*tg.PhotoSize)
		in := &tg.InputPhotoFileLocation{ID: photo.ID, AccessHash: photo.AccessHash, FileReference: photo.FileReference, ThumbSize: s.Type}
		if got := ada.read(t, in, 0, 1<<20); len(got) != s.Size {
			t.Errorf("size %s: %d bytes, want %d", s.Type, len(got), s.Size)
		} else if s.Type == "y" && !bytes.Equal(got, content(photo.ID, 0, s.Size)) {
			t.Error("the largest size is not the file")
		}
	}
	_, err := ada.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Limit: 4096, Location: &tg.InputPhotoFileLocation{
		ID: photo.ID, AccessHash: photo.AccessHash, FileReference: photo.FileReference, ThumbSize: "q",
	}})
	wantError(t, err, "400 LOCATION_INVALID")
	_, err = ada.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Limit: 4096, Location: &tg.InputDocumentFileLocation{
		ID: photo.ID, AccessHash: photo.AccessHash, FileReference: photo.FileReference,
	}})
	wantError(t, err, "400 LOCATION_INVALID")

	video := ada.document(t, 6)
	in := location(video)
	in.ThumbSize = "m"
	if got := ada.on(t, 4).read(t, in, 0, 1<<20); len(got) != video.Thumbs[0].(*tg.PhotoSize).Size {
		t.Errorf("thumbnail of %d bytes", len(got))
	}
}

func TestFileRefusals(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	get := func(d *direct, in tg.InputFileLocationClass) error {
		_, err := d.api().UploadGetFile(ctx, &tg.UploadGetFileRequest{Location: in, Limit: 4096})
		return err
	}
	small := location(ada.document(t, 9))
	change := func(f func(*tg.InputDocumentFileLocation)) *tg.InputDocumentFileLocation {
		changed := *small
		changed.FileReference = bytes.Clone(small.FileReference)
		f(&changed)
		return &changed
	}
	for _, tc := range []struct {
		name string
		in   tg.InputFileLocationClass
		want string
	}{
		{"unknown file", change(func(l *tg.InputDocumentFileLocation) { l.ID = 12345 }), "400 FILE_ID_INVALID"},
		{"wrong access hash", change(func(l *tg.InputDocumentFileLocation) { l.AccessHash++ }), "400 LOCATION_INVALID"},
		{"wrong kind of location", &tg.InputPeerPhotoFileLocation{Peer: &tg.InputPeerSelf{}}, "400 LOCATION_INVALID"},
		{"no such thumbnail", change(func(l *tg.InputDocumentFileLocation) { l.ThumbSize = "m" }), "400 LOCATION_INVALID"},
		{"no reference", change(func(l *tg.InputDocumentFileLocation) { l.FileReference = nil }), "400 FILE_REFERENCE_EMPTY"},
		{"damaged reference", change(func(l *tg.InputDocumentFileLocation) { l.FileReference[3] ^= 1 }), "400 FILE_REFERENCE_INVALID"},
		{"short reference", change(func(l *tg.InputDocumentFileLocation) { l.FileReference = l.FileReference[1:] }), "400 FILE_REFERENCE_INVALID"},
		{"reference of another file", change(func(l *tg.InputDocumentFileLocation) { l.FileReference = ada.document(t, 15).FileReference }), "400 FILE_REFERENCE_INVALID"},
		{"file of another DC", location(ada.document(t, 13)), "303 FILE_MIGRATE_4"},
	} {
		t.Run(tc.name, func(t *testing.T) { wantError(t, get(ada, tc.in), tc.want) })
	}

	t.Run("expired reference", func(t *testing.T) {
		other := location(ada.document(t, 15))
		c.ExpireReferences(small.ID)
		wantError(t, get(ada, small), "400 FILE_REFERENCE_EXPIRED")
		if err := get(ada, other); err != nil {
			t.Errorf("the other file: %v", err)
		}
		c.ExpireReferences()
		wantError(t, get(ada, other), "400 FILE_REFERENCE_EXPIRED")
		if err := get(ada, location(ada.document(t, 9))); err != nil {
			t.Errorf("the new reference: %v", err)
		}
	})
	t.Run("hashes", func(t *testing.T) {
		_, err := ada.api().UploadGetFileHashes(ctx, &tg.UploadGetFileHashesRequest{Location: small})
		wantError(t, err, "400 FILE_REFERENCE_EXPIRED")
		_, err = ada.api().UploadGetFileHashes(ctx, &tg.UploadGetFileHashesRequest{Location: small, Offset: -1})
		wantError(t, err, "400 OFFSET_INVALID")
	})
}

// checkHashes checks that hashes are those of the windows from off on, each
// stated in full length.
func checkHashes(t *testing.T, list []tg.FileHash, id, off, size int64, n int) {
	t.Helper()
	if len(list) != n {
		t.Errorf("%d windows, want %d", len(list), n)
	}
	for _, h := range list {
		if h.Offset != off || h.Limit != HashWindow {
			t.Fatalf("window %d+%d, want %d+%d", h.Offset, h.Limit, off, HashWindow)
		}
		if sum := sha256.Sum256(content(id, off, int(min(HashWindow, size-off)))); !bytes.Equal(sum[:], h.Hash) {
			t.Errorf("wrong hash at %d", off)
		}
		off += HashWindow
	}
}

func TestFileHashes(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, scenario.Ada)
	dc5 := ada.on(t, 5)
	report := ada.document(t, 10)
	hashes := func(d *direct, doc *tg.Document, off int64) []tg.FileHash {
		t.Helper()
		got, err := d.api().UploadGetFileHashes(t.Context(), &tg.UploadGetFileHashesRequest{Location: location(doc), Offset: off})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	checkHashes(t, hashes(dc5, report, 0), 3003, 0, report.Size, 8)
	checkHashes(t, hashes(dc5, report, HashWindow+5), 3003, HashWindow, report.Size, 8)
	checkHashes(t, hashes(dc5, report, 5<<20), 3003, 5<<20, report.Size, 1)
	checkHashes(t, hashes(dc5, report, 6<<20), 3003, 6<<20, report.Size, 0)
	checkHashes(t, hashes(ada.on(t, 4), ada.document(t, 24), 0), 3015, 0, 0, 0)
	if err := c.SetFaults(scenario.Fault{Do: scenario.DoEmpty, Method: "upload.getFileHashes"}); err != nil {
		t.Fatal(err)
	}
	checkHashes(t, hashes(dc5, report, 0), 3003, 0, 0, 0)
}

// TestClippedLastWindow turns round what is believed of the last window.
func TestClippedLastWindow(t *testing.T) {
	world := scenario.Default()
	world.Turned = []scenario.Belief{scenario.FullLastWindow}
	ada := startTest(t, &world).as(t, scenario.Ada)
	report := ada.document(t, 10)
	got, err := ada.on(t, 5).api().UploadGetFileHashes(t.Context(), &tg.UploadGetFileHashesRequest{Location: location(report), Offset: 5 << 20})
	if err != nil || len(got) != 1 || int64(got[0].Limit) != report.Size-5<<20 {
		t.Errorf("the last window of %d bytes is %+v, %v", report.Size, got, err)
	}
}

// redirect asks for a file in a way that allows a CDN.
func (d *direct) redirect(t *testing.T, doc *tg.Document) *tg.UploadFileCDNRedirect {
	t.Helper()
	got, err := d.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{CDNSupported: true, Location: location(doc), Limit: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return got.(*tg.UploadFileCDNRedirect)
}

// decrypt is what a client does. https://core.telegram.org/cdn#decrypting-files
func decrypt(t *testing.T, r *tg.UploadFileCDNRedirect, offset int64, data []byte) []byte {
	t.Helper()
	iv := bytes.Clone(r.EncryptionIv)
	binary.BigEndian.PutUint32(iv[12:], uint32(offset/16))
	c, err := aes.NewCipher(r.EncryptionKey)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(data))
	cipher.NewCTR(c, iv).XORKeyStream(out, data)
	return out
}

func TestCDN(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	dc2, cdn := ada.on(t, 2), c.direct(203)
	doc := ada.document(t, 8)
	r := dc2.redirect(t, doc)
	if r.DCID != 203 || len(r.FileHashes) != 8 {
		t.Errorf("redirect to %d with %d hashes", r.DCID, len(r.FileHashes))
	}
	if binary.BigEndian.Uint32(r.EncryptionIv[12:]) == 0 {
		t.Error("the IV ends in zeros, which hides addition in place of replacement")
	}
	for _, off := range []int64{0, 4096, 1 << 20, 47 << 20} {
		got, err := cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{FileToken: r.FileToken, Offset: off, Limit: 4096})
		if err != nil {
			t.Fatal(err)
		}
		if data := got.(*tg.UploadCDNFile).Bytes; !bytes.Equal(decrypt(t, r, off, data), content(3001, off, 4096)) {
			t.Errorf("wrong bytes at %d", off)
		}
	}
	// Asked without cdn_supported the DC serves the bytes itself.
	if got := dc2.read(t, location(doc), 0, 4096); !bytes.Equal(got, content(3001, 0, 4096)) {
		t.Error("wrong bytes from the file's DC")
	}

	hashes, err := dc2.api().UploadGetCDNFileHashes(ctx, &tg.UploadGetCDNFileHashesRequest{FileToken: r.FileToken, Offset: 3 << 20})
	if err != nil {
		t.Fatal(err)
	}
	checkHashes(t, hashes, 3001, 3<<20, doc.Size, 8)
	_, err = ada.api().UploadGetCDNFileHashes(ctx, &tg.UploadGetCDNFileHashesRequest{FileToken: r.FileToken})
	wantError(t, err, "303 FILE_MIGRATE_2")
	_, err = dc2.api().UploadGetCDNFileHashes(ctx, &tg.UploadGetCDNFileHashesRequest{FileToken: []byte("x")})
	wantError(t, err, "400 FILE_TOKEN_INVALID")
	_, err = cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{FileToken: r.FileToken, Offset: 1, Limit: 4096})
	wantError(t, err, "400 OFFSET_INVALID")

	c.InvalidateTokens(doc.ID)
	_, err = cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{FileToken: r.FileToken, Limit: 4096})
	wantError(t, err, "400 FILE_TOKEN_INVALID")
	again := dc2.redirect(t, doc)
	if bytes.Equal(again.EncryptionKey, r.EncryptionKey) || bytes.Equal(again.EncryptionIv, r.EncryptionIv) || bytes.Equal(again.FileToken, r.FileToken) {
		t.Error("the new redirect repeats the old one's secrets")
	}
}

func TestCDNHashesInRedirect(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, scenario.Ada)
	if r := ada.on(t, 4).redirect(t, ada.document(t, 22)); len(r.FileHashes) != 0 {
		t.Errorf("%d hashes, want none", len(r.FileHashes))
	}
	checkHashes(t, ada.redirect(t, ada.document(t, 23)).FileHashes, 3014, 0, 3<<20, 24)
}

func TestCDNReupload(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada, cdn := c.as(t, scenario.Ada), c.direct(203)
	r := ada.redirect(t, ada.document(t, 23))
	ask := func() tg.UploadCDNFileClass {
		t.Helper()
		got, err := cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{FileToken: r.FileToken, Limit: 4096})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	needed, ok := ask().(*tg.UploadCDNFileReuploadNeeded)
	if !ok {
		t.Fatal("the CDN has the file already")
	}
	_, err := ada.api().UploadReuploadCDNFile(ctx, &tg.UploadReuploadCDNFileRequest{FileToken: r.FileToken, RequestToken: []byte("x")})
	wantError(t, err, "400 REQUEST_TOKEN_INVALID")
	hashes, err := ada.api().UploadReuploadCDNFile(ctx, &tg.UploadReuploadCDNFileRequest{FileToken: r.FileToken, RequestToken: needed.RequestToken})
	if err != nil {
		t.Fatal(err)
	}
	checkHashes(t, hashes, 3014, 0, 3<<20, 8)
	if got, ok := ask().(*tg.UploadCDNFile); !ok || !bytes.Equal(decrypt(t, r, 0, got.Bytes), content(3014, 0, 4096)) {
		t.Errorf("after the upload: %T", got)
	}
	if err := c.SetFaults(scenario.Fault{Do: scenario.DoReupload, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if _, ok := ask().(*tg.UploadCDNFileReuploadNeeded); !ok {
		t.Error("the fault did not make the CDN forget the file")
	}
}

func TestSpoiltBytes(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	doc := ada.document(t, 9)
	want := content(doc.ID, 0, int(doc.Size))
	for _, tc := range []struct {
		fault  scenario.Fault
		length int
	}{
		{scenario.Fault{Do: scenario.DoShort}, len(want) - 1},
		{scenario.Fault{Do: scenario.DoShort, Bytes: 1 << 20}, 0},
		{scenario.Fault{Do: scenario.DoEmpty}, 0},
		{scenario.Fault{Do: scenario.DoLong, Bytes: 3}, len(want) + 3},
	} {
		if err := c.SetFaults(tc.fault); err != nil {
			t.Fatal(err)
		}
		if got := ada.read(t, location(doc), 0, 64<<10); len(got) != tc.length {
			t.Errorf("%+v: %d bytes, want %d", tc.fault, len(got), tc.length)
		}
	}

	differing := func(a, b []byte) (at []int) {
		for i := range a {
			if a[i] != b[i] {
				at = append(at, i)
			}
		}
		return at
	}
	if err := c.SetFaults(scenario.Fault{Do: scenario.DoFlip, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if at := differing(ada.read(t, location(doc), 0, 64<<10), want); len(at) != 1 {
		t.Errorf("bytes %v differ", at)
	}
	if at := differing(ada.read(t, location(doc), 0, 64<<10), want); len(at) != 0 {
		t.Errorf("bytes %v differ the second time", at)
	}

	// On the CDN: window 7 and 15 of every 8, once each.
	r := ada.on(t, 2).redirect(t, ada.document(t, 8))
	if err := c.SetFaults(scenario.Fault{Do: scenario.DoFlip, DC: 203, EveryWindow: 8, OncePerWindow: true}); err != nil {
		t.Fatal(err)
	}
	cdn := c.direct(203)
	for round := range 2 {
		for off := int64(0); off < 2<<20; off += 128 << 10 {
			got, err := cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{FileToken: r.FileToken, Offset: off, Limit: 128 << 10})
			if err != nil {
				t.Fatal(err)
			}
			bad := len(differing(decrypt(t, r, off, got.(*tg.UploadCDNFile).Bytes), content(3001, off, 128<<10)))
			want := 0
			if window := off / HashWindow; round == 0 && window%8 == 7 {
				want = 1
			}
			if bad != want {
				t.Errorf("round %d, offset %d: %d bytes differ, want %d", round, off, bad, want)
			}
		}
	}
}

func TestFileDataIsTLBytes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 253, 254, 255, 256, 257, 1 << 20} {
		d := fileData{content: 1, length: n, flip: -1}
		var got, again, want bin.Buffer
		got.PutID(7) // What was in the buffer stays.
		want.PutID(7)
		want.PutBytes(content(1, 0, n))
		d.put(&got)
		again.PutID(7)
		d.put(&again)
		if !bytes.Equal(got.Buf, want.Buf) || !bytes.Equal(again.Buf, want.Buf) {
			t.Errorf("%d bytes are not encoded as gotd does", n)
		}
	}
}

func BenchmarkGetFile(b *testing.B) {
	a := &fileAnswer{kind: &tg.StorageFileUnknown{}, data: fileData{content: 1, length: 1 << 20, flip: -1}}
	var buf bin.Buffer
	b.SetBytes(1 << 20)
	for b.Loop() {
		buf.Reset()
		if err := a.Encode(&buf); err != nil {
			b.Fatal(err)
		}
	}
}
