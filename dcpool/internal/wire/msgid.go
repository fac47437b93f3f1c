package wire

import "time"

// msgIDs makes the message ids of a client: approximately Unix time times 2^32,
// divisible by four, and always growing.
//
// See https://core.telegram.org/mtproto/description#message-identifier-msg-id.
type msgIDs struct {
	last int64
}

func (m *msgIDs) next(now time.Time) int64 {
	id := (now.Unix()<<32 | int64(now.Nanosecond())<<32/1e9) &^ 3
	m.last = max(id, m.last+4)
	return m.last
}

// msgTime is the time a message id was made.
func msgTime(id int64) time.Time {
	return time.Unix(id>>32, (id&(1<<32-1))*1e9>>32)
}
