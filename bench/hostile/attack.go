package hostile

import (
	"math/rand/v2"
	"time"

	"github.com/gotd/td/bin"
)

// Moment is a point of a conversation at which the server may be hostile.
type Moment int

// Moments, in the order in which a connection meets them.
const (
	// Accept: a connection was accepted and nothing was read.
	Accept Moment = iota
	// Greet: the first frame of the client was read, and so how it frames.
	Greet
	// ResPQ, DHParams, DHInner and DHAnswer: what the server sends in a key exchange. DHInner is
	// what is encrypted in DHParams.
	ResPQ
	DHParams
	DHInner
	DHAnswer
	// Session: the first encrypted message of a connection was read.
	Session
	// Query: an answer is due.
	Query
)

// Attack is what a hostile server does at one moment.
type Attack struct {
	Name string
	At   Moment
	// Method is the TL id of the query that is answered; 0 is any.
	Method uint32
	// DC is whose connections are struck; 0 is all.
	DC int
	// After is how many occasions pass before the first one that is struck, Times how many are; 0
	// is all.
	After, Times int
	// Endless says that it goes on until the client hangs up, and slowly.
	Endless bool
	// Do sends what it wants in place of what is honest.
	Do func(*Strike)
}

// Strike is one occasion.
type Strike struct {
	*conn
	// Honest is the TL object that an honest server would send; nil where there is none.
	Honest []byte
	// MsgID is that of the query; 0 where there is none.
	MsgID int64
	// send gives an object the form that it has at this moment.
	send func(body []byte)
}

// Send sends a TL object as the honest one would be sent: as a result, or in the clear.
func (s *Strike) Send(body []byte) {
	if s.send != nil {
		s.send(body)
	}
}

// Object is Send of what can be encoded.
func (s *Strike) Object(in bin.Encoder) { s.Send(encode(in)) }

// Rand is the source of what is random.
func (s *Strike) Rand() *rand.Rand { return s.rng }

// Storm calls send up to n times, until the client hangs up.
func (s *Strike) Storm(n int, send func(i int)) {
	before := s.sent
	if s.server.seed != 0 {
		n = min(n, 1+s.rng.IntN(stormLimit))
	}
	for i := range n {
		if s.broken || s.server.seed != 0 && s.sent-before > stormBytes {
			return
		}
		send(i)
	}
}

// Drip writes bytes of the stream one by one.
func (s *Strike) Drip(b []byte, every time.Duration) {
	for i := range b {
		if s.broken {
			return
		}
		s.Stream(b[i : i+1])
		s.pause(every)
	}
}

// encode is the TL form of in, which is written here and can be encoded.
func encode(in bin.Encoder) []byte {
	var b bin.Buffer
	if err := b.Encode(in); err != nil {
		panic(err)
	}
	return b.Buf
}
