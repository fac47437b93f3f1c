package mtserve

import (
	"context"
	"time"

	"github.com/gotd/td/bin"
)

// Handler answers the queries of a server. Handle is called concurrently, one
// goroutine per query. Its context ends with the server, and with the cause
// [ErrDropped] when the client drops the answer; it does not end with the
// connection, because the answer may reach the client over the session's next
// one.
type Handler interface {
	Handle(ctx context.Context, r *Request) (bin.Encoder, error)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, r *Request) (bin.Encoder, error)

// Handle implements Handler.
func (f HandlerFunc) Handle(ctx context.Context, r *Request) (bin.Encoder, error) { return f(ctx, r) }

// Request is one query of a client.
type Request struct {
	Conn    *Conn
	Session *Session
	Key     *Key
	MsgID   int64
	SeqNo   int32
	// Received is when the last byte of the query was read.
	Received time.Time
	// Bytes is the size of the query's body, unpacked.
	Bytes int
	// Body is the query; valid only during Handle.
	Body *bin.Buffer
	// Fault may be set by the Handler to spoil the way its answer leaves.
	Fault Fault
	// Dropped, if the Handler sets it, is called once if the answer is dropped
	// before it leaves. It must be quick.
	Dropped func()
	// Note may be set by the Handler; the Observer finds it in the Answer.
	Note any
}

// Incompressible marks an encoder whose output must not be packed with gzip:
// file contents.
type Incompressible interface{ Incompressible() }

// Fault describes what goes wrong with one answer. The zero value is no fault.
type Fault struct {
	// Alone sends the answer in a frame of its own, apart from what was pushed
	// before it. Every other fault does so, too.
	Alone bool
	// Drop never sends the answer.
	Drop bool
	// Repeat sends the answer this many times more, each in a frame of its
	// own with the same msg_id.
	Repeat int
	// TransportError, if not zero, is sent (as a bare negative code such as
	// -404) in place of the answer.
	TransportError int32
	// CutAfter, if positive, closes the connection when this many bytes of
	// the answer's frame have been written.
	CutAfter int
	// StallAfter, if positive, stops writing to the connection when this many
	// bytes of the answer's frame have been written, and leaves it open.
	StallAfter int
}
