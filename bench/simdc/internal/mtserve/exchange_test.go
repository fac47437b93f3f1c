package mtserve

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	gotdexchange "github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
)

// handshake is a client's exchange in steps, each of which a test can spoil.
type handshake struct {
	c         *client
	temporary int // seconds; 0 makes a permanent key

	nonce    bin.Int128
	newNonce bin.Int256
	res      mt.ResPQ
	p, q     *big.Int
	inner    mt.PQInnerDataClass
	encrypt  func(data []byte, key *rsa.PublicKey) ([]byte, error)
	params   mt.ReqDHParamsRequest
	dh       mt.ServerDHInnerData
	b        *big.Int
	gb       []byte
}

func newHandshake(c *client) *handshake {
	h := &handshake{c: c}
	_, _ = rand.Read(h.nonce[:])
	_, _ = rand.Read(h.newNonce[:])
	h.encrypt = func(data []byte, key *rsa.PublicKey) ([]byte, error) {
		return crypto.RSAPad(data, key, rand.Reader)
	}
	return h
}

func (c *client) writePlain(e bin.Encoder) {
	c.t.Helper()
	c.writePlainAs(c.ids.New(proto.MessageFromClient), encode(c.t, e))
}

func (c *client) writePlainAs(id int64, body []byte) {
	c.t.Helper()
	c.writeFrame(encode(c.t, proto.UnencryptedMessage{MessageID: id, MessageData: body}))
}

func (c *client) readPlain(d bin.Decoder) error {
	c.t.Helper()
	frame, err := c.readFrame()
	if err != nil {
		return err
	}
	var m proto.UnencryptedMessage
	if err := m.Decode(&bin.Buffer{Buf: frame}); err != nil {
		return err
	}
	if m.MessageID&3 != 1 {
		c.t.Errorf("unencrypted msg_id %x", m.MessageID)
	}
	return d.Decode(&bin.Buffer{Buf: m.MessageData})
}

func (h *handshake) mustReadPlain(d bin.Decoder) {
	h.c.t.Helper()
	if err := h.c.readPlain(d); err != nil {
		h.c.t.Fatal(err)
	}
}

// reqPQ sends the first message and prepares the second.
func (h *handshake) reqPQ(request bin.Encoder) {
	h.c.t.Helper()
	h.c.writePlain(request)
	h.mustReadPlain(&h.res)
	if h.res.Nonce != h.nonce {
		h.c.t.Error("resPQ has another nonce")
	}
	pq := new(big.Int).SetBytes(h.res.Pq)
	if pq.BitLen() > 63 {
		h.c.t.Errorf("pq %v is too large", pq)
	}
	for _, prime := range primes {
		p, q := big.NewInt(prime), new(big.Int)
		if q.Mod(pq, p).Sign() == 0 {
			h.p, h.q = p, q.Div(pq, p)
			break
		}
	}
	if h.p.Cmp(h.q) > 0 {
		h.p, h.q = h.q, h.p
	}
	h.inner = &mt.PQInnerDataDC{
		Pq: h.res.Pq, P: h.p.Bytes(), Q: h.q.Bytes(),
		Nonce: h.nonce, ServerNonce: h.res.ServerNonce, NewNonce: h.newNonce, DC: testDC,
	}
	if h.temporary != 0 {
		h.inner = &mt.PQInnerDataTempDC{
			Pq: h.res.Pq, P: h.p.Bytes(), Q: h.q.Bytes(),
			Nonce: h.nonce, ServerNonce: h.res.ServerNonce, NewNonce: h.newNonce, DC: testDC,
			ExpiresIn: h.temporary,
		}
	}
	h.params = mt.ReqDHParamsRequest{
		Nonce: h.nonce, ServerNonce: h.res.ServerNonce, P: h.p.Bytes(), Q: h.q.Bytes(),
		PublicKeyFingerprint: h.res.ServerPublicKeyFingerprints[0],
	}
}

