package fetcher

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"pgregory.net/rapid"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// proofFile is the file of the histories. Its last window is short.
var proofFile = File{
	Kind: Document, ID: 77, DC: 2, Size: 2<<20 + 5000, Name: "f.bin",
	Location: &tg.InputDocumentFileLocation{ID: 77},
}

const proofWindow = 128 << 10

// proofContent is what the file holds, and proofSums are its windows' hashes.
var proofContent, proofSums = func() ([]byte, [][sha256.Size]byte) {
	data := make([]byte, proofFile.Size)
	simdc.Content(proofFile.ID, 0, data)
	var sums [][sha256.Size]byte
	for w := range slices.Chunk(data, proofWindow) {
		sums = append(sums, sha256.Sum256(w))
	}
	return data, sums
}()

// errKilled ends a fetch at the moment when its process is taken to have died.
var errKilled = errors.New("killed")

// Hashes that a flawedDC gives.
type hashing int

const (
	hashesRight hashing = iota
	hashesNone
	hashesWrong // in every third window
	hashesFail
	hashesLate // not as long as the fetch lasts
)

// flawedDC is a data center, with a CDN perhaps, whose bytes and hashes may be
// wrong. It is a Doer, without a network, and does not know the client's books.
type flawedDC struct {
	// Immutable.
	flipped  map[int64]bool // windows that are sent wrong
	once     bool           // each for the first time only
	hashes   hashing
	redirect bool
	cdn      bool // the CDN works
	clipped  bool // the last window is stated as long as it is
	moment   int  // the request at which event happens, from 1; 0 is none
	event    func()

	mu   sync.Mutex
	sent map[int64]bool // Guarded by mu. Flipped windows that were sent.
	n    int            // Guarded by mu. Requests.
}

func (d *flawedDC) Do(ctx context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	d.mu.Lock()
	d.n++
	now := d.n == d.moment
	d.mu.Unlock()
	if now {
		d.event()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch in := in.(type) {
	case *tg.UploadGetFileRequest:
		answer := out.(*filedata.FileAnswer)
		if in.CDNSupported && d.redirect {
			answer.Redirect = &tg.UploadFileCDNRedirect{
				DCID: 203, FileToken: []byte("t"), EncryptionKey: make([]byte, 32), EncryptionIv: make([]byte, 16),
				FileHashes: d.windows(0),
			}
			return nil
		}
		answer.N = int(max(min(int64(len(answer.Into())), proofFile.Size-in.Offset), 0))
		d.fill(in.Offset, answer.Into()[:answer.N])
	case *tg.UploadGetFileHashesRequest:
		switch d.hashes {
		case hashesFail:
			return errors.New("no hashes today")
		case hashesLate:
			d.event()
			<-ctx.Done()
			return context.Cause(ctx)
		}
		out.(*tg.FileHashVector).Elems = d.windows(in.Offset)
	case *tg.UploadGetCDNFileRequest:
		if !d.cdn {
			return errors.New("the CDN is out of order")
		}
		answer := out.(*filedata.CDNFileAnswer)
		answer.N = int(min(int64(len(answer.Into())), proofFile.Size-in.Offset))
		into := answer.Into()[:answer.N]
		d.fill(in.Offset, into)
		encrypt(into, in.Offset)
	case *tg.UploadGetCDNFileHashesRequest:
		out.(*tg.FileHashVector).Elems = d.windows(in.Offset)
	default:
		return fmt.Errorf("asked for %T", in)
	}
	return nil
}

// encrypt is what a CDN does to bytes under a key and an IV of zeros.
func encrypt(data []byte, offset int64) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		panic(err) // The key has 32 bytes.
	}
	iv := make([]byte, aes.BlockSize)
	binary.BigEndian.PutUint32(iv[12:], uint32(offset/aes.BlockSize))
	cipher.NewCTR(block, iv).XORKeyStream(data, data)
}

