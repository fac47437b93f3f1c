package mtserve

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tgerr"
)

// gate is a Handler that tells when a query runs and answers when told to.
type gate struct {
	entered chan *Request
	release chan struct{}
	ended   chan error // causes of contexts that ended first
}

func newGate() *gate {
	return &gate{make(chan *Request, 100), make(chan struct{}), make(chan error, 100)}
}

func (g *gate) Handle(ctx context.Context, r *Request) (bin.Encoder, error) {
	g.entered <- r
	select {
	case <-g.release:
	case <-ctx.Done():
		g.ended <- context.Cause(ctx)
		return nil, ctx.Err()
	}
	return echo(ctx, r)
}

// An answer, raw: with its msg_id and seqno.
func (c *client) rawAnswer(query int64) got {
	c.t.Helper()
	m := c.read()
	var r proto.Result
	if err := r.Decode(&bin.Buffer{Buf: m.body}); err != nil || r.RequestMessageID != query {
		c.t.Fatalf("answer to %x (%v), want %x", r.RequestMessageID, err, query)
	}
	return m
}

func TestRepeatedQuery(t *testing.T) {
	handled := make(chan struct{}, 10)
	s := serve(t, Config{Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		handled <- struct{}{}
		return echo(ctx, r)
	})})
	c := s.connect(t)

	// A small answer is sent again as it was.
	small := query{[]byte("small")}
	id, seq := c.next(true)
	c.put(id, seq, small)
	first := c.rawAnswer(id)
	c.put(id, seq, small)
	if again := c.rawAnswer(id); again.id != first.id || again.seq != first.seq || !bytes.Equal(again.body, first.body) {
		t.Errorf("the answer was %x %d, then %x %d", first.id, first.seq, again.id, again.seq)
	}

	// Of a large one the client is told, and asks for it.
	large := query{randomBytes(maxResent)}
	largeID, largeSeq := c.next(true)
	c.put(largeID, largeSeq, large)
	first = c.rawAnswer(largeID)
	c.put(largeID, largeSeq, large)
	info := expect[mt.MsgDetailedInfo](c)
	if info.MsgID != largeID || info.AnswerMsgID != first.id || info.Bytes != len(first.body) {
		t.Errorf("got %+v", info)
	}
	c.tell(&mt.MsgResendReq{MsgIDs: []int64{first.id}})
	if again := c.rawAnswer(largeID); again.id != first.id || !bytes.Equal(again.body, first.body) {
		t.Error("the answer that was sent again differs")
	}
	var byQuery bin.Buffer
	byQuery.PutID(msgResendAnsReq)
	byQuery.PutVectorHeader(1)
	byQuery.PutLong(largeID)
	c.tell(raw(byQuery.Buf))
	if again := c.rawAnswer(largeID); again.id != first.id {
		t.Error("the answer that was sent again differs")
	}

	// An answer that the client has is not sent again: the query is only
	// acknowledged.
	c.tell(&mt.MsgsAck{MsgIDs: []int64{first.id}})
	c.put(largeID, largeSeq, large)
	for {
		var ack mt.MsgsAck
		if ack.Decode(&bin.Buffer{Buf: c.readAny().body}) == nil && ack.MsgIDs[0] == largeID {
			break
		}
	}
	c.works()
	if n := len(handled); n != 3 {
		t.Errorf("%d queries were handled, want 3", n)
	}
}

// Answers too large for a container that wait together all arrive, and small
// ones with them.
func TestLargeAnswersTogether(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Observer: w, GzipThreshold: -1})
	c := s.connect(t)
	c.works()
	conn := await(t, w.ready)
	await(t, w.answers)
	conn.Stall()
	want := map[int64]query{}
	for i := range 8 {
		q := query{randomBytes(10 + i%3*(maxItem+1000))}
		want[c.ask(q)] = q
	}
	session := c.sessionOf(s)
	eventually(t, func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		waiting := 0
		for _, m := range session.known.messages {
			if m.call != nil && m.call.state == ready {
				waiting++
			}
		}
		return waiting >= 5 // One large one, or all three small ones, may be being written.
	})
	conn.Resume()
	for range 8 {
		r := expect[proto.Result](c)
		if q, ok := want[r.RequestMessageID]; !ok || !bytes.Equal(r.Result, encode(t, q)) {
			t.Errorf("answer to %x of %d bytes", r.RequestMessageID, len(r.Result))
		}
		delete(want, r.RequestMessageID)
	}
}