// reqDHParams sends the second message.
func (h *handshake) reqDHParams(key *rsa.PublicKey) {
	h.c.t.Helper()
	h.sealParams(key)
	h.c.writePlain(&h.params)
}

// sealParams encrypts the inner data of the second message.
func (h *handshake) sealParams(key *rsa.PublicKey) {
	h.c.t.Helper()
	if h.params.EncryptedData == nil {
		data, err := h.encrypt(encode(h.c.t, h.inner), key)
		if err != nil {
			h.c.t.Fatal(err)
		}
		h.params.EncryptedData = data
	}
}

func (h *handshake) tempKeys() (key, iv []byte) {
	return crypto.TempAESKeys(h.newNonce.BigInt(), h.res.ServerNonce.BigInt())
}

// dhParams reads the second answer and prepares the third message.
func (h *handshake) dhParams() {
	h.c.t.Helper()
	var ok mt.ServerDHParamsOk
	h.mustReadPlain(&ok)
	key, iv := h.tempKeys()
	data, err := crypto.DecryptExchangeAnswer(ok.EncryptedAnswer, key, iv)
	if err != nil {
		h.c.t.Fatal(err)
	}
	if err := h.dh.Decode(&bin.Buffer{Buf: data}); err != nil {
		h.c.t.Fatal(err)
	}
	prime := new(big.Int).SetBytes(h.dh.DhPrime)
	h.b, _ = rand.Int(rand.Reader, prime)
	h.gb = new(big.Int).Exp(big.NewInt(int64(h.dh.G)), h.b, prime).Bytes()
}

// setClientDHParams sends the third message.
func (h *handshake) setClientDHParams() {
	h.c.t.Helper()
	key, iv := h.tempKeys()
	data, err := crypto.EncryptExchangeAnswer(rand.Reader, encode(h.c.t, &mt.ClientDHInnerData{
		Nonce: h.nonce, ServerNonce: h.res.ServerNonce, GB: h.gb,
	}), key, iv)
	if err != nil {
		h.c.t.Fatal(err)
	}
	h.c.writePlain(&mt.SetClientDHParamsRequest{
		Nonce: h.nonce, ServerNonce: h.res.ServerNonce, EncryptedData: data,
	})
}

// finish reads the third answer and gives the client the key.
func (h *handshake) finish() {
	h.c.t.Helper()
	var ok mt.DhGenOk
	h.mustReadPlain(&ok)
	prime := new(big.Int).SetBytes(h.dh.DhPrime)
	var value crypto.Key
	new(big.Int).Exp(new(big.Int).SetBytes(h.dh.GA), h.b, prime).FillBytes(value[:])
	if ok.NewNonceHash1 != crypto.NonceHash1(h.newNonce, value) {
		h.c.t.Fatal("new_nonce_hash1 differs")
	}
	h.c.key = value.WithID()
	h.c.salt = crypto.ServerSalt(h.newNonce, h.res.ServerNonce)
	h.c.session = randomID(h.c.t)
	h.c.content = 0
}

func (h *handshake) run(key *rsa.PublicKey) {
	h.c.t.Helper()
	h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})
	h.reqDHParams(key)
	h.dhParams()
	h.setClientDHParams()
	h.finish()
}

// works checks that the client's key does.
func (c *client) works() {
	c.t.Helper()
	q := query{randomBytes(20)}
	c.answered(c.ask(q), q)
}

