package wire

import (
	"fmt"
	"io"
	"time"

	"github.com/gotd/td/crypto"
)

// offsetStep is the change of the time offset that the owner is told about.
const offsetStep = time.Second

// maxFuture is how far ahead of the server's clock the id of a message may be.
const maxFuture = 30 * time.Second

// session is the state of one MTProto session and of our idea of the server's
// clock.
type session struct {
	id      int64
	content int32 // Content-related messages sent.
	ids     msgIDs
	salts   salts

	offset   time.Duration // Server time minus local time.
	synced   bool          // offset was learnt from this connection.
	reported time.Duration // What the owner knows of offset.
}

// reset starts a new session under the same key.
//
// See https://core.telegram.org/mtproto/description#session.
func (s *session) reset(rand io.Reader) error {
	for s.id = 0; s.id == 0; {
		id, err := crypto.NewSessionID(rand)
		if err != nil {
			return fmt.Errorf("session id: %w", err)
		}
		s.id = id
	}
	s.content, s.ids = 0, msgIDs{}
	return nil
}

// next assigns id and sequence number to the next message. Messages must be
// written in the order they are numbered.
//
// See https://core.telegram.org/mtproto/description#message-sequence-number-msg-seqno.
func (s *session) next(now time.Time, content bool) envelope {
	now = now.Add(s.offset)
	e := envelope{
		salt:    s.salts.pick(now),
		session: s.id,
		msgID:   s.ids.next(now),
		seqNo:   2 * s.content,
	}
	if content {
		e.seqNo++
		s.content++
	}
	return e
}

// observe learns the server's clock from the id of one of its messages. A message
// can be late but not early, so of many the greatest difference is nearest to
// the truth. One that is from the future by the clock so far does not move it.
//
// See https://core.telegram.org/mtproto/security_guidelines#checking-msg-id.
func (s *session) observe(msgID int64, now time.Time) {
	d := msgTime(msgID).Sub(now)
	if !s.synced || d > s.offset && d-s.offset <= maxFuture {
		s.offset, s.synced = d, true
	}
}

// correct takes the server's clock as the notification msgID shows it, even if
// that sets ours back.
func (s *session) correct(msgID int64, now time.Time) {
	s.offset, s.synced = msgTime(msgID).Sub(now), true
}

// moved reports whether the owner should be told of the offset.
func (s *session) moved() bool {
	if d := (s.offset - s.reported).Abs(); !s.synced || d <= offsetStep {
		return false
	}
	s.reported = s.offset
	return true
}
