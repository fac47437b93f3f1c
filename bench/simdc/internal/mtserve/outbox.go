package mtserve

import (
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/bin"
)

// note is a small message of ours that is not the answer to a query.
type note struct {
	session  *Session
	body     bin.Encoder
	content  bool   // content-related: the client acknowledges it
	response bool   // to a message of the client
	then     func() // called when it was written; may be nil
}

// pendingAck is a message of the client that is not acknowledged yet.
type pendingAck struct {
	session *Session
	id      int64
	call    *call // nil unless the message was a query; its answer acknowledges it
	due     time.Time
}

// rawFrame is a payload that is not an encrypted message.
type rawFrame struct {
	payload  []byte
	unframed bool
	announce int // if positive, only the header of a frame of this length
}

// batch is what the writer puts into one frame: either raw, or messages of one
// session.
type batch struct {
	raw     *rawFrame
	session *Session
	notes   []note
	acks    []pendingAck
	calls   []*call
}

const (
	maxBatchNotes = 32
	maxBatchCalls = 16
	// maxBacklog bounds each kind of small things that wait for a client that
	// sends and does not read; what is beyond is dropped. Answers are bounded
	// by Config.MaxRunning.
	maxBacklog = 4096
)

// outbox holds what one connection has to write. Service messages overtake
// answers; answers leave in the order in which they became ready.
type outbox struct {
	wake chan struct{} // Capacity 1. Something was added.

	mu     sync.Mutex
	closed bool         // Guarded by mu.
	raw    []rawFrame   // Guarded by mu.
	notes  []note       // Guarded by mu.
	calls  []*call      // Guarded by mu.
	acks   []pendingAck // Guarded by mu. The oldest is first.
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// add reports whether the connection is open.
func (o *outbox) add(f func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	f()
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return true
}

func (o *outbox) rawFrame(f rawFrame) bool { return o.add(func() { o.raw = bounded(o.raw, f) }) }
func (o *outbox) note(n note) bool         { return o.add(func() { o.notes = bounded(o.notes, n) }) }
func (o *outbox) ack(a pendingAck) bool    { return o.add(func() { o.acks = bounded(o.acks, a) }) }
func (o *outbox) call(k *call) bool        { return o.add(func() { o.calls = append(o.calls, k) }) }

func bounded[T any](s []T, v T) []T {
	if len(s) >= maxBacklog {
		return s
	}
	return append(s, v)
}

// putBack puts calls that turned out too large for a container back in front.
func (o *outbox) putBack(calls []*call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range calls {
		k.alone = true
	}
	o.calls = slices.Insert(o.calls, 0, calls...)
}

// close makes every further add fail and returns the calls that were not
// written.
func (o *outbox) close() []*call {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	calls := o.calls
	o.raw, o.notes, o.calls, o.acks = nil, nil, nil, nil
	return calls
}

// next takes what the next frame is made of. If there is nothing it returns
// when the first acknowledgement falls due, or the zero time.
func (o *outbox) next(now time.Time) (b batch, ok bool, due time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case len(o.raw) > 0:
		f := o.raw[0]
		o.raw = slices.Delete(o.raw, 0, 1)
		return batch{raw: &f}, true, time.Time{}
	case len(o.notes) > 0:
		b.session = o.notes[0].session
	case len(o.calls) > 0:
		b.session = o.calls[0].session
	case len(o.acks) == 0:
		return batch{}, false, time.Time{}
	case now.Before(o.acks[0].due):
		return batch{}, false, o.acks[0].due
	default:
		b.session = o.acks[0].session
	}
	o.takeNotesLocked(&b)
	o.takeCallsLocked(&b)
	if len(b.calls) == 1 && b.calls[0].alone {
		return b, true, time.Time{}
	}
	o.takeAcksLocked(&b)
	return b, true, time.Time{}
}

func (o *outbox) takeNotesLocked(b *batch) {
	o.notes = slices.DeleteFunc(o.notes, func(n note) bool {
		if n.session != b.session || len(b.notes) == maxBatchNotes {
			return false
		}
		b.notes = append(b.notes, n)
		return true
	})
}

// takeCallsLocked takes a run of calls that may share a container, or a single
// one that may not if nothing else is in the batch.
func (o *outbox) takeCallsLocked(b *batch) {
	n := 0
	for n < min(len(o.calls), maxBatchCalls) && o.calls[n].session == b.session && !o.calls[n].alone {
		n++
	}
	if n == 0 && len(b.notes) == 0 && len(o.calls) > 0 && o.calls[0].session == b.session {
		n = 1
	}
	b.calls = slices.Clone(o.calls[:n])
	o.calls = slices.Delete(o.calls, 0, n)
}

func (o *outbox) takeAcksLocked(b *batch) {
	o.acks = slices.DeleteFunc(o.acks, func(a pendingAck) bool {
		if a.session != b.session {
			return false
		}
		b.acks = append(b.acks, a)
		return true
	})
}
