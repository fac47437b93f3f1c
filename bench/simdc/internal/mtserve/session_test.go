package mtserve

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tgerr"
)

// idAt returns a client's msg_id of this time.
func idAt(at time.Time) int64 { return int64(proto.NewMessageID(at, proto.MessageFromClient)) }

func TestNewSession(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	created := func(want int64) int64 {
		t.Helper()
		for {
			m := c.readAny()
			var n mt.NewSessionCreated
			if n.Decode(&bin.Buffer{Buf: m.body}) != nil {
				continue
			}
			if n.FirstMsgID != want || n.ServerSalt != c.salt {
				t.Errorf("got %+v, want first_msg_id %x, salt %d", n, want, c.salt)
			}
			return n.UniqueID
		}
	}
	q := query{[]byte("first")}
	id := c.ask(q)
	first := created(id)
	c.answered(id, q)
	c.works()

	// Of a container it is the lowest msg_id inside.
	c.session, c.content = randomID(t), 0
	inner, seq := c.next(true)
	second, seq2 := c.next(true)
	outer, outerSeq := c.next(false)
	c.put(outer, outerSeq, container(t, item{inner, seq, q}, item{second, seq2, q}))
	if created(inner) == first {
		t.Error("the same unique_id for another session")
	}
	for range 2 {
		c.read()
	}

	// A second connection of a session does not make it anew.
	again := s.again(t, c)
	m := again.tell(&mt.PingRequest{PingID: 1})
	var pong mt.Pong
	if err := pong.Decode(&bin.Buffer{Buf: again.readAny().body}); err != nil || pong.MsgID != m {
		t.Errorf("got %+v, %v", pong, err)
	}
}

// item is a message for a container.
type item struct {
	id   int64
	seq  int32
	body bin.Encoder
}

func container(t *testing.T, items ...item) bin.Encoder {
	t.Helper()
	var c proto.MessageContainer
	for _, i := range items {
		body := encode(t, i.body)
		c.Messages = append(c.Messages, proto.Message{ID: i.id, SeqNo: int(i.seq), Bytes: len(body), Body: body})
	}
	return &c
}

func TestMessageIDs(t *testing.T) {
	now := time.Now()
	var q query
	tests := []struct {
		name string
		id   int64
		code int // 0 is accepted
	}{
		{"300 s old, nearly", idAt(now.Add(-299 * time.Second)), 0},
		{"over 300 s old", idAt(now.Add(-301 * time.Second)), 16},
		{"30 s ahead, nearly", idAt(now.Add(29 * time.Second)), 0},
		{"over 30 s ahead", idAt(now.Add(31 * time.Second)), 17},
		{"1 modulo 4", idAt(now) | 1, 18},
		{"2 modulo 4", idAt(now) | 2, 18},
		{"3 modulo 4", idAt(now) | 3, 18},
	}
	s := serve(t, Config{Clock: func() time.Time { return now }})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := s.connect(t)
			c.put(test.id, 1, q)
			if test.code == 0 {
				c.answered(test.id, q)
				return
			}
			m := c.readAny()
			var n mt.BadMsgNotification
			if err := n.Decode(&bin.Buffer{Buf: m.body}); err != nil {
				t.Fatal(err)
			}
			if n.BadMsgID != test.id || n.BadMsgSeqno != 1 || n.ErrorCode != test.code {
				t.Errorf("got %+v", n)
			}
			// The server's time is in the notification's msg_id.
			if got := m.id >> 32; got != now.Unix() {
				t.Errorf("msg_id is of %d, want %d", got, now.Unix())
			}
			c.put(idAt(now), 1, q)
			c.answered(idAt(now), q)
		})
	}
}

