package wire

import (
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
)

// Salt is a server salt and the time it is valid for, in server time.
// A zero Since and Until mean unknown.
type Salt struct {
	Value int64
	Since time.Time
	Until time.Time
}

// Options of a Conn. Only Key is required.
type Options struct {
	// Key is the permanent auth key shared by all connections to the DC, or a
	// temporary one.
	Key crypto.AuthKey
	// Salts are the salts known for this key, best from storage. Empty means the
	// first request is refused once with the right salt, which costs a round trip.
	Salts []Salt
	// TimeOffset is server time minus local time as far as known.
	TimeOffset time.Duration

	// Init wraps a query in invokeWithLayer(initConnection(query)). It is applied
	// to every query until the first proper answer arrives, and again when the
	// server says the connection is not initialised. Nil never wraps. It is
	// called by the writer, one query at a time.
	Init func(query bin.Encoder) bin.Encoder
	// NoUpdates wraps every query in invokeWithoutUpdates, inside Init's wrapping.
	// It must be false for a CDN, which knows no such method.
	NoUpdates bool

	// OnSalts is told the salts to persist whenever the server sent new ones.
	// OnTimeOffset is told server time minus local time when it was learnt or has
	// moved by more than a second. Both are called by the reader: they must not
	// block and must not call Close. Nil ignores.
	OnSalts      func([]Salt)
	OnTimeOffset func(time.Duration)

	// PingInterval is the time between two ping_delay_disconnect. 0 means a minute.
	PingInterval time.Duration
	// StallTimeout is how long the socket may bring no frame, and less than 64 bytes per
	// second of one that is on its way, while an answer is due. 0 means 30 s. A ping is sent at half of it, so that a server busy with
	// one long call is not taken for a dead one.
	StallTimeout time.Duration
	// AnswerTimeout is how long calls may wait while the socket brings neither an
	// answer nor bytes of a large one, but pongs and the like. 0 means for ever.
	AnswerTimeout time.Duration
	// AckDelay bounds how long an acknowledgement waits for a request to travel
	// with. 0 means a second.
	AckDelay time.Duration

	// Rand is the source of session ids and padding. Nil means crypto/rand.
	Rand io.Reader
	// Now is the local wall clock. Nil means time.Now.
	Now func() time.Time
	// Logger is told what the connection corrects by itself. Nil discards.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	if o.PingInterval <= 0 {
		o.PingInterval = time.Minute
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = 30 * time.Second
	}
	if o.AckDelay <= 0 {
		o.AckDelay = time.Second
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// ExchangeOptions of an Exchange.
type ExchangeOptions struct {
	// DC is the id in p_q_inner_data_dc: negative for a media-only endpoint, plus
	// 10000 for a test DC. The server answers CodeWrongDC to any other.
	DC int
	// ExpiresIn, in whole seconds, makes a temporary key, which the server forgets
	// after that time and which is used after Conn.Bind. 0 makes a permanent one.
	ExpiresIn time.Duration
	// Rand is the source of all secrets. Nil means crypto/rand.
	Rand io.Reader
	// Now is the local wall clock. Nil means time.Now.
	Now func() time.Time
}

// Result is what an Exchange established.
type Result struct {
	// Key is the new auth key.
	Key crypto.AuthKey
	// Salt is the first server salt of the key.
	Salt int64
	// TimeOffset is server time minus local time, with the precision of the
	// server's whole seconds.
	TimeOffset time.Duration
}

// Stats is what a Conn has seen so far. All values are monotonic but InFlight
// and RTT.
type Stats struct {
	// Opened is when NewConn was called, LastByte when the socket last brought a
	// byte (Opened before the first).
	Opened, LastByte time.Time
	// BytesIn and BytesOut count bytes of the socket, as they arrive and leave.
	BytesIn, BytesOut int64
	// InFlight counts calls of Do that wait for their answer.
	InFlight int
	// Answers counts calls that got one, errors of the server included.
	Answers int64
	// RTT is the smallest round trip seen by a ping or a call with a small
	// answer; 0 before the first.
	RTT time.Duration
}