func TestRepeatedWhileRunning(t *testing.T) {
	g := newGate()
	s := serve(t, Config{Handler: g})
	c := s.connect(t)
	id, seq := c.next(true)
	c.put(id, seq, query{})
	await(t, g.entered)
	c.put(id, seq, query{})
	c.tell(&mt.PingRequest{PingID: 1})
	expect[mt.Pong](c)
	if len(g.entered) > 0 {
		t.Error("the query was handled twice")
	}
	close(g.release)
	c.answered(id, query{})
}

func TestDropAnswer(t *testing.T) {
	g := newGate()
	s := serve(t, Config{Handler: g})
	c := s.connect(t)
	drop := func(query int64) mt.RPCDropAnswerClass {
		t.Helper()
		id := c.ask(&mt.RPCDropAnswerRequest{ReqMsgID: query})
		d, err := mt.DecodeRPCDropAnswer(&bin.Buffer{Buf: c.answer(id)})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if _, ok := drop(4).(*mt.RPCAnswerUnknown); !ok {
		t.Error("a query that never was is known")
	}

	running := c.ask(query{})
	await(t, g.entered)
	if _, ok := drop(running).(*mt.RPCAnswerDroppedRunning); !ok {
		t.Error("a running query is not")
	}
	if err := await(t, g.ended); !errors.Is(err, ErrDropped) {
		t.Errorf("the query's context ended because of %v", err)
	}
	if _, ok := drop(running).(*mt.RPCAnswerUnknown); !ok {
		t.Error("a dropped query is known")
	}

	close(g.release)
	id := c.ask(query{})
	m := c.rawAnswer(id)
	if d, ok := drop(id).(*mt.RPCAnswerDropped); !ok || d.MsgID != m.id || d.SeqNo != int(m.seq) || d.Bytes != len(m.body) {
		t.Errorf("got %+v", d)
	}

	id = c.ask(query{})
	c.tell(&mt.MsgsAck{MsgIDs: []int64{c.rawAnswer(id).id}})
	if _, ok := drop(id).(*mt.RPCAnswerUnknown); !ok {
		t.Error("an acknowledged answer is known")
	}
}

// An answer that waits behind others is dropped before it is written.
func TestDropQueuedAnswer(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Observer: w, Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		e, err := echo(ctx, r)
		return incompressible{e.(query)}, err
	})})
	c := s.connect(t)
	c.works()
	conn := await(t, w.ready)
	conn.Stall()
	first, second := c.ask(query{[]byte("first")}), c.ask(query{[]byte("second")})
	drop := c.ask(&mt.RPCDropAnswerRequest{ReqMsgID: second})
	// Wait until the server has all of it.
	session := c.sessionOf(s)
	eventually(t, func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		known, ok := session.known.get(drop)
		return ok && known.id == drop
	})
	conn.Resume()
	var answers []int64
	for range 2 {
		r := expect[proto.Result](c)
		answers = append(answers, r.RequestMessageID)
	}
	if answers[0] == second || answers[1] == second || answers[0] == answers[1] {
		t.Errorf("answers to %x, want %x and %x", answers, first, drop)
	}
	c.works()
}

func (c *client) sessionOf(s *testServer) *Session {
	c.t.Helper()
	k, ok := s.Keys().Get(c.key.ID)
	if !ok {
		c.t.Fatal("no key")
	}
	return k.session(c.session)
}

// eventually waits for what has no event to wait on.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
		<-time.After(time.Millisecond)
	}
}

