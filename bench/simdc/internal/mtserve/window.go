package mtserve

import (
	"cmp"
	"slices"
)

// received is what a session remembers of one message of its client.
type received struct {
	id      int64
	seq     int32
	content bool
	call    *call // nil unless the message was a query
}

// window remembers the latest messages of a session in order of msg_id.
type window struct {
	messages []received
	// forgotten is the highest msg_id that was known and is not any more.
	forgotten int64
}

// windowSize bounds how many messages a session remembers, from above; after
// trimming half of them are left.
const windowSize = 4096

func (w *window) find(id int64) (int, bool) {
	return slices.BinarySearchFunc(w.messages, id, func(m received, id int64) int { return cmp.Compare(m.id, id) })
}

// get returns the message with this msg_id; the pointer is valid until the
// next add.
func (w *window) get(id int64) (*received, bool) {
	i, ok := w.find(id)
	if !ok {
		return nil, false
	}
	return &w.messages[i], true
}

// seqnoError checks a new message's seqno against the messages with
// neighbouring msg_ids, as the service message's definition has it: it is by
// msg_id, so the order of arrival does not matter. The messages held satisfy
// the rule among themselves, so the neighbours are enough.
//
// https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
func (w *window) seqnoError(id int64, seq int32) int {
	i, _ := w.find(id)
	odd := seq%2 != 0
	if i > 0 {
		if before := w.messages[i-1].seq; before > seq || before == seq && odd {
			return seqnoTooLow
		}
	}
	if i < len(w.messages) {
		if after := w.messages[i].seq; after < seq || after == seq && odd {
			return seqnoTooHigh
		}
	}
	return 0
}

// add remembers a message that is not known.
func (w *window) add(m received) {
	if len(w.messages) >= windowSize {
		half := len(w.messages) / 2
		w.forgotten = w.messages[half-1].id
		n := copy(w.messages, w.messages[half:])
		clear(w.messages[n:]) // let go of their calls
		w.messages = w.messages[:n]
	}
	i, _ := w.find(m.id)
	w.messages = slices.Insert(w.messages, i, m)
}