func TestSeqnos(t *testing.T) {
	base := time.Now()
	id := func(n int) int64 { return idAt(base.Add(time.Duration(n) * time.Millisecond)) }
	type sent struct {
		id   int
		seq  int32
		ping bool
		code int
	}
	tests := []struct {
		name string
		sent []sent
	}{
		{"in order", []sent{{id: 1, seq: 1}, {id: 2, seq: 3}, {id: 3, seq: 5}}},
		{"overtaken", []sent{{id: 2, seq: 3}, {id: 1, seq: 1}, {id: 5, seq: 9}, {id: 3, seq: 5}, {id: 4, seq: 7}}},
		{"with gaps", []sent{{id: 1, seq: 1}, {id: 2, seq: 301}, {id: 3, seq: 401}}},
		{"pings between", []sent{{id: 1, seq: 1}, {id: 2, seq: 2, ping: true}, {id: 3, seq: 2, ping: true}, {id: 4, seq: 3}}},
		{"content-related ping", []sent{{id: 1, seq: 1}, {id: 2, seq: 3, ping: true}, {id: 3, seq: 5}}},
		{"too low", []sent{{id: 1, seq: 5}, {id: 2, seq: 3, code: 32}, {id: 3, seq: 7}}},
		{"equal and odd", []sent{{id: 1, seq: 1}, {id: 2, seq: 1, code: 32}, {id: 3, seq: 3}}},
		{"too high", []sent{{id: 2, seq: 3}, {id: 1, seq: 5, code: 33}, {id: 3, seq: 5}}},
		{"equal and odd before", []sent{{id: 2, seq: 3}, {id: 1, seq: 3, code: 33}}},
		{"ping too low", []sent{{id: 1, seq: 5}, {id: 2, seq: 4, ping: true, code: 32}}},
		{"even query", []sent{{id: 1, seq: 0, code: 35}, {id: 2, seq: 1}}},
	}
	s := serve(t, Config{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := s.connect(t)
			for _, m := range test.sent {
				var body bin.Encoder = query{}
				if m.ping {
					body = &mt.PingRequest{PingID: 7}
				}
				c.put(id(m.id), m.seq, body)
				switch {
				case m.code != 0:
					c.bad(id(m.id), m.code)
				case m.ping:
					if pong := expect[mt.Pong](c); pong.MsgID != id(m.id) {
						t.Errorf("got %+v", pong)
					}
				default:
					c.answered(id(m.id), query{})
				}
			}
		})
	}
}

// TestContentRelatedAck checks that an odd seqno of msgs_ack is taken, as
// Telegram does, and acknowledged as every such message.
func TestContentRelatedAck(t *testing.T) {
	s := serve(t, Config{AckDelay: time.Millisecond})
	c := s.connect(t)
	c.works()
	id, seq := c.next(true)
	c.put(id, seq, &mt.MsgsAck{MsgIDs: []int64{1}})
	for {
		var ack mt.MsgsAck
		if ack.Decode(&bin.Buffer{Buf: c.readAny().body}) == nil && slices.Contains(ack.MsgIDs, id) {
			break
		}
	}
	c.works()
}

func TestContainersAreEven(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	c.works()
	inner, innerSeq := c.next(true)
	id, seq := c.next(true)
	c.put(id, seq, container(t, item{inner, innerSeq, query{}}))
	c.bad(id, 34)
	c.works()
}

