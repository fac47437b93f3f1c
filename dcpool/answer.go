package dcpool

import (
	"errors"
	"fmt"

	"github.com/gotd/td/bin"

	"github.com/tgfetch/tgfetch/dcpool/internal/nest"
)

// maxAnswer bounds an answer, unpacked, in bytes. A hundred messages of the longest texts take 1.3 MiB,
// the longest part of a file takes 1 MiB, and decoded an answer takes several times its length.
const maxAnswer = 4 << 20

var (
	// ErrDeepAnswer is an answer with more objects inside one another than an honest server
	// has a reason for. None of it was decoded.
	ErrDeepAnswer = nest.ErrDeep
	// ErrLongAnswer is an answer of more than 4 MiB. None of it was decoded.
	ErrLongAnswer = errors.New("the server's answer is too long")
)

// CheckNesting looks at the object, or the vector of objects, that data begins with. The error
// is ErrDeepAnswer if gotd's decoders should not read it.
func CheckNesting(data []byte) error { return nest.Check(data) }

// PartialDecoder is an out that reads around what cannot be read. It has to call
// CheckNesting before each decoder of gotd's, since what is nested too deep is only a part for it.
type PartialDecoder interface {
	bin.Decoder
	// DecodePartial is Decode. Its name says that the above was read.
	DecodePartial(b *bin.Buffer) error
}

// DecodeAnswer decodes a server's answer into out, within bounds and in older layers, too. It is for a
// Doer that has answers in bytes; Pool.Do does the same. Errors: one that is ErrLongAnswer or
// ErrDeepAnswer, and those of out.
func DecodeAnswer(b *bin.Buffer, out bin.Decoder) error { return answerOf(out).Decode(b) }

// answer decodes what a server sent into out. Only out that can be encoded is
// decoded more than once: gotd's types, not what receives files.
type answer struct{ out bin.Decoder }

// answerOf makes out safe from what servers send. A nil out stays nil.
func answerOf(out bin.Decoder) bin.Decoder {
	if out == nil {
		return nil
	}
	return answer{out}
}

// Decode implements bin.Decoder.
func (a answer) Decode(b *bin.Buffer) error {
	if n := b.Len(); n > maxAnswer {
		return fmt.Errorf("%w: %d bytes, at most %d expected", ErrLongAnswer, n, maxAnswer)
	}
	if partial, ok := a.out.(PartialDecoder); ok {
		return partial.DecodePartial(b)
	}
	if _, typed := a.out.(bin.Encoder); !typed {
		return decodeFlat(b, a.out.Decode)
	}
	_, rest, err := liftAll(b.Buf, func(b *bin.Buffer) error { return decodeFlat(b, a.out.Decode) })
	if err == nil {
		b.Buf = rest
	}
	return err
}

// decodeFlat decodes what is not nested too deep.
func decodeFlat(b *bin.Buffer, decode func(*bin.Buffer) error) error {
	if err := nest.Check(b.Buf); err != nil {
		return err
	}
	return decode(b)
}
