package wire

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

func TestBadServerSalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []Salt
		conn, p := newPeer(t, Options{
			Salts:   []Salt{{Value: 1}},
			OnSalts: func(s []Salt) { told = append(told, s...) },
		})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		query := p.query()
		if query.salt != 1 {
			t.Errorf("salt %d, want the stored 1", query.salt)
		}
		p.send(&mt.BadServerSalt{BadMsgID: query.msgID, ErrorCode: 48, NewServerSalt: 2})
		again := p.query()
		if again.salt != 2 || again.msgID <= query.msgID || again.id != query.id {
			t.Errorf("sent again: %+v", again)
		}
		p.answer(again, number(5))
		call.want(t, 5)
		if !slices.Equal(told, []Salt{{Value: 2}}) {
			t.Errorf("OnSalts was told %v", told)
		}
	})
}

func TestRefusalsAreBounded(t *testing.T) {
	for _, code := range []int{16, 20, 48, 64} {
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			p.listen()
			call := startCall(t.Context(), conn, 1)
			for range maxResends + 1 {
				query := p.query()
				if code == 48 {
					p.send(&mt.BadServerSalt{BadMsgID: query.msgID, ErrorCode: code, NewServerSalt: 2})
				} else {
					p.refuse(query, code)
				}
			}
			_, err := call.wait()
			wantBadMessage(t, err, code)
			next := startCall(t.Context(), conn, 2)
			p.answer(p.query(), number(3))
			next.want(t, 3)
		})
	}
}

func wantBadMessage(t *testing.T, err error, code int) {
	t.Helper()
	if bad, ok := errors.AsType[*BadMessageError](err); !ok || bad.Code != code {
		t.Errorf("got %v, want bad message %d", err, code)
	}
}

func TestRefusalsThatCannotBeMended(t *testing.T) {
	for _, code := range []int{18, 19, 34, 35, 99} {
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			p.listen()
			call := startCall(t.Context(), conn, 1)
			p.refuse(p.query(), code)
			_, err := call.wait()
			wantBadMessage(t, err, code)
		})
	}
}

func TestClockBehindIsCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told time.Duration
		conn, p := newPeer(t, Options{OnTimeOffset: func(d time.Duration) { told = d }})
		p.listen()
		p.skew = time.Hour
		call := startCall(t.Context(), conn, 1)
		query := p.query()
		p.refuse(query, 16)
		again := p.query()
		if d := time.Until(msgTime(again.msgID)); (d - time.Hour).Abs() > time.Second {
			t.Errorf("msg_id is %v ahead of local time, want an hour", d)
		}
		if again.session != query.session || again.seqNo <= query.seqNo {
			t.Errorf("session %#x seqno %d after %#x %d", again.session, again.seqNo, query.session, query.seqNo)
		}
		p.answer(again, number(1))
		call.want(t, 1)
		if (told - time.Hour).Abs() > time.Second {
			t.Errorf("OnTimeOffset was told %v", told)
		}
	})
}

func TestClockAheadNeedsANewSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{TimeOffset: time.Hour, Init: initAs(1)})
		p.listen()
		first, second := startCall(t.Context(), conn, 1), startCall(t.Context(), conn, 2)
		queries := []received{p.query(), p.query()}
		p.refuse(queries[0], 17)
		for range queries {
			again := p.query()
			if again.session == queries[0].session {
				t.Error("the session is still the same")
			}
			if again.msgID >= queries[0].msgID {
				t.Errorf("msg_id %#x is not below %#x", again.msgID, queries[0].msgID)
			}
			if again.id != tg.InvokeWithLayerRequestTypeID {
				t.Error("a new session was not initialised")
			}
			p.session = again.session
			p.answer(again, number(9))
		}
		first.want(t, 9)
		second.want(t, 9)
	})
}

func TestSeqNoRefusalStartsANewSessionBounded(t *testing.T) {
	for _, code := range []int{32, 33} {
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			p.listen()
			call := startCall(t.Context(), conn, 1)
			for range maxSessions + 1 {
				query := p.query()
				if query.seqNo != 1 {
					t.Errorf("seqno %d at the start of a session", query.seqNo)
				}
				p.session = query.session
				p.refuse(query, code)
			}
			_, err := call.wait()
			wantBadMessage(t, err, code)
			wantClosed(t, err, true, ErrProtocol)
		})
	}
}

func TestNewSessionCreatedSendsLostQueriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{Salts: []Salt{{Value: 1}}})
		p.listen()
		lost := startCall(t.Context(), conn, 1)
		lostQuery := p.query()
		time.Sleep(time.Second)
		kept := startCall(t.Context(), conn, 2)
		keptQuery := p.query()
		created := &mt.NewSessionCreated{FirstMsgID: keptQuery.msgID, UniqueID: 5, ServerSalt: 3}
		p.send(created)
		again := p.query()
		if again.id != lostQuery.id || again.msgID <= keptQuery.msgID || again.salt != 3 {
			t.Errorf("sent again: %+v", again)
		}
		p.send(created) // The notice of the same session changes nothing.
		p.answer(keptQuery, number(20))
		kept.want(t, 20)
		p.answer(lostQuery, number(10)) // The server had it after all.
		lost.want(t, 10)
	})
}

func TestDetailedInfoFetchesOrAcknowledges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		query := p.query()
		answerID := p.nextID()
		info := &mt.MsgDetailedInfo{MsgID: query.msgID, AnswerMsgID: answerID, Bytes: 4}
		for range maxFetches {
			p.send(info)
			var req mt.MsgResendReq
			m := p.service(mt.MsgResendReqTypeID)
			if err := req.Decode(&bin.Buffer{Buf: m.body}); err != nil || !slices.Equal(req.MsgIDs, []int64{answerID}) {
				t.Fatalf("asked for %x, %v; want %x", req.MsgIDs, err, answerID)
			}
		}
		p.send(info) // Once too often.
		if ids := decodeAck(t, p.service(mt.MsgsAckTypeID)); !slices.Contains(ids, answerID) {
			t.Errorf("acknowledged %x, want %x", ids, answerID)
		}
		p.sendAs(answerID, 1, result(query.msgID, number(4)))
		call.want(t, 4)

		unasked := p.nextID()
		p.send(&mt.MsgNewDetailedInfo{AnswerMsgID: unasked})
		for !slices.Contains(decodeAck(t, p.service(mt.MsgsAckTypeID)), unasked) {
		}
	})
}

func TestStateOfMessagesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := newPeer(t, Options{})
		p.listen()
		known := p.send(&mt.MsgNewDetailedInfo{})
		asked := p.send(&mt.MsgsStateReq{MsgIDs: []int64{known, known + 400, 1}})
		var info mt.MsgsStateInfo
		m := p.service(mt.MsgsStateInfoTypeID)
		if err := info.Decode(&bin.Buffer{Buf: m.body}); err != nil || info.ReqMsgID != asked ||
			!slices.Equal(info.Info, []byte{stateReceived, stateNotReceived, stateNotReceived}) {
			t.Errorf("%+v, error %v", info, err)
		}
		p.send(&mt.MsgsStateReq{MsgIDs: make([]int64, maxStates+1)})
		m = p.service(mt.MsgsStateInfoTypeID)
		if err := info.Decode(&bin.Buffer{Buf: m.body}); err != nil || len(info.Info) != maxStates {
			t.Errorf("%d states, error %v", len(info.Info), err)
		}
	})
}

func TestInitWrapsUntilTheFirstProperAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{Init: initAs(1), NoUpdates: true})
		p.listen()
		wantWrapped := func(query received, wrapped bool) {
			t.Helper()
			if (query.id == tg.InvokeWithLayerRequestTypeID) != wrapped {
				t.Errorf("query %#x, wrapped should be %t", query.id, wrapped)
			}
			var without bin.Buffer
			without.PutID(tg.InvokeWithoutUpdatesRequestTypeID)
			if !bytes.Contains(query.body, without.Buf) {
				t.Error("not wrapped in invokeWithoutUpdates")
			}
		}
		first := startCall(t.Context(), conn, 1)
		one := p.query()
		second := startCall(t.Context(), conn, 2)
		two := p.query()
		wantWrapped(one, true)
		wantWrapped(two, true)
		p.answer(one, &mt.RPCError{ErrorCode: 401, ErrorMessage: "AUTH_KEY_UNREGISTERED"})
		if _, err := first.wait(); !tgerr.Is(err, "AUTH_KEY_UNREGISTERED") {
			t.Errorf("got %v", err)
		}
		third := startCall(t.Context(), conn, 3) // An error is not a proper answer.
		three := p.query()
		wantWrapped(three, true)
		p.answer(two, number(2))
		second.want(t, 2)
		p.answer(three, number(3))
		third.want(t, 3)

		fourth := startCall(t.Context(), conn, 4)
		four := p.query()
		wantWrapped(four, false)
		notInited := &mt.RPCError{ErrorCode: 400, ErrorMessage: "CONNECTION_NOT_INITED"}
		p.answer(four, notInited)
		again := p.query()
		wantWrapped(again, true)
		p.answer(again, notInited) // Once is enough.
		if _, err := fourth.wait(); !tgerr.Is(err, "CONNECTION_NOT_INITED") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAcknowledgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := newPeer(t, Options{AckDelay: 2 * time.Second})
		p.listen()
		start := time.Now()
		id := p.content(number(1)) // An update, of no interest.
		if ids := decodeAck(t, p.next()); !slices.Equal(ids, []int64{id}) {
			t.Errorf("acknowledged %x, want %x", ids, id)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("acknowledged alone after %v, want AckDelay", d)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{AckDelay: time.Minute})
		p.listen()
		start := time.Now()
		p.content(number(1))
		synctest.Wait()
		call := startCall(t.Context(), conn, 1)
		var kinds []uint32
		for range 2 {
			kinds = append(kinds, p.next().id)
		}
		if !slices.Contains(kinds, mt.MsgsAckTypeID) || time.Since(start) != 0 {
			t.Errorf("sent %x after %v, want the acknowledgement with the query", kinds, time.Since(start))
		}
		_ = conn.Close()
		if _, err := call.wait(); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, p := newPeer(t, Options{AckDelay: time.Minute})
		p.listen()
		start := time.Now()
		for range ackBatch {
			p.content(number(1))
		}
		if ids := decodeAck(t, p.next()); len(ids) != ackBatch || time.Since(start) != 0 {
			t.Errorf("acknowledged %d after %v, want %d at once", len(ids), time.Since(start), ackBatch)
		}
	})
}

func TestFutureSaltsAreAskedAndUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		conn, p := newPeer(t, Options{
			Salts:   []Salt{{Value: 1}},
			OnSalts: func(s []Salt) { told += len(s) },
		})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		p.answer(p.next(), number(1))
		call.want(t, 1)
		ask := p.service(mt.GetFutureSaltsRequestTypeID)
		now := time.Now()
		at := func(d time.Duration) int { return int(now.Add(d).Unix()) }
		p.send(&mt.FutureSalts{ReqMsgID: ask.msgID, Now: at(0), Salts: []mt.FutureSalt{
			{ValidSince: at(-time.Minute), ValidUntil: at(time.Hour), Salt: 10},
			{ValidSince: at(30 * time.Minute), ValidUntil: at(3 * time.Hour), Salt: 11},
		}})
		synctest.Wait()
		if told != 2 {
			t.Errorf("OnSalts was told %d salts, want 2", told)
		}
		wantSalt := func(want int64) {
			t.Helper()
			call := startCall(t.Context(), conn, 1)
			query := p.query()
			if query.salt != want {
				t.Errorf("salt %d after %v, want %d", query.salt, time.Since(now), want)
			}
			p.answer(query, number(1))
			call.want(t, 1)
		}
		wantSalt(10)
		go func() { // Keeps the connection alive meanwhile.
			for m := range p.in {
				if m.id == mt.PingDelayDisconnectRequestTypeID {
					p.pong(m)
				}
			}
		}()
		time.Sleep(40 * time.Minute)
		if err := conn.Err(); err != nil {
			t.Fatal(err)
		}
		conn.mu.Lock()
		picked := conn.session.salts.pick(time.Now().Add(conn.session.offset))
		conn.mu.Unlock()
		if picked != 11 {
			t.Errorf("salt %d after 40 minutes, want 11", picked)
		}
	})
}

func (p *peer) pong(m received) {
	p.t.Helper()
	var req mt.PingDelayDisconnectRequest
	if err := req.Decode(&bin.Buffer{Buf: m.body}); err != nil {
		p.t.Error(err)
	}
	p.send(&mt.Pong{MsgID: m.msgID, PingID: req.PingID})
}
