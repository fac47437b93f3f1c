package partfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/chunker"
)

const mtimeUnix = 1_500_000_000

// fill writes the bytes of file id from off on, which is a multiple of 8: a
// counter-based generator.
func fill(id int64, off int64, p []byte) {
	for n := 0; n < len(p); n += 8 {
		x := uint64(id)<<40 + uint64(off+int64(n))*0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
		if len(p)-n >= 8 {
			binary.LittleEndian.PutUint64(p[n:], x)
			continue
		}
		for i := n; i < len(p); i++ {
			p[i] = byte(x >> (8 * (i - n)))
		}
	}
}

// memo keeps the bytes of the files of the tests, by id and size.
var memo sync.Map

// content is the bytes of a file; not to be changed.
func content(id Identity) []byte {
	key := Identity{ID: id.ID, Size: id.Size}
	if b, ok := memo.Load(key); ok {
		return b.([]byte)
	}
	b := make([]byte, id.Size)
	fill(id.ID, 0, b)
	memo.Store(key, b)
	return b
}

// wrongGrain is the first grain of data that is not as in the file id, -1 if
// none.
func wrongGrain(id Identity, data []byte) int64 {
	want := content(id)
	for g := range grains(id.Size) {
		lo, hi := g*Grain, min((g+1)*Grain, id.Size)
		if !bytes.Equal(data[lo:hi], want[lo:hi]) {
			return g
		}
	}
	return -1
}

// plan plans the missing parts of f, and proves or takes back what an earlier
// run left: the way a fetcher is to use the package.
func plan(f *File) (*chunker.Plan, error) {
	p, err := chunker.New(f.id.Size)
	if err != nil {
		return nil, err
	}
	for g := range f.Candidates() {
		p.Restore(g)
	}
	err = f.Verify(context.Background(), 2, func(g int64, good bool) {
		if !good {
			p.Drop(g)
		}
	})
	return p, err
}

// step downloads one part of f.
func step(f *File, p *chunker.Plan, most int) (more bool, err error) {
	part, ok := p.Next(most)
	if !ok {
		return false, nil
	}
	data := content(f.id)[part.Offset:part.End()]
	if _, err := f.WriteAt(data, part.Offset); err != nil {
		p.Fail(part)
		return false, err
	}
	_, grains := p.Done(part, len(data))
	for _, g := range grains {
		if err := f.Done(g, nil); err != nil {
			return false, err
		}
	}
	return true, nil
}

// complete downloads all that is missing, and finishes.
func complete(f *File, p *chunker.Plan) error {
	for {
		switch more, err := step(f, p, 512<<10); {
		case err != nil:
			return err
		case !more:
			return f.Finish(f.id.Size, time.Unix(mtimeUnix, 0))
		}
	}
}

// checkProven compares what f holds as proven with what it should be.
func checkProven(f *File) error {
	for g := range grains(max(f.id.Size, 0)) {
		f.mu.Lock()
		has := f.have.has(g)
		f.mu.Unlock()
		if !has {
			continue
		}
		got := make([]byte, f.id.grainLen(g))
		if _, err := f.ReadAt(got, g*Grain); err != nil && err != io.EOF {
			return err
		}
		if !bytes.Equal(got, content(f.id)[g*Grain:][:len(got)]) {
			return fmt.Errorf("grain %d counts as proven and is wrong", g)
		}
	}
	return nil
}