func TestSessionResumes(t *testing.T) {
	g := newGate()
	w := newWatcher()
	s := serve(t, Config{Handler: g, Observer: w})
	c := s.connect(t)

	// One small and one large answer that were sent and not acknowledged,
	// and one that is not there yet.
	small, large, late := query{[]byte("small")}, query{randomBytes(2 * maxResent)}, query{[]byte("late")}
	smallID := c.ask(small)
	await(t, g.entered)
	g.release <- struct{}{}
	smallAnswer := c.rawAnswer(smallID)
	largeID := c.ask(large)
	await(t, g.entered)
	g.release <- struct{}{}
	largeAnswer := c.rawAnswer(largeID)
	lateID := c.ask(late)
	await(t, g.entered)
	_ = c.nc.Close()
	await(t, w.closed)

	n := s.again(t, c)
	n.ids, n.content = c.ids, c.content
	n.tell(&mt.PingRequest{PingID: 1})
	close(g.release)
	var pong, again, told, answered bool
	for range 4 {
		m := n.read()
		b := func() *bin.Buffer { return &bin.Buffer{Buf: m.body} }
		var (
			r    proto.Result
			info mt.MsgDetailedInfo
			p    mt.Pong
		)
		switch {
		case p.Decode(b()) == nil:
			pong = true
		case info.Decode(b()) == nil:
			told = info.MsgID == largeID && info.AnswerMsgID == largeAnswer.id
		case r.Decode(b()) == nil && r.RequestMessageID == smallID:
			again = m.id == smallAnswer.id && m.seq == smallAnswer.seq
		case r.Decode(b()) == nil && r.RequestMessageID == lateID:
			answered = bytes.Equal(r.Result, encode(t, late))
		}
	}
	if !pong || !again || !told || !answered {
		t.Errorf("pong %v, small answer again %v, large one told of %v, late one %v", pong, again, told, answered)
	}
	n.tell(&mt.MsgResendReq{MsgIDs: []int64{largeAnswer.id}})
	if m := n.rawAnswer(largeID); m.id != largeAnswer.id {
		t.Error("the large answer has another msg_id")
	}
}

func TestMessageStates(t *testing.T) {
	g := newGate()
	s := serve(t, Config{Handler: g})
	c := s.connect(t)
	ping := c.tell(&mt.PingRequest{PingID: 1})
	expect[mt.Pong](c)
	skipped, _ := c.next(false)
	answered := c.ask(query{})
	await(t, g.entered)
	g.release <- struct{}{}
	c.answered(answered, query{})
	runs := c.ask(query{})
	await(t, g.entered)
	future := idAt(time.Now().Add(20 * time.Second))

	req := c.tell(&mt.MsgsStateReq{MsgIDs: []int64{ping, skipped, answered, runs, future}})
	info := expect[mt.MsgsStateInfo](c)
	want := []byte{
		stateReceived | stateNeedsNoAck,
		stateNotReceived,
		stateReceived | stateAcknowledged | stateRunning | stateAnswered,
		stateReceived | stateRunning,
		stateNotYet,
	}
	if info.ReqMsgID != req || !bytes.Equal(info.Info, want) {
		t.Errorf("got %v, want %v", info.Info, want)
	}
	// What cannot be sent again is told as a state.
	c.tell(&mt.MsgResendReq{MsgIDs: []int64{1}})
	if info := expect[mt.MsgsStateInfo](c); len(info.Info) != 1 {
		t.Errorf("got %+v", info)
	}
	// These need no answer.
	c.tell(&mt.MsgsAllInfo{MsgIDs: []int64{1}, Info: []byte{4}})
	c.tell(&mt.HTTPWaitRequest{})
	close(g.release)
	c.answered(runs, query{})
}

func TestDestroySession(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	c.works()
	other := s.again(t, c)
	other.session, other.content = randomID(t), 0
	other.works()

	destroy := func(id int64) bin.Decoder {
		c.tell(&mt.DestroySessionRequest{SessionID: id})
		res, err := mt.DecodeDestroySessionRes(&bin.Buffer{Buf: c.read().body})
		if err != nil {
			t.Fatal(err)
		}
		if res.GetSessionID() != id {
			t.Errorf("session %d, want %d", res.GetSessionID(), id)
		}
		return res
	}
	if _, ok := destroy(other.session).(*mt.DestroySessionOk); !ok {
		t.Error("the other session is not known")
	}
	for name, id := range map[string]int64{"destroyed": other.session, "own": c.session} {
		if _, ok := destroy(id).(*mt.DestroySessionNone); !ok {
			t.Errorf("the %s session was destroyed", name)
		}
	}
	// It begins anew.
	other.content = 0
	other.works()
}

