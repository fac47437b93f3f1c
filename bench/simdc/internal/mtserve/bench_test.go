package mtserve

import (
	"context"
	"io"
	"testing"

	"github.com/gotd/td/bin"
)

// block answers every query with the same memory.
type block struct{ data []byte }

func (b block) Encode(to *bin.Buffer) error {
	to.PutID(queryID)
	to.PutBytes(b.data)
	return nil
}

func (block) Incompressible() {}

// BenchmarkAnswers measures the server side of 1 MiB answers: what is read is
// only counted.
func BenchmarkAnswers(b *testing.B) {
	for _, transport := range []string{"intermediate", "obfuscated2+padded", "full"} {
		b.Run(transport, func(b *testing.B) {
			const size, ahead = 1 << 20, 8
			answer := block{make([]byte, size)}
			s := serve(b, Config{Handler: HandlerFunc(func(context.Context, *Request) (bin.Encoder, error) {
				return answer, nil
			})})
			c := s.login(b, s.dial(b, transport, testDC))
			for range ahead {
				c.ask(query{})
			}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				c.ask(query{})
				if _, err := io.CopyN(io.Discard, c.nc, size); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIGE(b *testing.B) {
	e, err := newIGEEncrypter(make([]byte, 32), make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	dst, src := make([]byte, chunk), make([]byte, chunk)
	b.SetBytes(chunk)
	for b.Loop() {
		e.encrypt(dst, src)
	}
}