func TestExchange(t *testing.T) {
	inner := func(dc int) func(*handshake) {
		return func(h *handshake) {
			d := *h.inner.(*mt.PQInnerDataDC)
			d.DC = dc
			h.inner = &d
		}
	}
	tests := []struct {
		name   string
		spoil  func(*handshake)
		wantDC int
		temp   bool
	}{
		{name: "dc", spoil: func(*handshake) {}, wantDC: testDC},
		{name: "media dc", spoil: inner(-testDC), wantDC: -testDC},
		{name: "test dc", spoil: inner(10000 + testDC), wantDC: 10000 + testDC},
		{name: "test media dc", spoil: inner(-10000 - testDC), wantDC: -10000 - testDC},
		{name: "without dc", spoil: func(h *handshake) {
			h.inner = &mt.PQInnerData{
				Pq: h.res.Pq, P: h.p.Bytes(), Q: h.q.Bytes(),
				Nonce: h.nonce, ServerNonce: h.res.ServerNonce, NewNonce: h.newNonce,
			}
			h.encrypt = func(data []byte, key *rsa.PublicKey) ([]byte, error) {
				return crypto.RSAEncryptHashed(data, key, rand.Reader)
			}
		}},
		{name: "temporary", temp: true, wantDC: testDC, spoil: func(h *handshake) {
			h.inner = &mt.PQInnerDataTempDC{
				Pq: h.res.Pq, P: h.p.Bytes(), Q: h.q.Bytes(),
				Nonce: h.nonce, ServerNonce: h.res.ServerNonce, NewNonce: h.newNonce,
				DC: testDC, ExpiresIn: 3600,
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWatcher()
			s := serve(t, Config{Observer: w})
			c := s.dial(t, "abridged", testDC)
			h := newHandshake(c)
			h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})
			test.spoil(h)
			h.reqDHParams(&rsaKey().PublicKey)
			h.dhParams()
			h.setClientDHParams()
			h.finish()
			c.works()

			e := await(t, w.exchanged)
			if e.Err != nil || e.KeyID != c.key.ID || e.InnerDC != test.wantDC || e.Temporary != test.temp ||
				e.Fingerprint != h.params.PublicKeyFingerprint || e.Started.After(e.Ended) {
				t.Errorf("observed %+v", e)
			}
			if k, ok := s.Keys().Get(c.key.ID); !ok || k.Temporary != test.temp || k.Owner() != k {
				t.Errorf("key table has %+v", k)
			}
		})
	}
}

func TestRepeatedReqPQ(t *testing.T) {
	s := serve(t, Config{})
	c := s.dial(t, "intermediate", testDC)
	h := newHandshake(c)
	h.reqPQ(&mt.ReqPqRequest{Nonce: h.nonce})
	first := h.res.ServerNonce
	for range 3 {
		h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})
		if h.res.ServerNonce == first {
			t.Error("the same server nonce again")
		}
	}
	h.reqDHParams(&rsaKey().PublicKey)
	h.dhParams()
	h.setClientDHParams()
	h.finish()
	c.works()
}

// Two exchanges side by side, as clients make a permanent and a temporary key.
func TestInterleavedExchanges(t *testing.T) {
	s := serve(t, Config{})
	c := s.dial(t, "intermediate", testDC)
	a, b := newHandshake(c), newHandshake(c)
	for _, h := range []*handshake{a, b} {
		h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})
	}
	for _, h := range []*handshake{a, b} {
		h.reqDHParams(&rsaKey().PublicKey)
		h.dhParams()
	}
	for _, h := range []*handshake{b, a} {
		h.setClientDHParams()
		h.finish()
		c.works()
	}
}