func TestDestroyKey(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	c.works()
	c.ask(bare(destroyAuthKey))
	if id, _ := (&bin.Buffer{Buf: c.read().body}).ID(); id != destroyAuthKeyOK {
		t.Errorf("got %x", id)
	}
	eventually(t, func() bool { _, ok := s.Keys().Get(c.key.ID); return !ok })
	c.ask(query{})
	c.refused(-404)
}

func TestBindTemporaryKey(t *testing.T) {
	type bind struct {
		perm, nonce int64
		expires     int
		message     []byte
	}
	requests := make(chan bind, 1)
	results := make(chan error, 1)
	var keys *KeyTable
	s := serve(t, Config{Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		b := <-requests
		results <- keys.BindTemp(r, b.perm, b.nonce, b.expires, b.message)
		return echo(ctx, r)
	})})
	keys = s.Keys()
	perm := s.connect(t)

	c := s.dial(t, "intermediate", testDC)
	h := newHandshake(c)
	h.temporary = 3600
	h.run(&rsaKey().PublicKey)

	expires := int(time.Now().Add(time.Hour).Unix())
	try := func(c *client, key crypto.AuthKey, change func(*crypto.BindAuthKeyInner, *bind)) error {
		t.Helper()
		inner := crypto.BindAuthKeyInner{
			Nonce: 77, TempAuthKeyID: c.key.IntID(), PermAuthKeyID: perm.key.IntID(),
			TempSessionID: c.session, ExpiresAt: expires,
		}
		b := bind{perm: perm.key.IntID(), nonce: 77, expires: expires}
		change(&inner, &b)
		id, seq := c.next(true)
		message, err := crypto.EncryptBindMessage(rand.Reader, key, id, &inner)
		if err != nil {
			t.Fatal(err)
		}
		b.message = message
		requests <- b
		c.put(id, seq, query{})
		c.answered(id, query{})
		return await(t, results)
	}
	none := func(*crypto.BindAuthKeyInner, *bind) {}
	for name, err := range map[string]error{
		"nonce":   try(c, perm.key, func(_ *crypto.BindAuthKeyInner, b *bind) { b.nonce++ }),
		"session": try(c, perm.key, func(i *crypto.BindAuthKeyInner, _ *bind) { i.TempSessionID++ }),
		"temp":    try(c, perm.key, func(i *crypto.BindAuthKeyInner, _ *bind) { i.TempAuthKeyID++ }),
		"perm":    try(c, perm.key, func(_ *crypto.BindAuthKeyInner, b *bind) { b.perm++ }),
		"expiry":  try(c, perm.key, func(_ *crypto.BindAuthKeyInner, b *bind) { b.expires++ }),
		"key":     try(c, c.key, none),
	} {
		if !tgerr.Is(err, "ENCRYPTED_MESSAGE_INVALID") {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	if err := try(perm, perm.key, none); !tgerr.Is(err, "TEMP_AUTH_KEY_EMPTY") {
		t.Errorf("under a permanent key: %v", err)
	}
	temp, _ := keys.Get(c.key.ID)
	if temp.Bound() {
		t.Fatal("bound by a refused request")
	}
	if err := try(c, perm.key, none); err != nil {
		t.Fatal(err)
	}
	if owner := temp.Owner(); !temp.Bound() || owner.ID != perm.key.ID {
		t.Errorf("owner is %x", owner.ID)
	}
}

func TestTemporaryKeyExpires(t *testing.T) {
	var offset atomic.Int64
	s := serve(t, Config{Clock: func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }})
	c := s.dial(t, "intermediate", testDC)
	h := newHandshake(c)
	h.temporary = 60
	h.run(&rsaKey().PublicKey)
	c.works()
	offset.Store(int64(61 * time.Second))
	c.ask(query{})
	c.refused(-404)
}
