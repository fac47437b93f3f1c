package wire

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

const (
	// maxFetches bounds how often the answer to one call is asked for again.
	maxFetches = 3
	// maxStates is how many messages one msgs_state_req may ask about.
	maxStates = 8192
	// maxService is how many service messages wait before questions of the server
	// stay without an answer.
	maxService = 64
)

// handleService handles a service message. Updates and whatever else we have no
// use for are ignored.
//
// See https://core.telegram.org/mtproto/service_messages.
func (c *Conn) handleService(id uint32, msgID int64, b *bin.Buffer) error {
	var err error
	switch id {
	case mt.PongTypeID:
		var m mt.Pong
		if err = m.Decode(b); err == nil {
			c.handlePong(m)
		}
	case mt.NewSessionCreatedTypeID:
		var m mt.NewSessionCreated
		if err = m.Decode(b); err == nil {
			c.handleNewSession(m)
		}
	case mt.BadServerSaltTypeID:
		var m mt.BadServerSalt
		if err = m.Decode(b); err == nil {
			c.handleBadSalt(m)
		}
	case mt.BadMsgNotificationTypeID:
		var m mt.BadMsgNotification
		if err = m.Decode(b); err == nil {
			return c.handleBadMessage(msgID, m)
		}
	case mt.FutureSaltsTypeID:
		var m mt.FutureSalts
		if err = m.Decode(b); err == nil {
			c.handleSalts(m)
		}
	case mt.MsgDetailedInfoTypeID:
		var m mt.MsgDetailedInfo
		if err = m.Decode(b); err == nil {
			c.handleDetailedInfo(m.MsgID, m.AnswerMsgID)
		}
	case mt.MsgNewDetailedInfoTypeID:
		var m mt.MsgNewDetailedInfo
		if err = m.Decode(b); err == nil {
			c.handleDetailedInfo(0, m.AnswerMsgID)
		}
	case mt.MsgResendReqTypeID:
		var m mt.MsgResendReq
		if err = m.Decode(b); err == nil {
			c.handleResend(m.MsgIDs)
		}
	case mt.MsgsStateReqTypeID:
		var m mt.MsgsStateReq
		if err = m.Decode(b); err == nil {
			c.handleStateReq(msgID, m.MsgIDs)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: service message: %w", ErrProtocol, err)
	}
	return nil
}

func (c *Conn) handlePong(m mt.Pong) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.PingID != c.ping.pingID {
		return
	}
	c.measureLocked(c.ping.at)
	c.pongLocked()
}

func (c *Conn) pongLocked() {
	c.keep.pinging = false
	c.keep.expect(c.link.sock.now(), len(c.sent) > 0)
}

// handleNewSession takes the salt, and sends again what the server lost: a
// server that forgot the session forgot the queries sent before firstMsgID too.
//
// See https://core.telegram.org/mtproto/service_messages#new-session-creation-notification.
func (c *Conn) handleNewSession(m mt.NewSessionCreated) {
	c.mu.Lock()
	defer c.wakeWriter()
	defer c.mu.Unlock()
	c.session.salts.current = m.ServerSalt
	if c.unique == m.UniqueID && c.unique != 0 {
		return
	}
	if c.unique != 0 {
		c.inited = false
	}
	c.unique = m.UniqueID
	for _, cl := range c.sentLocked() {
		// An answer to the earlier id still counts, so the ids are kept.
		if slices.Max(cl.ids) < m.FirstMsgID {
			c.requeueLocked(cl)
		}
	}
}

// sentLocked returns the calls that were sent, in the order they were.
func (c *Conn) sentLocked() []*call {
	var list []*call
	for cl := range c.pending {
		if len(cl.ids) > 0 {
			list = append(list, cl)
		}
	}
	slices.SortFunc(list, func(a, b *call) int { return cmp.Compare(a.ids[0], b.ids[0]) })
	return list
}

// handleBadSalt sends the refused message again with the right salt.
func (c *Conn) handleBadSalt(m mt.BadServerSalt) {
	c.mu.Lock()
	c.session.salts.correct(m.NewServerSalt)
	c.saltsAt = min(c.saltsAt, c.link.sock.now()+saltRetry)
	failed := c.refusedLocked(m.BadMsgID, true)
	c.mu.Unlock()
	c.wakeWriter()
	c.opts.Logger.Debug("server salt corrected")
	if c.opts.OnSalts != nil {
		c.opts.OnSalts([]Salt{{Value: m.NewServerSalt}})
	}
	if failed != nil {
		failed.finish(&BadMessageError{Code: m.ErrorCode})
	}
}

