package mtserve

import (
	"crypto/rsa"
	"io"
	"log/slog"
	"time"
)

// Config describes one endpoint of a data center. The zero value of every
// field but DC, RSAKeys and Handler has a meaning.
type Config struct {
	// DC is the number of the data center, positive, without the 10000 that
	// clients add for the test network.
	DC int
	// RSAKeys are served in this order; see also [Server.SetRSAKeys].
	RSAKeys []*rsa.PrivateKey
	// Keys is shared by all endpoints of one data center. Nil makes a new table.
	Keys *KeyTable
	// Handler answers queries.
	Handler Handler
	// Observer is told what happens; nil means nobody is.
	Observer Observer
	// AcceptDC reports whether a DC id that a client named in p_q_inner_data,
	// or in the transport header if CheckHeaderDC is set, is this one. Nil accepts
	// ±DC and ±(10000+DC).
	AcceptDC func(id int) bool
	// Place tells this endpoint from others of the data center, and KeySpread is how
	// long a new key is known only where it was made.
	Place     string
	KeySpread time.Duration
	// Secret is what clients must know to be served; nil is none.
	Secret *Secret
	// Obfuscated refuses the transports without obfuscation, as a secret does.
	Obfuscated bool
	// CheckHeaderDC refuses connections whose obfuscation header names another
	// DC with −444. Without it the id there means nothing: some clients leave
	// random bytes in its place.
	CheckHeaderDC bool
	// CheckFirstMsgID refuses a key exchange whose first message has a msg_id
	// that no client may use. Without it any will do: TDLib's pings have 1.
	CheckFirstMsgID bool
	// Clock is the server's time; nil means time.Now.
	Clock func() time.Time
	// Rand is the source of nonces, keys and salts; nil means crypto/rand.
	Rand io.Reader
	// Logger gets what went wrong with a connection; nil discards it.
	Logger *slog.Logger

	// SaltPeriod is how long a server salt is the current one. Zero is 30 minutes.
	SaltPeriod time.Duration
	// SaltGrace is how long a salt is still accepted after its period. Zero is
	// the same as SaltPeriod.
	SaltGrace time.Duration
	// GzipThreshold is the size in bytes from which an answer is packed when
	// that makes it smaller. Zero is 1024, negative never packs.
	GzipThreshold int
	// AckDelay is how long an acknowledgement waits for the answer, which
	// makes it unnecessary. Zero is 200 ms.
	AckDelay time.Duration
	// MaxRunning bounds the queries of one connection that are being handled
	// or wait to be written; reading stops at the bound. Zero is 256.
	MaxRunning int
	// HandshakeTimeout bounds how long a new connection may take until its
	// transport is known. Zero is one minute.
	HandshakeTimeout time.Duration
}

const (
	defaultSaltPeriod       = 30 * time.Minute
	defaultGzipThreshold    = 1024
	defaultAckDelay         = 200 * time.Millisecond
	defaultMaxRunning       = 256
	defaultHandshakeTimeout = time.Minute
	// testNetwork is what clients add to a DC id to name the test network.
	// https://core.telegram.org/mtproto/auth_key#4-encrypted-data-payload-generation
	testNetwork = 10000
)
