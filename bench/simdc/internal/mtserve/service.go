package mtserve

import (
	"fmt"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// Constructors that gotd's mt package does not have.
const (
	msgResendAnsReq    = 0x8610baeb
	destroyAuthKey     = 0xd1435160
	destroyAuthKeyOK   = 0xf660e1d4
	destroyAuthKeyFail = 0xea109b13
)

// services are the messages that the server answers itself. All of them may
// be content-related or not: msgs_ack should not be, but there are clients that
// number it so and that Telegram serves.
//
// https://core.telegram.org/mtproto/service_messages
// https://core.telegram.org/mtproto/service_messages_about_messages
var services = map[uint32]func(*inbound, message){
	mt.MsgsAckTypeID:                    (*inbound).msgsAck,
	mt.PingRequestTypeID:                (*inbound).ping,
	mt.PingDelayDisconnectRequestTypeID: (*inbound).pingDelayDisconnect,
	mt.GetFutureSaltsRequestTypeID:      (*inbound).getFutureSalts,
	mt.DestroySessionRequestTypeID:      (*inbound).destroySession,
	mt.RPCDropAnswerRequestTypeID:       (*inbound).rpcDropAnswer,
	mt.MsgsStateReqTypeID:               (*inbound).msgsStateReq,
	mt.MsgResendReqTypeID:               (*inbound).msgResendReq,
	msgResendAnsReq:                     (*inbound).msgResendReq,
	destroyAuthKey:                      (*inbound).destroyKey,
	// Meant for other transports, or only information:
	mt.HTTPWaitRequestTypeID:    (*inbound).ignore,
	mt.MsgsStateInfoTypeID:      (*inbound).ignore,
	mt.MsgsAllInfoTypeID:        (*inbound).ignore,
	mt.MsgDetailedInfoTypeID:    (*inbound).ignore,
	mt.MsgNewDetailedInfoTypeID: (*inbound).ignore,
}

func (in *inbound) ignore(message) {}

func (in *inbound) msgsAck(m message) {
	var ack mt.MsgsAck
	if ack.Decode(&bin.Buffer{Buf: m.body}) == nil {
		in.session.acknowledged(ack.MsgIDs)
	}
}

func (in *inbound) ping(m message) {
	var ping mt.PingRequest
	if ping.Decode(&bin.Buffer{Buf: m.body}) == nil {
		in.reply(&mt.Pong{MsgID: m.id, PingID: ping.PingID})
	}
}

func (in *inbound) pingDelayDisconnect(m message) {
	var ping mt.PingDelayDisconnectRequest
	if ping.Decode(&bin.Buffer{Buf: m.body}) == nil {
		in.conn.disconnectAfter(time.Duration(max(ping.DisconnectDelay, 0)) * time.Second)
		in.reply(&mt.Pong{MsgID: m.id, PingID: ping.PingID})
	}
}

func (in *inbound) getFutureSalts(m message) {
	var get mt.GetFutureSaltsRequest
	if get.Decode(&bin.Buffer{Buf: m.body}) != nil {
		return
	}
	key := in.session.Key
	in.reply(&mt.FutureSalts{
		ReqMsgID: m.id,
		Now:      int(in.now.Unix()),
		Salts:    in.conn.srv.salts(key).future(&key.auth.Value, in.now, get.Num),
	})
}

// destroySession is for other sessions than the one that asks.
func (in *inbound) destroySession(m message) {
	var destroy mt.DestroySessionRequest
	if destroy.Decode(&bin.Buffer{Buf: m.body}) != nil {
		return
	}
	if destroy.SessionID != in.session.ID && in.session.Key.destroySession(destroy.SessionID) {
		in.reply(&mt.DestroySessionOk{SessionID: destroy.SessionID})
		return
	}
	in.reply(&mt.DestroySessionNone{SessionID: destroy.SessionID})
}

// destroyKey forgets the key as soon as the answer has left.
func (in *inbound) destroyKey(message) {
	keys, key := in.conn.srv.cfg.Keys, in.session.Key
	result := bare(destroyAuthKeyOK)
	if key.Temporary {
		result = destroyAuthKeyFail
	}
	in.conn.out.note(note{
		session: in.session, body: result, response: true,
		then: func() {
			if result == destroyAuthKeyOK {
				keys.Forget(key.ID)
			}
		},
	})
}

// bare is an object without fields.
type bare uint32

func (id bare) Encode(b *bin.Buffer) error {
	b.PutID(uint32(id))
	return nil
}

// result is an rpc_result of the server itself.
type result struct {
	to   int64
	body bin.Encoder
}

func (r result) Encode(b *bin.Buffer) error {
	b.PutID(proto.ResultTypeID)
	b.PutLong(r.to)
	if err := r.body.Encode(b); err != nil {
		return fmt.Errorf("rpc_result: %w", err)
	}
	return nil
}

func (in *inbound) rpcDropAnswer(m message) {
	var drop mt.RPCDropAnswerRequest
	if drop.Decode(&bin.Buffer{Buf: m.body}) != nil {
		return
	}
	in.conn.out.note(note{
		session: in.session, content: true, response: true,
		body: result{m.id, in.session.dropAnswer(drop.ReqMsgID, in.now)},
	})
}

// dropAnswer drops the answer to a query that is running, that waits to be
// written, or that is not acknowledged.
func (s *Session) dropAnswer(query int64, now time.Time) bin.Encoder {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known.get(query)
	if !ok || known.call == nil {
		return &mt.RPCAnswerUnknown{}
	}
	k := known.call
	switch k.state {
	case running:
		k.state = over
		if k.cancel != nil {
			k.cancel(ErrDropped)
		}
		return &mt.RPCAnswerDroppedRunning{}
	case ready:
		if k.id == 0 {
			k.id, k.seq = s.stampLocked(now, true, true)
		}
	case over:
		return &mt.RPCAnswerUnknown{}
	}
	s.dropLocked(k)
	return &mt.RPCAnswerDropped{MsgID: k.id, SeqNo: int(k.seq), Bytes: k.size}
}

// Bits of a message's state.
// https://core.telegram.org/mtproto/service_messages_about_messages#informational-message-regarding-status-of-messages
const (
	stateUnknown      = 1 // it may have been received and forgotten
	stateNotReceived  = 2
	stateNotYet       = 3 // its msg_id is above all received ones
	stateReceived     = 4
	stateAcknowledged = 8
	stateNeedsNoAck   = 16
	stateRunning      = 32 // a query that is or was processed
	stateAnswered     = 64
)

func (in *inbound) msgsStateReq(m message) {
	var req mt.MsgsStateReq
	if req.Decode(&bin.Buffer{Buf: m.body}) == nil {
		in.stateInfo(m.id, req.MsgIDs)
	}
}

func (in *inbound) stateInfo(to int64, ids []int64) {
	in.reply(&mt.MsgsStateInfo{ReqMsgID: to, Info: in.session.states(ids)})
}

func (s *Session) states(ids []int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := make([]byte, len(ids))
	for i, id := range ids {
		info[i] = s.stateLocked(id)
	}
	return info
}

func (s *Session) stateLocked(id int64) byte {
	known, ok := s.known.get(id)
	switch {
	case ok:
	case id <= s.known.forgotten:
		return stateUnknown
	case len(s.known.messages) == 0 || id > s.known.messages[len(s.known.messages)-1].id:
		return stateNotYet
	default:
		return stateNotReceived
	}
	state := byte(stateReceived)
	if !known.content {
		state |= stateNeedsNoAck
	}
	if k := known.call; k != nil {
		state |= stateRunning
		if k.state >= sent {
			state |= stateAcknowledged | stateAnswered
		}
	}
	return state
}

// msgResendReq sends answers again: asked for by their own msg_ids or, with
// msg_resend_ans_req, by those of the queries. If one cannot be sent, the
// state of all is told as well.
func (in *inbound) msgResendReq(m message) {
	b := &bin.Buffer{Buf: m.body}
	id, _ := b.ID()
	n, err := b.VectorHeader()
	if err != nil || n > maxContainer {
		return
	}
	ids := make([]int64, 0, n)
	for range n {
		v, err := b.Long()
		if err != nil {
			return
		}
		ids = append(ids, v)
	}
	again := in.session.again(ids, id == msgResendAnsReq)
	for _, k := range again {
		in.session.deliver(k)
	}
	if len(again) < len(ids) {
		in.stateInfo(m.id, ids)
	}
}

// again makes sent answers ready to be sent again.
func (s *Session) again(ids []int64, byQuery bool) []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []*call
	for _, id := range ids {
		i := slices.IndexFunc(s.kept, func(k *call) bool {
			return k.state == sent && (!byQuery && k.id == id || byQuery && k.r.MsgID == id)
		})
		if i >= 0 {
			s.kept[i].state = ready
			calls = append(calls, s.kept[i])
		}
	}
	return calls
}