// fill sends bytes of the file, wrong where they are to be.
func (d *flawedDC) fill(offset int64, into []byte) {
	copy(into, proofContent[offset:])
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := int64(0); i < int64(len(into)); i += proofWindow {
		w := (offset + i) / proofWindow
		if d.flipped[w] && !(d.once && d.sent[w]) {
			d.sent[w] = true
			into[i] ^= 1
		}
	}
}

// windows are up to eight hashes from an offset on.
func (d *flawedDC) windows(offset int64) (list []tg.FileHash) {
	if d.hashes == hashesNone {
		return nil
	}
	for at := offset - offset%proofWindow; at < proofFile.Size && len(list) < 8; at += proofWindow {
		sum := proofSums[at/proofWindow]
		if d.hashes == hashesWrong && at/proofWindow%3 == 0 {
			sum[0] ^= 1
		}
		h := tg.FileHash{Offset: at, Limit: proofWindow, Hash: sum[:]}
		if d.clipped {
			h.Limit = int(min(proofWindow, proofFile.Size-at))
		}
		list = append(list, h)
	}
	return list
}

// proofHistory is what happened to one .part so far.
type proofHistory struct {
	t   *rapid.T
	dir string

	contradicted map[int64]bool // Windows of which a VerifyError said so.
	demanded     bool           // A VerifyFull ended before it had proven all.
}

// TestProofOverHistories lets random histories happen to one file: bytes that
// are sent wrong, hashes that are wrong, late or missing, a CDN, Ctrl-C and
// kills, and fetches in any mode. Whenever Fetch returns nil, every byte was
// compared with a hash, or the Result says which were not and why; what is said to be
// proven is right; and what a hash contradicted once, or a full verification did not
// get to, is compared first.
func TestProofOverHistories(t *testing.T) {
	top := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		h := &proofHistory{t: t, dir: filepath.Join(top, fmt.Sprint(n)), contradicted: map[int64]bool{}}
		if err := os.Mkdir(h.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(h.dir)
		for range rapid.IntRange(1, 5).Draw(t, "fetches") {
			d := h.world()
			mode := rapid.SampledFrom([]VerifyMode{VerifyFull, VerifyServer, VerifyServer, VerifyOff}).Draw(t, "mode")
			if h.fetch(d, mode) {
				return
			}
		}
		if !h.fetch(&flawedDC{}, VerifyFull) {
			t.Fatal("the file does not come although nothing is wrong any more")
		}
	})
}

// world draws what is wrong for one fetch.
func (h *proofHistory) world() *flawedDC {
	d := &flawedDC{
		flipped:  map[int64]bool{},
		sent:     map[int64]bool{},
		once:     rapid.Bool().Draw(h.t, "wrong once only"),
		hashes:   rapid.SampledFrom([]hashing{hashesRight, hashesRight, hashesRight, hashesNone, hashesWrong, hashesFail, hashesLate}).Draw(h.t, "hashes"),
		redirect: rapid.Bool().Draw(h.t, "redirect"),
		cdn:      rapid.Bool().Draw(h.t, "the CDN works"),
		clipped:  rapid.Bool().Draw(h.t, "last window as it is"),
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 8}).Draw(h.t, "wrong windows") {
		d.flipped[rapid.Int64Range(0, proofFile.Size/proofWindow).Draw(h.t, "wrong window")] = true
	}
	if rapid.Bool().Draw(h.t, "stopped") || d.hashes == hashesLate {
		d.moment = rapid.IntRange(1, 60).Draw(h.t, "at request")
	}
	return d
}