func TestContainers(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	c.works()

	t.Run("mixed", func(t *testing.T) {
		old := idAt(time.Now().Add(-time.Hour)) // allowed inside
		a, aSeq := c.next(true)
		p, pSeq := c.next(false)
		b, bSeq := c.next(true)
		id, seq := c.next(false)
		big := query{bytes.Repeat([]byte("packed"), 1000)}
		c.put(id, seq, container(t,
			item{old, 0, &mt.PingRequest{PingID: 1}},
			item{a, aSeq, query{[]byte("a")}},
			item{p, pSeq, &mt.PingRequest{PingID: 2}},
			item{b, bSeq, &proto.GZIP{Data: encode(t, big)}},
		))
		pongs, answers := map[int64]bool{}, map[int64]bool{}
		for range 4 {
			m := c.read()
			var pong mt.Pong
			var r proto.Result
			if pong.Decode(&bin.Buffer{Buf: m.body}) == nil {
				pongs[pong.MsgID] = true
			} else if r.Decode(&bin.Buffer{Buf: m.body}) == nil {
				answers[r.RequestMessageID] = true
			}
		}
		if !pongs[old] || !pongs[p] || !answers[a] || !answers[b] {
			t.Errorf("pongs %v, answers %v", pongs, answers)
		}
		// The same container again.
		c.put(id, seq, container(t, item{a, aSeq, query{}}))
		c.bad(id, 19)
	})
	t.Run("one bad message", func(t *testing.T) {
		a, aSeq := c.next(true)
		b, bSeq := c.next(true)
		id, seq := c.next(false)
		c.put(id, seq, container(t,
			item{a | 1, aSeq, query{}},
			item{b, bSeq, query{}},
		))
		c.bad(a|1, 18)
		c.answered(b, query{})
	})
	for name, spoil := range map[string]func(id int64, items []item) bin.Encoder{
		"not above its messages": func(id int64, items []item) bin.Encoder {
			items[1].id = id + 4
			return container(t, items...)
		},
		"nested": func(_ int64, items []item) bin.Encoder {
			return container(t, item{items[0].id, 0, container(t, items...)})
		},
		"empty": func(int64, []item) bin.Encoder { return container(t) },
		"truncated": func(_ int64, items []item) bin.Encoder {
			b := encode(t, container(t, items...))
			return raw(b[:len(b)-4])
		},
		"too many": func(id int64, _ []item) bin.Encoder {
			var items []item
			for i := range int64(maxContainer + 1) {
				items = append(items, item{id - 4*(maxContainer+1) + 4*i, 0, &mt.PingRequest{}})
			}
			return container(t, items...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, aSeq := c.next(false)
			b, bSeq := c.next(false)
			id, seq := c.next(false)
			c.put(id, seq, spoil(id, []item{{a, aSeq, &mt.PingRequest{}}, {b, bSeq, &mt.PingRequest{}}}))
			c.bad(id, 64)
		})
	}
	c.works()
}

func TestTooOldToKnow(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	forgotten := c.tell(&mt.PingRequest{PingID: 1})
	expect[mt.Pong](c)
	for range windowSize {
		c.tell(&mt.MsgsAck{})
	}
	c.works()
	c.put(forgotten, 0, &mt.PingRequest{PingID: 1})
	c.bad(forgotten, 20)
	c.works()
}

func TestGzippedQuery(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	q := query{[]byte("packed")}
	c.answered(c.ask(&proto.GZIP{Data: encode(t, q)}), q)
	id := c.ask(raw(append(encode(t, &proto.GZIP{Data: encode(t, q)})[:8], make([]byte, 8)...)))
	c.bad(id, 64)
	id = c.ask(&proto.GZIP{Data: encode(t, &proto.GZIP{Data: encode(t, q)})})
	c.bad(id, 64)
	c.works()
}

// incompressible is a file's content as far as packing goes.
type incompressible struct{ query }

func (incompressible) Incompressible() {}

func TestGzippedAnswer(t *testing.T) {
	large := query{bytes.Repeat([]byte("large "), 1000)}
	var answer bin.Encoder
	s := serve(t, Config{Handler: HandlerFunc(func(context.Context, *Request) (bin.Encoder, error) {
		return answer, nil
	})})
	c := s.connect(t)
	packed := func() bool {
		t.Helper()
		b := &bin.Buffer{Buf: c.answer(c.ask(query{}))}
		var z proto.GZIP
		if z.Decode(b) != nil {
			return false
		}
		if !bytes.Equal(z.Data, encode(t, large)) {
			t.Error("unpacked answer differs")
		}
		return true
	}
	answer = large
	if !packed() {
		t.Error("a large answer is not packed")
	}
	for name, a := range map[string]bin.Encoder{
		"small": query{[]byte("small")}, "random": query{randomBytes(5000)}, "file": incompressible{large},
	} {
		if answer = a; packed() {
			t.Errorf("a %s answer is packed", name)
		}
	}
}

