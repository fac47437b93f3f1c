package fetcher

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// lineConns is how many connections a line of the model has.
const lineConns = 8

// line is the way to a data center in virtual time: calls wait for one of its
// connections, which answers them one after the other.
type line struct {
	rate  float64       // Bytes per second of each connection; 0 is none at all.
	fast  int64         // The first so many bytes of all take no time.
	burst int64         // After each so many bytes on a connection
	pause time.Duration // there is such a pause.
	rtt   time.Duration

	once  sync.Once
	free  chan *lineConn
	first dcpool.ConnID
	sent  atomic.Int64
	bytes atomic.Int64 // Of answers that arrived.
}

type lineConn struct {
	id    dcpool.ConnID
	burst int64 // Bytes since the last pause.
}

// carry takes n bytes to the client.
func (p *line) carry(ctx context.Context, t dcpool.Target, n int64) error {
	p.once.Do(func() {
		p.free = make(chan *lineConn, lineConns)
		for i := range lineConns {
			p.free <- &lineConn{id: p.first + dcpool.ConnID(i)}
		}
	})
	var conn *lineConn
	select {
	case conn = <-p.free:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { p.free <- conn }()
	t.OnConn(conn.id)
	slow := n
	if over := p.sent.Add(n) - p.fast; over < n {
		slow = max(0, over)
	}
	took := p.rtt
	if p.burst > 0 {
		conn.burst += slow
		took += time.Duration(conn.burst/p.burst) * p.pause
		conn.burst %= p.burst
	}
	if p.rate > 0 {
		took += time.Duration(float64(slow) / p.rate * float64(time.Second))
	} else if slow > 0 {
		took = 1000 * time.Hour
	}
	select {
	case <-time.After(took):
		p.bytes.Add(n)
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// slowCDN is a data center with one file of zeros, and a CDN that has it too.
type slowCDN struct {
	size      int64
	home, cdn line
	noCDN     bool
	hashDelay time.Duration // Of the data center's answers about hashes of the CDN.
	reupload  bool          // The CDN wants the file again each time.
	circle    bool          // The CDN knows no token.
	flood     int           // The CDN asks to wait so many seconds,
	floods    int64         // so many times, or each time.
	wrong     bool          // What the CDN sends is wrong.
	limiter   float64       // Bytes per second that the user lets the client have; 0 is any number.
	limited   chan struct{} // Is held by who waits for the limiter.

	tokens   atomic.Int64
	flooded  atomic.Int64
	requests sync.Map // Of the CDN, by offset: *atomic.Int64.
	rested   atomic.Int64
}

func (d *slowCDN) PartSize(dcpool.Target) int { return 512 << 10 }
func (d *slowCDN) Room() int                  { return 6 << 20 }
func (d *slowCDN) AwaitFlood(ctx context.Context, flood *dcpool.FloodError, waited *time.Duration) error {
	*waited += flood.Wait
	time.Sleep(flood.Wait)
	return nil
}

func (d *slowCDN) RestCDN(int, error) { d.rested.Add(1) }

// limit waits for the bytes of an answer, as a user's limit asks for.
func (d *slowCDN) limit(ctx context.Context, n int) error {
	if d.limiter == 0 {
		return nil
	}
	select {
	case d.limited <- struct{}{}:
		defer func() { <-d.limited }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-time.After(time.Duration(float64(n) / d.limiter * float64(time.Second))):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (d *slowCDN) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if err := d.limit(ctx, t.Bytes); err != nil {
		return err
	}
	switch in := in.(type) {
	case *tg.UploadGetFileRequest:
		return d.getFile(ctx, t, in, out.(*filedata.FileAnswer))
	case *tg.UploadGetCDNFileRequest:
		return d.getCDNFile(ctx, t, in, out.(*filedata.CDNFileAnswer))
	case *tg.UploadGetCDNFileHashesRequest:
		time.Sleep(d.hashDelay)
		out.(*tg.FileHashVector).Elems = d.hashes(in.Offset, 8)
		return nil
	case *tg.UploadReuploadCDNFileRequest:
		return nil
	}
	return tgerr.New(400, "INPUT_METHOD_INVALID")
}

func (d *slowCDN) getFile(ctx context.Context, t dcpool.Target, in *tg.UploadGetFileRequest, answer *filedata.FileAnswer) error {
	if in.CDNSupported && !d.noCDN {
		answer.Redirect = &tg.UploadFileCDNRedirect{
			DCID: simCDN, FileToken: fmt.Append(nil, d.tokens.Load()), EncryptionKey: make([]byte, 32), EncryptionIv: make([]byte, 16),
		}
		return nil
	}
	n := int(max(0, min(int64(in.Limit), d.size-in.Offset)))
	if in.Limit == chunker.Smallest {
		answer.N = n // Where the file ends.
		return nil
	}
	if err := d.home.carry(ctx, t, int64(n)); err != nil {
		return err
	}
	answer.N = n
	clear(answer.Into()[:n])
	return nil
}

func (d *slowCDN) getCDNFile(ctx context.Context, t dcpool.Target, in *tg.UploadGetCDNFileRequest, answer *filedata.CDNFileAnswer) error {
	asked, _ := d.requests.LoadOrStore(in.Offset, new(atomic.Int64))
	asked.(*atomic.Int64).Add(1)
	switch {
	case d.flood > 0 && (d.floods == 0 || d.flooded.Add(1) <= d.floods):
		return &dcpool.FloodError{DC: simCDN, Method: "upload.getCdnFile", Wait: time.Duration(d.flood) * time.Second}
	case d.circle:
		d.tokens.Add(1)
		if err := d.cdn.carry(ctx, t, 1000); err != nil {
			return err
		}
		return tgerr.New(400, "FILE_TOKEN_INVALID")
	case d.reupload:
		if err := d.cdn.carry(ctx, t, 1000); err != nil {
			return err
		}
		answer.ReuploadNeeded = &tg.UploadCDNFileReuploadNeeded{}
		return nil
	}
	n := int(min(int64(in.Limit), d.size-in.Offset))
	if err := d.cdn.carry(ctx, t, int64(n)); err != nil {
		return err
	}
	answer.N = n
	data := answer.Into()[:n]
	clear(data)
	if d.wrong {
		return nil // In place of what becomes zeros.
	}
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return err
	}
	var iv [16]byte
	binary.BigEndian.PutUint32(iv[12:], uint32(in.Offset/16))
	cipher.NewCTR(block, iv[:]).XORKeyStream(data, data)
	return nil
}

// zeroHash is the hash of a whole window of zeros.
var zeroHash = sha256.Sum256(make([]byte, chunker.Grain))

func (d *slowCDN) hashes(from int64, most int) (list []tg.FileHash) {
	for at := from; at < d.size && len(list) < most; at += chunker.Grain {
		hash := tg.FileHash{Offset: at, Limit: int(min(chunker.Grain, d.size-at)), Hash: zeroHash[:]}
		if hash.Limit < chunker.Grain {
			sum := sha256.Sum256(make([]byte, hash.Limit))
			hash.Hash = sum[:]
		}
		list = append(list, hash)
	}
	return list
}

// twice is the most often that the CDN was asked for one range.
func (d *slowCDN) twice() (most int64) {
	d.requests.Range(func(_, asked any) bool {
		most = max(most, asked.(*atomic.Int64).Load())
		return true
	})
	return most
}

// fetch fetches the file, and checks that nothing but zeros is written and nothing is
// kept in the end.
func (d *slowCDN) fetch(t *testing.T) Result {
	t.Helper()
	d.home.first, d.cdn.first = 1, 100
	d.limited = make(chan struct{}, 1)
	c, err := New(Config{Doer: d, Cache: cache.None{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := File{Kind: Document, ID: 1, DC: 2, Size: d.size, Name: "f.bin", Location: &tg.InputDocumentFileLocation{}}
	out := &zeros{t: t}
	result, err := c.Fetch(t.Context(), f, Target{Writer: out, Verify: VerifyOff})
	if err != nil {
		t.Fatal(err)
	}
	if out.n.Load() != d.size {
		t.Errorf("%d bytes of %d were written", out.n.Load(), d.size)
	}
	if s := c.Stats(); s.InFlight != 0 || (s.CDNsLeft == 1) != (result.CDNLeft != nil) {
		t.Errorf("%d bytes in flight, %d CDNs left for %v", s.InFlight, s.CDNsLeft, result.CDNLeft)
	}
	return result
}

// zeros is a writer of a file of zeros.
type zeros struct {
	t *testing.T
	n atomic.Int64
}

func (z *zeros) WriteAt(p []byte, at int64) (int, error) {
	for i, b := range p {
		if b != 0 {
			z.t.Errorf("byte %d is %d", at+int64(i), b)
			break
		}
	}
	z.n.Add(int64(len(p)))
	return len(p), nil
}

// What a CDN does to cost time. Rates are those of each of eight connections.
var slowCDNs = []struct {
	name string
	edit func(*slowCDN)
}{
	{"0 B/s", func(d *slowCDN) { d.cdn.rate = 0 }},
	{"1 B/s", func(d *slowCDN) { d.cdn.rate = 1 }},
	{"40 B/s", func(d *slowCDN) { d.cdn.rate = 40 }},
	{"2,000 B/s", func(d *slowCDN) { d.cdn.rate = 2000 }},
	{"20,000 B/s", func(d *slowCDN) { d.cdn.rate = 20_000 }},
	{"50,000 B/s", func(d *slowCDN) { d.cdn.rate = 50_000 }},
	{"200,000 B/s", func(d *slowCDN) { d.cdn.rate = 200_000 }},
	{"100 KB, then 20 s of silence", func(d *slowCDN) { d.cdn.rate, d.cdn.burst, d.cdn.pause = 10e6, 100_000, 20*time.Second }},
	{"1 MB, then 14 s of silence", func(d *slowCDN) { d.cdn.rate, d.cdn.burst, d.cdn.pause = 10e6, 1_000_000, 14*time.Second }},
	{"fast for a part, then 2,000 B/s", func(d *slowCDN) { d.cdn.rate, d.cdn.fast = 2000, 512<<10 }},
	{"fast for 8 MiB, then 0 B/s", func(d *slowCDN) { d.cdn.rate, d.cdn.fast = 0, 8<<20 }},
	{"fast for 8 MiB, then 40,000 B/s", func(d *slowCDN) { d.cdn.rate, d.cdn.fast = 40_000, 8<<20 }},
	{"a re-upload each time", func(d *slowCDN) { d.cdn.rate, d.reupload = 1e6, true }},
	{"a re-upload each time, after 14 s", func(d *slowCDN) { d.cdn.rate, d.cdn.rtt, d.reupload = 1e6, 14*time.Second, true }},
	{"redirects in circles", func(d *slowCDN) { d.cdn.rate, d.circle = 1e6, true }},
	{"redirects in circles, each after 14 s", func(d *slowCDN) { d.cdn.rate, d.cdn.rtt, d.circle = 1e6, 14*time.Second, true }},
	{"a flood of 10 s each time", func(d *slowCDN) { d.flood = 10 }},
	{"a flood of 299 s", func(d *slowCDN) { d.flood = 299 }},
	{"wrong bytes, each after 14 s", func(d *slowCDN) { d.cdn.rate, d.cdn.rtt, d.wrong = 1e6, 14*time.Second, true }},
}

// Whatever a CDN does, it costs no more than twice the time of the file's data center
// and half a minute.
func TestCDNCostsABoundedTime(t *testing.T) {
	t.Parallel()
	for _, path := range []struct {
		home float64 // Bytes per second of each connection.
		size int64
	}{{2_000_000, 64 << 10}, {2_000, 64 << 10}, {2_000_000, 3<<20 + 5}, {100_000, 3<<20 + 5}, {40_000, 16 << 20}, {2_000_000, 16 << 20}} {
		alone := inBubble(t, path.home, &slowCDN{size: path.size, noCDN: true}).Elapsed
		for _, tt := range slowCDNs {
			t.Run(fmt.Sprintf("%s, %.0f B/s at home, %d KiB", tt.name, path.home, path.size>>10), func(t *testing.T) {
				d := &slowCDN{size: path.size}
				tt.edit(d)
				result := inBubble(t, path.home, d)
				t.Logf("%v, and %v without the CDN; left: %v", result.Elapsed, alone, result.CDNLeft)
				if result.Elapsed > 2*alone+30*time.Second {
					t.Errorf("%v, and %v without the CDN", result.Elapsed, alone)
				}
				if again := d.twice(); again > 12 {
					t.Errorf("the CDN was asked %d times for one range", again)
				}
				if slow := errors.Is(result.CDNLeft, cdn.ErrSlow); slow != (d.rested.Load() == 1) {
					t.Errorf("left for %v, and it was told %d times to rest", result.CDNLeft, d.rested.Load())
				}
			})
		}
	}
}

// A CDN that does what it is there for is not left, though hashes from the file's data
// center are late, the data center is faster by a little, or the network is slow for all.
func TestCDNThatDoesItsWorkIsNotLeft(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*slowCDN{
		"faster":          {cdn: line{rate: 200_000}},
		"as fast":         {cdn: line{rate: 40_000}},
		"a little slower": {cdn: line{rate: 36_000}},
		"late hashes":     {cdn: line{rate: 200_000}, hashDelay: 20 * time.Second},
		"a short flood":   {cdn: line{rate: 200_000}, flood: 10, floods: 1},
		"a user's limit":  {cdn: line{rate: 200_000}, limiter: 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			d.size = 16 << 20
			result := inBubble(t, 40_000, d)
			if result.CDNLeft != nil {
				t.Errorf("left for %v", result.CDNLeft)
			}
			// The data center was tried once, for seconds.
			if share := float64(d.home.bytes.Load()) / float64(d.size); share > 0.5 {
				t.Errorf("%.0f %% of the file came from its data center", share*100)
			}
		})
	}
}

// A Stream waits for the end of a short flood of a CDN, and leaves a CDN that floods for long.
func TestStreamWaitsForShortFloodsOfACDN(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		seconds int
		floods  int64
		left    bool
	}{{1, 1, false}, {1, 0, true}, {60, 1, true}} {
		synctest.Test(t, func(t *testing.T) {
			d := &slowCDN{size: 3 << 20, cdn: line{rate: 200_000, first: 100}, home: line{rate: 40_000, first: 1}, flood: tt.seconds, floods: tt.floods}
			c, err := New(Config{Doer: d, Cache: cache.None{}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			f := File{Kind: Document, ID: 1, DC: 2, Size: d.size, Name: "f.bin", Location: &tg.InputDocumentFileLocation{}}
			start := time.Now()
			result, err := c.Stream(t.Context(), f, io.Discard, StreamOptions{})
			if err != nil || result.Bytes != d.size {
				t.Fatalf("%d bytes, error %v", result.Bytes, err)
			}
			if left := result.CDNLeft != nil; left != tt.left {
				t.Errorf("%d floods of %d s: left for %v", tt.floods, tt.seconds, result.CDNLeft)
			}
			if took := time.Since(start); took > 80*time.Second {
				t.Errorf("%d floods of %d s: it took %v", tt.floods, tt.seconds, took)
			}
		})
	}
}

// inBubble fetches the file in virtual time, with a data center of this rate.
func inBubble(t *testing.T, home float64, d *slowCDN) (result Result) {
	d.home.rate, d.home.rtt = home, 50*time.Millisecond
	synctest.Test(t, func(t *testing.T) { result = d.fetch(t) })
	return result
}