// fetch makes one fetch and checks what came of it. It reports whether the file
// is there.
func (h *proofHistory) fetch(d *flawedDC, mode VerifyMode) bool {
	t := h.t
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	next := h.dir
	var once sync.Once
	kill := d.moment%2 == 0
	d.event = func() {
		once.Do(func() {
			if kill {
				next = h.dir + "'"
				h.snapshot(next)
			}
			cancel(errKilled)
		})
	}
	c, err := New(Config{Doer: d, Cache: cache.None{}})
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Fetch(ctx, proofFile, Target{Dir: h.dir, Verify: mode})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if next != h.dir {
		if err == nil { // It was faster than its death.
			next = h.dir
		} else if err := errors.Join(os.RemoveAll(h.dir), os.Rename(next, h.dir)); err != nil {
			t.Fatal(err)
		} else {
			h.failed(mode, errKilled) // What it found out after its death does not count.
			return false
		}
	}
	if err != nil {
		h.failed(mode, err)
		return false
	}
	h.succeeded(d, mode, result)
	return true
}

// snapshot copies what a process that dies now leaves behind: records are
// written after their bytes, so the journal is copied first.
func (h *proofHistory) snapshot(to string) {
	if err := os.MkdirAll(to, 0o777); err != nil {
		h.t.Fatal(err)
	}
	for _, name := range []string{"f.bin.part.journal", "f.bin.part"} {
		data, err := os.ReadFile(filepath.Join(h.dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o666)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			h.t.Fatal(err)
		}
	}
}

func (h *proofHistory) failed(mode VerifyMode, err error) {
	entries, dirErr := os.ReadDir(h.dir)
	if dirErr != nil {
		h.t.Fatal(dirErr)
	}
	left := false
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "f.bin.part") {
			h.t.Fatalf("after %v there is %s", err, e.Name())
		}
		left = true
	}
	if !left { // Nothing is left that could be doubted.
		clear(h.contradicted)
		h.demanded = false
		return
	}
	if bad, ok := errors.AsType[*VerifyError](err); ok && !bad.NoHash {
		h.contradicted[bad.Offset/proofWindow] = true
	}
	h.demanded = h.demanded || mode == VerifyFull
}

// provenOf is what of [from, to) is in none of the ranges, which are in order.
func (h *proofHistory) provenOf(unproven []Range, from, to int64) (list []Range) {
	for _, u := range append(slices.Clone(unproven), Range{to, to}) {
		if u.From < from || u.To > to {
			h.t.Fatalf("%v is not in order, or outside of the file", unproven)
		}
		if from < u.From {
			list = append(list, Range{from, u.From})
		}
		from = u.To
	}
	return list
}

func (h *proofHistory) succeeded(d *flawedDC, mode VerifyMode, r Result) {
	t := h.t
	data, err := os.ReadFile(r.Path)
	if err != nil || int64(len(data)) != proofFile.Size || r.Bytes != proofFile.Size {
		t.Fatalf("%d bytes in place of %d, %v", len(data), proofFile.Size, err)
	}
	n := int64(0)
	for _, p := range h.provenOf(r.Unproven, 0, proofFile.Size) {
		n += p.Len()
		if !bytes.Equal(data[p.From:p.To], proofContent[p.From:p.To]) {
			t.Fatalf("%v: wrong bytes in %v, and not said to be unproven: %+v", mode, p, r)
		}
	}
	for _, u := range r.Unproven {
		for w := u.From / proofWindow; w*proofWindow < u.To; w++ {
			if h.contradicted[w] && mode != VerifyOff {
				t.Fatalf("%v: a hash contradicted window %d once, and it is not proven now: %+v", mode, w, r)
			}
		}
	}
	if n != r.Proven || (len(r.Unproven) > 0) != (r.Why != "") {
		t.Fatalf("%v: %d bytes proven by its ranges: %+v", mode, n, r)
	}
	if mode == VerifyFull && r.Proven != r.Bytes {
		t.Fatalf("a full verification leaves bytes unproven: %+v", r)
	}
	if h.demanded && mode != VerifyOff && d.hashes == hashesRight && r.Proven < r.Resumed {
		t.Fatalf("%v: all was to be proven, and %d of %d bytes of before are: %+v", mode, r.Proven, r.Resumed, r)
	}
}
