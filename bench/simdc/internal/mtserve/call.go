package mtserve

import (
	"context"
	"errors"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tgerr"
)

// ErrDropped is the cause with which a Handler's context ends when the client
// dropped the answer.
var ErrDropped = errors.New("mtserve: the client dropped the answer")

type callState uint8

const (
	running callState = iota // the Handler has it
	ready                    // its answer waits to be written
	sent                     // its answer was written and is not acknowledged
	over                     // its answer was acknowledged or dropped
)

// call is one query and what became of it.
type call struct {
	r       *Request // Immutable.
	session *Session // Immutable.

	alone bool // Owned by the outbox it is queued in: the answer needs a frame of its own.

	// The rest is guarded by session.mu.

	state  callState
	cancel context.CancelCauseFunc // of the Handler's context; nil before it has one
	answer bin.Encoder             // from ready on, until it need not be repeated any more
	conn   *Conn                   // that the answer was last given to
	id     int64                   // of the answer; 0 until it was first written
	seq    int32
	size   int
	kept   bool // in session.kept
	freed  bool // its place among the running calls of r.Conn was given back
}

// run calls the Handler and hands its results on.
func (k *call) run(ctx context.Context, h Handler) {
	e, err := h.Handle(ctx, k.r)
	k.r.Body = nil
	k.session.finish(k, answerOf(e, err))
}

// needsOwnFrame reports whether an answer cannot share a container: file
// contents are too large for one, and a fault is meant for one answer.
func (k *call) needsOwnFrame(answer bin.Encoder) bool {
	if k.r.Fault != (Fault{}) {
		return true
	}
	_, ok := answer.(Incompressible)
	return ok
}

// freeLocked gives the call's place among the running ones back.
func (k *call) freeLocked() {
	if !k.freed {
		k.freed = true
		<-k.r.Conn.slots
		if k.state == over && k.r.Dropped != nil {
			k.r.Dropped()
		}
	}
}

// answerOf is what a Handler's results look like on the wire.
func answerOf(e bin.Encoder, err error) bin.Encoder {
	if err == nil {
		return e
	}
	if rpcErr, ok := errors.AsType[*tgerr.Error](err); ok {
		return &rpcError{mt.RPCError{ErrorCode: rpcErr.Code, ErrorMessage: rpcErr.Message}}
	}
	return &rpcError{mt.RPCError{ErrorCode: 500, ErrorMessage: "INTERNAL"}}
}

// rpcError is never packed.
type rpcError struct{ mt.RPCError }