func TestExchangeRefused(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	public := &rsaKey().PublicKey
	innerOf := func(change func(*mt.PQInnerDataDC)) func(*handshake) {
		return func(h *handshake) {
			d := *h.inner.(*mt.PQInnerDataDC)
			change(&d)
			h.inner = &d
			h.reqDHParams(public)
		}
	}
	tests := []struct {
		name string
		code int32
		send func(*handshake) // after resPQ
	}{
		{"wrong dc", -444, innerOf(func(d *mt.PQInnerDataDC) { d.DC = 4 })},
		{"dc 0", -444, innerOf(func(d *mt.PQInnerDataDC) { d.DC = 0 })},
		{"wrong test dc", -444, innerOf(func(d *mt.PQInnerDataDC) { d.DC = 10001 })},
		{"wrong dc for a temporary key", -444, func(h *handshake) {
			h.inner = &mt.PQInnerDataTempDC{
				Pq: h.res.Pq, P: h.p.Bytes(), Q: h.q.Bytes(),
				Nonce: h.nonce, ServerNonce: h.res.ServerNonce, NewNonce: h.newNonce,
				DC: 4, ExpiresIn: 3600,
			}
			h.reqDHParams(public)
		}},
		{"temporary key for no time", -404, func(h *handshake) {
			h.inner = &mt.PQInnerDataTempDC{
				Pq: h.res.Pq, P: h.p.Bytes(), Q: h.q.Bytes(),
				Nonce: h.nonce, ServerNonce: h.res.ServerNonce, NewNonce: h.newNonce,
				DC: testDC,
			}
			h.reqDHParams(public)
		}},
		{"inner nonce", -404, innerOf(func(d *mt.PQInnerDataDC) { d.Nonce[0] ^= 1 })},
		{"inner server nonce", -404, innerOf(func(d *mt.PQInnerDataDC) { d.ServerNonce[0] ^= 1 })},
		{"inner pq", -404, innerOf(func(d *mt.PQInnerDataDC) { d.Pq = []byte{15} })},
		{"inner p and q swapped", -404, innerOf(func(d *mt.PQInnerDataDC) { d.P, d.Q = d.Q, d.P })},
		{"nonce", -404, func(h *handshake) { h.params.Nonce[0] ^= 1; h.reqDHParams(public) }},
		{"server nonce", -404, func(h *handshake) { h.params.ServerNonce[0] ^= 1; h.reqDHParams(public) }},
		{"p and q", -404, func(h *handshake) { h.params.P, h.params.Q = []byte{3}, []byte{5}; h.reqDHParams(public) }},
		{"fingerprint", -404, func(h *handshake) { h.params.PublicKeyFingerprint++; h.reqDHParams(public) }},
		{"another RSA key", -404, func(h *handshake) { h.reqDHParams(&other.PublicKey) }},
		{"garbage for inner data", -404, func(h *handshake) {
			h.params.EncryptedData = bytes.Repeat([]byte{1}, 256)
			h.reqDHParams(public)
		}},
		{"third message first", -404, func(h *handshake) { h.setClientDHParams() }},
		{"garbage for client inner data", -404, func(h *handshake) {
			h.reqDHParams(public)
			h.dhParams()
			h.newNonce[0] ^= 1 // another key than the server's
			h.setClientDHParams()
		}},
		{"client inner nonce", -404, func(h *handshake) {
			h.reqDHParams(public)
			h.dhParams()
			key, iv := h.tempKeys()
			data, _ := crypto.EncryptExchangeAnswer(rand.Reader, encode(h.c.t, &mt.ClientDHInnerData{GB: h.gb}), key, iv)
			h.c.writePlain(&mt.SetClientDHParamsRequest{Nonce: h.nonce, ServerNonce: h.res.ServerNonce, EncryptedData: data})
		}},
		{"not a message of the exchange", -404, func(h *handshake) { h.c.writePlain(&mt.PingRequest{}) }},
		{"msg_id of a server", -404, func(h *handshake) {
			h.sealParams(public)
			h.c.writePlainAs(1, encode(h.c.t, &h.params))
		}},
		{"length beyond the frame", -404, func(h *handshake) {
			h.c.writeFrame(append(make([]byte, 16), 0xff, 0xff, 0, 0))
		}},
	}
	s := serve(t, Config{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := s.dial(t, "intermediate", testDC)
			h := newHandshake(c)
			h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})
			test.send(h)
			c.refused(test.code)
			// The connection stays usable.
			newHandshake(c).run(public)
			c.works()
		})
	}
}

