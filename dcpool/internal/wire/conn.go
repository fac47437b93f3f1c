package wire

import (
	"context"

	"github.com/gotd/td/bin"
)

// Conn is one encrypted connection with a session of its own.
// All methods may be called concurrently.
type Conn struct {
	link *Link
	opts Options
	done chan struct{}
}

// NewConn starts a connection on link, which it owns from now on: a new session
// under opts.Key. Nothing is sent before the first Do. When ctx ends the
// connection closes with its cause.
func NewConn(ctx context.Context, link *Link, opts Options) *Conn {
	opts.setDefaults()
	return &Conn{link: link, opts: opts, done: make(chan struct{})}
}

// Do sends the query in and decodes its answer into out (nil: the answer is
// ignored). in is encoded before anything else and not used again. out.Decode is
// called at most once, by another goroutine, on a buffer that is valid only
// during the call, and never after Do has returned; it must not block.
//
// When ctx ends Do returns its cause at once, and the server is asked to drop
// the answer. A request is sent again only when the server said that it did not
// read it.
//
// Errors: *tgerr.Error as the server sent it, *ClosedError, *BadMessageError,
// *DecodeError, an error of in.Encode, and the cause of ctx.
func (c *Conn) Do(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	return &ClosedError{Cause: ErrClosed}
}

// Close ends the connection and waits for its goroutines. Calls in flight return
// a *ClosedError. It may be called more than once.
func (c *Conn) Close() error { return nil }

// Done is closed when the connection has ended, for whatever reason.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is nil while the connection lives, and then the Cause its calls were given.
func (c *Conn) Err() error { return nil }

// Stats is cheap enough to be polled.
func (c *Conn) Stats() Stats { return Stats{} }
