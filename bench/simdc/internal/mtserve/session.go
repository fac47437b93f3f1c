package mtserve

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

// Session is one MTProto session: a session id under one key. Several
// connections may carry it, one after another or at once.
type Session struct {
	slot

	ID  int64 // Immutable.
	Key *Key  // Immutable.

	used uint64 // Guarded by Key.mu. Value of Key.uses when it was last looked up.

	mu        sync.Mutex
	announced bool    // Guarded by mu. new_session_created was queued.
	known     window  // Guarded by mu.
	conns     []*Conn // Guarded by mu. The newest is last.
	lastID    int64   // Guarded by mu. The newest msg_id of ours.
	content   int32   // Guarded by mu. How many content-related messages we sent.
	kept      []*call // Guarded by mu. Answers sent and not acknowledged, oldest first.
	held      []*call // Guarded by mu. Answers that no connection was there for.
}

const (
	// maxKept bounds the answers a session keeps for repetition, and those it
	// holds for its next connection.
	maxKept = 128
	// maxResent is the size up to which an answer is repeated by itself; for
	// a larger one the client is told that it exists, and asks for it.
	// https://core.telegram.org/mtproto/service_messages_about_messages#extended-voluntary-communication-of-status-of-one-message
	maxResent = 1 << 10
)

func newSession(k *Key, id int64) *Session { return &Session{ID: id, Key: k} }

// Push sends an object that is not an answer (updates) over the session's
// newest connection. It reports whether there was one.
func (s *Session) Push(e bin.Encoder) bool {
	s.mu.Lock()
	var conn *Conn
	if n := len(s.conns); n > 0 {
		conn = s.conns[n-1]
	}
	s.mu.Unlock()
	return conn != nil && conn.out.note(note{session: s, body: e, content: true})
}

// stampLocked returns the msg_id and seqno of the next message.
func (s *Session) stampLocked(now time.Time, content, response bool) (id int64, seq int32) {
	kind := int64(3)
	if response {
		kind = 1
	}
	fraction := int64(now.Nanosecond()) << 32 / int64(time.Second)
	id = now.Unix()<<32 | fraction&^3
	if floor := s.lastID&^3 + 4; id < floor {
		id = floor
	}
	id |= kind
	s.lastID = id

	seq = 2 * s.content
	if content {
		s.content++
		seq++
	}
	return id, seq
}

// announce reports whether the session is new.
func (s *Session) announce() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.announced
	s.announced = true
	return !was
}

// attach makes a connection one of the session's, and queues there what the
// session's lost connections did not deliver.
func (s *Session) attach(c *Conn) {
	s.mu.Lock()
	s.conns = append(s.conns, c)
	again := s.held
	s.held = nil
	var large []mt.MsgDetailedInfo
	for _, k := range s.kept {
		if k.state != sent || slices.Contains(s.conns, k.conn) {
			continue
		}
		if k.size > maxResent {
			large = append(large, k.infoLocked())
			continue
		}
		k.state = ready
		again = append(again, k)
	}
	s.mu.Unlock()

	for _, k := range again {
		s.deliver(k)
	}
	for _, info := range large {
		c.out.note(note{session: s, body: &info})
	}
}

func (k *call) infoLocked() mt.MsgDetailedInfo {
	return mt.MsgDetailedInfo{MsgID: k.r.MsgID, AnswerMsgID: k.id, Bytes: k.size}
}

func (s *Session) detach(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = slices.DeleteFunc(s.conns, func(o *Conn) bool { return o == c })
}

// begin notes how to end a query, unless another connection dropped it.
func (s *Session) begin(k *call, cancel context.CancelCauseFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.cancel = cancel
	if k.state != running {
		k.freeLocked()
		return false
	}
	return true
}

// finish takes the Handler's results.
func (s *Session) finish(k *call, answer bin.Encoder) {
	s.mu.Lock()
	if k.state == running && !k.r.Fault.Drop {
		k.state, k.answer, k.alone = ready, answer, k.needsOwnFrame(answer)
		s.mu.Unlock()
		s.deliver(k)
		return
	}
	k.state = over
	k.freeLocked()
	s.mu.Unlock()
}

// deliver queues an answer on the connection that the query came over or, if
// that is gone, on the newest. Without any it is held for the next one.
func (s *Session) deliver(k *call) {
	for {
		conn := s.route(k)
		if conn == nil || conn.out.call(k) {
			return
		}
		s.detach(conn)
	}
}

func (s *Session) route(k *call) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.conns, k.r.Conn) {
		return k.r.Conn
	}
	if n := len(s.conns); n > 0 {
		return s.conns[n-1]
	}
	if len(s.held) == maxKept {
		s.held = slices.Delete(s.held, 0, 1)
	}
	s.held = append(s.held, k)
	return nil
}

// take returns the answer of a call that a connection is about to write, nil
// if it was dropped meanwhile.
func (s *Session) take(k *call) bin.Encoder {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.state != ready {
		return nil
	}
	return k.answer
}

// written notes that an answer goes out on c now, and returns its msg_id and
// seqno. A repeated answer keeps those it had.
func (s *Session) written(k *call, c *Conn, now time.Time, size int) (id int64, seq int32, repeated bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	repeated = k.id != 0
	if !repeated {
		k.id, k.seq = s.stampLocked(now, true, true)
	}
	k.state, k.conn, k.size = sent, c, size
	k.freeLocked()
	if !k.kept {
		k.kept = true
		if len(s.kept) == maxKept {
			s.dropLocked(s.kept[0])
		}
		s.kept = append(s.kept, k)
	}
	return k.id, k.seq, repeated
}

// dropLocked forgets an answer.
func (s *Session) dropLocked(k *call) {
	k.state, k.answer = over, nil
	k.freeLocked()
	if k.kept {
		k.kept = false
		s.kept = slices.DeleteFunc(s.kept, func(o *call) bool { return o == k })
	}
}

// acknowledged notes that the client has these messages of ours.
func (s *Session) acknowledged(ids []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if k := s.keptLocked(id); k != nil {
			s.dropLocked(k)
		}
	}
}

// keptLocked returns the kept answer with this msg_id of ours.
func (s *Session) keptLocked(id int64) *call {
	if i := slices.IndexFunc(s.kept, func(k *call) bool { return k.id == id }); i >= 0 {
		return s.kept[i]
	}
	return nil
}

// drop forgets the answer of a call.
func (s *Session) drop(k *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropLocked(k)
}

// stamp returns the msg_id and seqno of the next message.
func (s *Session) stamp(now time.Time, content, response bool) (id int64, seq int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stampLocked(now, content, response)
}

// unanswered returns the messages that need an acknowledgement still: queries
// whose answer was written, or is about to be with these, do not.
func (s *Session) unanswered(acks []pendingAck, answering []*call) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	for _, a := range acks {
		if a.call == nil || a.call.state < sent && !slices.Contains(answering, a.call) {
			ids = append(ids, a.id)
		}
	}
	return ids
}