// handleBadMessage corrects what the server complained about and sends the
// refused message again.
//
// See https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message.
func (c *Conn) handleBadMessage(msgID int64, m mt.BadMsgNotification) error {
	c.opts.Logger.Debug("message refused", "code", m.ErrorCode, "reason", badMessageText(m.ErrorCode))
	c.mu.Lock()
	fresh, retry := false, true
	switch m.ErrorCode {
	case 16: // msg_id too low: our clock is behind.
		c.session.correct(msgID, c.opts.Now())
	case 17: // msg_id too high: it is ahead, and lower ids need a new session.
		c.session.correct(msgID, c.opts.Now())
		fresh = true
	case 32, 33: // msg_seqno too low or too high.
		fresh = true
	case 20, 48, 64: // Too old to be verified; wrong salt; invalid container.
	default: // 18, 19, 34 and 35 say that we are wrong; repeating helps nobody.
		retry = false
	}
	var failed []*call
	var err error
	if fresh {
		failed, err = c.restartLocked()
	} else if cl := c.refusedLocked(m.BadMsgID, retry); cl != nil {
		failed = append(failed, cl)
	}
	c.mu.Unlock()
	c.wakeWriter()
	for _, cl := range failed {
		cl.finish(&BadMessageError{Code: m.ErrorCode})
	}
	if err != nil {
		return fmt.Errorf("%w: %w", err, &BadMessageError{Code: m.ErrorCode})
	}
	return nil
}

// restartLocked starts a new session and sends all calls again in it. It returns
// those that were sent too often.
func (c *Conn) restartLocked() (failed []*call, err error) {
	if c.sessions++; c.sessions > maxSessions {
		return nil, fmt.Errorf("%w: %d sessions refused", ErrProtocol, maxSessions)
	}
	if err := c.session.reset(c.opts.Rand); err != nil {
		return nil, err
	}
	c.inited, c.unique, c.acks = false, 0, nil
	for _, cl := range c.sentLocked() {
		c.forgetLocked(cl)
		if !c.requeueLocked(cl) && c.takeLocked(cl) {
			failed = append(failed, cl)
		}
	}
	c.pongLocked()
	return failed, nil
}

// refusedLocked handles the refusal of one of our messages, which is sent again
// if retry says that it may help. A call that is not is taken and returned.
func (c *Conn) refusedLocked(msgID int64, retry bool) *call {
	if msgID == c.ping.msgID {
		c.pongLocked()
		return nil
	}
	cl := c.sent[msgID]
	if cl == nil {
		return nil
	}
	delete(c.sent, msgID)
	cl.ids = slices.DeleteFunc(cl.ids, func(id int64) bool { return id == msgID })
	c.keep.expect(c.link.sock.now(), len(c.sent) > 0)
	if retry && c.requeueLocked(cl) || len(cl.ids) > 0 {
		return nil
	}
	if !c.takeLocked(cl) {
		return nil
	}
	return cl
}

// handleSalts stores the answer to get_future_salts. More than may be asked for
// are not kept: they would go into the keys file.
func (c *Conn) handleSalts(m mt.FutureSalts) {
	m.Salts = m.Salts[:min(len(m.Salts), saltBatch)]
	list := make([]Salt, 0, len(m.Salts))
	for _, s := range m.Salts {
		list = append(list, Salt{
			Value: s.Salt,
			Since: time.Unix(int64(s.ValidSince), 0),
			Until: time.Unix(int64(s.ValidUntil), 0),
		})
	}
	c.mu.Lock()
	c.session.salts.store(list)
	c.mu.Unlock()
	if c.opts.OnSalts != nil && len(list) > 0 {
		c.opts.OnSalts(list)
	}
}

// handleDetailedInfo learns that the server has a message for us that it would
// rather not send: the answer to reqID, or (reqID 0) something unasked. What a
// call waits for is fetched; the rest is acknowledged, so that it is forgotten.
//
// See https://core.telegram.org/mtproto/service_messages_about_messages#extended-voluntary-communication-of-status-of-one-message.
func (c *Conn) handleDetailedInfo(reqID, answerID int64) {
	c.mu.Lock()
	cl := c.sent[reqID]
	if cl != nil && cl.fetches < maxFetches && !c.reader.replay.has(answerID) {
		cl.fetches++
		c.service = append(c.service, encoded(&mt.MsgResendReq{MsgIDs: []int64{answerID}}, false))
	} else {
		c.ackLocked(answerID)
	}
	c.mu.Unlock()
	c.wakeWriter()
}

// handleStateReq tells the server which of its messages have come. Questions are
// ignored while maxService messages wait to be sent.
//
// See https://core.telegram.org/mtproto/service_messages_about_messages#request-for-message-status-information.
func (c *Conn) handleStateReq(reqID int64, ids []int64) {
	info := make([]byte, min(len(ids), maxStates))
	for i := range info {
		info[i] = c.reader.replay.state(ids[i])
	}
	c.mu.Lock()
	if len(c.service) < maxService {
		c.service = append(c.service, encoded(&mt.MsgsStateInfo{ReqMsgID: reqID, Info: info}, false))
	}
	c.mu.Unlock()
	c.wakeWriter()
}

// handleResend sends the messages again that the server asks for.
func (c *Conn) handleResend(ids []int64) {
	c.mu.Lock()
	for _, id := range ids {
		if cl := c.sent[id]; cl != nil {
			c.requeueLocked(cl)
		}
	}
	c.mu.Unlock()
	c.wakeWriter()
}