// TestFirstMsgID sends the first message of an exchange with msg_ids that
// messages of clients do not have, as TDLib does to ping a data center.
func TestFirstMsgID(t *testing.T) {
	for _, check := range []bool{false, true} {
		s := serve(t, Config{CheckFirstMsgID: check})
		for _, id := range []int64{1, 2, 3, -1} {
			c := s.dial(t, "intermediate", testDC)
			h := newHandshake(c)
			c.writePlainAs(id, encode(t, &mt.ReqPqMultiRequest{Nonce: h.nonce}))
			if check {
				c.refused(-404)
				continue
			}
			if h.mustReadPlain(&h.res); h.res.Nonce != h.nonce {
				t.Errorf("msg_id %d: resPQ has another nonce", id)
			}
		}
	}
}

func TestBadGB(t *testing.T) {
	s := serve(t, Config{})
	c := s.dial(t, "intermediate", testDC)
	h := newHandshake(c)
	h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})
	h.reqDHParams(&rsaKey().PublicKey)
	h.dhParams()
	good := h.gb
	h.gb = []byte{1}
	h.setClientDHParams()
	var fail mt.DhGenFail
	h.mustReadPlain(&fail)
	if fail.Nonce != h.nonce || fail.ServerNonce != h.res.ServerNonce {
		t.Errorf("got %+v", fail)
	}
	h.gb = good
	h.setClientDHParams()
	h.finish()
	c.works()
}

func TestRSAKeyRotates(t *testing.T) {
	next, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, Config{})
	c := s.dial(t, "intermediate", testDC)
	h := newHandshake(c)
	h.reqPQ(&mt.ReqPqMultiRequest{Nonce: h.nonce})

	s.SetRSAKeys([]*rsa.PrivateKey{next, rsaKey()})
	second := newHandshake(c)
	second.reqPQ(&mt.ReqPqMultiRequest{Nonce: second.nonce})
	want := []int64{crypto.RSAFingerprint(&next.PublicKey), crypto.RSAFingerprint(&rsaKey().PublicKey)}
	if got := second.res.ServerPublicKeyFingerprints; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("fingerprints %v, want %v", got, want)
	}
	second.reqDHParams(&next.PublicKey)
	second.dhParams()
	second.setClientDHParams()
	second.finish()
	c.works()

	// An exchange goes on with the keys that it began with.
	s.SetRSAKeys([]*rsa.PrivateKey{next})
	h.reqDHParams(&rsaKey().PublicKey)
	h.dhParams()
	h.setClientDHParams()
	h.finish()
	c.works()
}

// gotdConn lets gotd's client use a connection.
type gotdConn struct{ *client }

func (g gotdConn) Send(_ context.Context, b *bin.Buffer) error { return g.cdc.Write(g.rw, b) }
func (g gotdConn) Close() error                                { return g.nc.Close() }

func (g gotdConn) Recv(_ context.Context, b *bin.Buffer) error {
	_ = g.nc.SetReadDeadline(time.Now().Add(patience))
	return g.cdc.Read(g.rw, b)
}

func TestGotdExchange(t *testing.T) {
	s := serve(t, Config{})
	c := s.dial(t, "obfuscated2+padded", testDC)
	run := func(dc int, key *rsa.PublicKey) (gotdexchange.ClientExchangeResult, error) {
		return gotdexchange.NewExchanger(gotdConn{c}, dc).Client([]gotdexchange.PublicKey{{RSA: key}}).Run(t.Context())
	}
	_, err := run(3, &rsaKey().PublicKey)
	if p, ok := errors.AsType[*codec.ProtocolErr](err); !ok || p.Code != codec.CodeWrongDC {
		t.Errorf("wrong dc: %v", err)
	}
	other := rsa.PublicKey{N: rsaKey().N, E: 17}
	if _, err := run(testDC, &other); !errors.Is(err, gotdexchange.ErrKeyFingerprintNotFound) {
		t.Errorf("unknown key: %v", err)
	}
	r, err := run(testDC, &rsaKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	c.key, c.session, c.salt = r.AuthKey, r.SessionID, r.ServerSalt
	c.works()
}