func TestErrors(t *testing.T) {
	var failure error
	s := serve(t, Config{Handler: HandlerFunc(func(context.Context, *Request) (bin.Encoder, error) {
		return nil, failure
	})})
	c := s.connect(t)
	for _, test := range []struct {
		err  error
		code int
		text string
	}{
		{tgerr.New(420, "FLOOD_WAIT_3"), 420, "FLOOD_WAIT_3"},
		{tgerr.New(-503, "Timeout"), -503, "Timeout"},
		{errors.New("the disk is on fire"), 500, "INTERNAL"},
	} {
		failure = test.err
		var e mt.RPCError
		if err := e.Decode(&bin.Buffer{Buf: c.answer(c.ask(query{}))}); err != nil {
			t.Fatal(err)
		}
		if e.ErrorCode != test.code || e.ErrorMessage != test.text {
			t.Errorf("got %+v, want %d %s", e, test.code, test.text)
		}
	}
}

func TestUnknownKey(t *testing.T) {
	s, other := serve(t, Config{DC: testDC}), serve(t, Config{DC: 4})
	c := s.connect(t)
	c.works()

	// A key of another data center is unknown here.
	stranger := other.connect(t)
	stranger.works()
	known := c.key
	c.key = stranger.key
	c.ask(query{})
	c.refused(-404)

	// The connection stays usable.
	c.key, c.content = known, 1
	c.works()

	if !s.Keys().Forget(known.ID) || s.Keys().Forget(known.ID) {
		t.Error("Forget does not tell what it did")
	}
	c.ask(query{})
	c.refused(-404)
	newHandshake(c).run(&rsaKey().PublicKey)
	c.works()
}

func TestUnreadableMessages(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	frame := func() []byte {
		id, seq := c.next(true)
		var b bin.Buffer
		if err := cipherOf(c).Encrypt(c.key, dataOf(c, id, seq, query{}), &b); err != nil {
			t.Fatal(err)
		}
		return b.Buf
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"msg_key":   func(b []byte) []byte { b[8] ^= 1; return b },
		"data":      func(b []byte) []byte { b[40] ^= 1; return b },
		"truncated": func(b []byte) []byte { return b[:24] },
		"unaligned": func(b []byte) []byte { return b[:len(b)-4] },
	} {
		t.Run(name, func(t *testing.T) {
			c.writeFrame(spoil(frame()))
			c.refused(-404)
		})
	}
	session := c.session
	c.session = 0
	c.ask(query{})
	c.refused(-404)
	c.session, c.content = session, 0
	c.works()
}

func TestSalts(t *testing.T) {
	var offset atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	const period = time.Minute
	s := serve(t, Config{Clock: clock, SaltPeriod: period, SaltGrace: period})
	c := s.connect(t)
	c.ids = proto.NewMessageIDGen(clock)
	c.works()

	get := c.tell(&mt.GetFutureSaltsRequest{Num: 3})
	salts := expect[mt.FutureSalts](c)
	if salts.ReqMsgID != get || len(salts.Salts) != 3 || salts.Salts[0].Salt != c.salt {
		t.Fatalf("got %+v", salts)
	}
	for i, salt := range salts.Salts {
		if got := salt.ValidUntil - salt.ValidSince; got != int(2*period.Seconds()) {
			t.Errorf("salt %d is valid for %d s", i, got)
		}
		if i > 0 && salt.ValidSince != salts.Salts[i-1].ValidSince+int(period.Seconds()) {
			t.Errorf("salt %d begins at %d", i, salt.ValidSince)
		}
	}

	wrong := func(salt, want int64) {
		t.Helper()
		good := c.salt
		c.salt = salt
		id, seq := c.next(true)
		c.put(id, seq, query{})
		n := expect[mt.BadServerSalt](c)
		if n.BadMsgID != id || n.BadMsgSeqno != int(seq) || n.ErrorCode != 48 || n.NewServerSalt != want {
			t.Errorf("got %+v, want salt %d for %x", n, want, id)
		}
		// The same message with the right salt is taken.
		c.salt = good
		c.put(id, seq, query{})
		c.answered(id, query{})
	}
	wrong(c.salt+1, c.salt)
	wrong(salts.Salts[1].Salt, c.salt) // not valid yet

	offset.Store(int64(period + period/2))
	c.works() // in its grace
	c.salt = salts.Salts[1].Salt
	c.works()
	offset.Store(int64(2*period + period/2))
	wrong(salts.Salts[0].Salt, salts.Salts[2].Salt)

	c.tell(&mt.GetFutureSaltsRequest{Num: 1000})
	if n := len(expect[mt.FutureSalts](c).Salts); n != maxFutureSalts {
		t.Errorf("%d salts", n)
	}
}

func TestPings(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Observer: w})
	c := s.connect(t)
	id := c.tell(&mt.PingRequest{PingID: 42})
	if pong := expect[mt.Pong](c); pong.MsgID != id || pong.PingID != 42 {
		t.Errorf("got %+v", pong)
	}
	start := time.Now()
	for _, delay := range []int{0, 600, 1} {
		if delay == 0 {
			continue
		}
		id = c.tell(&mt.PingDelayDisconnectRequest{PingID: 43, DisconnectDelay: delay})
		if pong := expect[mt.Pong](c); pong.MsgID != id || pong.PingID != 43 {
			t.Errorf("got %+v", pong)
		}
	}
	if err := await(t, w.closed); !errors.Is(err, errIdle) {
		t.Errorf("closed because %v", err)
	}
	if d := time.Since(start); d < 900*time.Millisecond {
		t.Errorf("closed after %v", d)
	}
}

// Slow queries are acknowledged, fast ones by their answers.
func TestAcks(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, Config{AckDelay: time.Millisecond, Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return echo(ctx, r)
	})})
	c := s.connect(t)
	id := c.ask(query{})
	for {
		var ack mt.MsgsAck
		if ack.Decode(&bin.Buffer{Buf: c.readAny().body}) != nil {
			continue
		}
		if len(ack.MsgIDs) != 1 || ack.MsgIDs[0] != id {
			t.Errorf("got %+v", ack)
		}
		break
	}
	close(release)
	c.answered(id, query{})
}

func TestAnswersOutOfOrder(t *testing.T) {
	gates := map[byte]chan struct{}{'a': make(chan struct{}), 'b': make(chan struct{}), 'c': make(chan struct{})}
	s := serve(t, Config{Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		e, err := echo(ctx, r)
		select {
		case <-gates[e.(query).payload[0]]:
		case <-ctx.Done():
		}
		return e, err
	})})
	c := s.connect(t)
	ids := map[byte]int64{}
	for _, name := range []byte("abc") {
		ids[name] = c.ask(query{[]byte{name}})
	}
	for _, name := range []byte("cab") {
		close(gates[name])
		c.answered(ids[name], query{[]byte{name}})
	}
}

func TestBoundedConcurrency(t *testing.T) {
	const limit = 3
	var now, most atomic.Int64
	s := serve(t, Config{MaxRunning: limit, Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		return echo(ctx, r)
	})})
	c := s.connect(t)
	for range 50 {
		c.ask(query{randomBytes(10)})
	}
	for range 50 {
		expect[proto.Result](c)
	}
	if m := most.Load(); m > limit {
		t.Errorf("%d queries ran at once", m)
	}
}

func TestPush(t *testing.T) {
	var session atomic.Pointer[Session]
	s := serve(t, Config{Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		session.Store(r.Session)
		return echo(ctx, r)
	})})
	c := s.connect(t)
	c.works()
	update := query{[]byte("update")}
	if !session.Load().Push(update) {
		t.Error("nowhere to push to")
	}
	m := c.read()
	if m.id&3 != 3 || m.seq%2 == 0 || !bytes.Equal(m.body, encode(t, update)) {
		t.Errorf("got %+v", m)
	}
}

// Many queries at once over several connections of one session, as a real
// client would send them.
func TestConcurrentSenders(t *testing.T) {
	s := serve(t, Config{})
	main := s.connect(t)
	conns := []*client{main, s.again(t, main), s.again(t, main)}
	var mu sync.Mutex // over main's counters
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() {
			want := map[int64]bool{}
			for range 100 {
				mu.Lock()
				id, seq := main.next(true)
				mu.Unlock()
				want[id] = true
				c.put(id, seq, query{randomBytes(10)})
			}
			for range 100 {
				r := expect[proto.Result](c)
				if !want[r.RequestMessageID] {
					t.Errorf("answer to %x", r.RequestMessageID)
				}
				delete(want, r.RequestMessageID)
			}
		})
	}
	wg.Wait()
}
