package mtserve

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // MTProto uses it here.
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
)

// Codes of transport errors.
// https://core.telegram.org/mtproto/mtproto-transports#transport-errors
const (
	codeKeyNotFound = -404
	codeWrongDC     = -444
)

// refusal is an exchange that the server does not go on with. The client gets
// the code as a transport error.
type refusal struct {
	code int32
	err  error
}

func (r *refusal) Error() string { return fmt.Sprintf("refused with %d: %v", r.code, r.err) }
func (r *refusal) Unwrap() error { return r.err }

func refuse(format string, args ...any) error {
	return &refusal{code: codeKeyNotFound, err: fmt.Errorf(format, args...)}
}

var errBadNonce = errors.New("nonce of no exchange")

const (
	dhGenerator = 3
	// dhExponentBits is enough for a safe prime of 2048 bits, and four times
	// cheaper than an exponent as long as the prime.
	dhExponentBits = 512
	dhPrimeHex     = "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F" +
		"48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37" +
		"20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64" +
		"2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4" +
		"A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754" +
		"FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4" +
		"E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F" +
		"0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B"
)

// exchanges runs the key exchanges of one connection. A client may run two
// side by side, for its permanent and its temporary key. Owned by the reader.
//
// https://core.telegram.org/mtproto/auth_key
type exchanges struct {
	srv  *Server
	open []*exchange // oldest first
}

// maxExchanges bounds the exchanges that are open on one connection.
const maxExchanges = 4

// exchange is the state between the messages of one exchange.
type exchange struct {
	nonce, serverNonce bin.Int128
	p, q               *big.Int
	keys               []*rsa.PrivateKey // offered

	// Known after req_DH_params:
	newNonce  bin.Int256
	a         *big.Int
	expiresIn int // seconds

	report Exchange
}

// handle takes one unencrypted message and returns the answer. The report is
// not nil when the exchange is over. A refusal keeps the connection usable.
func (x *exchanges) handle(b *bin.Buffer, received time.Time) (reply bin.Encoder, report *Exchange, err error) {
	id, err := b.PeekID()
	if err != nil {
		return nil, nil, refuse("no message: %w", err)
	}
	switch id {
	case mt.ReqPqRequestTypeID:
		var req mt.ReqPqRequest
		if err := req.Decode(b); err != nil {
			return nil, nil, refuse("%w", err)
		}
		return x.begin(req.Nonce, received)
	case mt.ReqPqMultiRequestTypeID:
		var req mt.ReqPqMultiRequest
		if err := req.Decode(b); err != nil {
			return nil, nil, refuse("%w", err)
		}
		return x.begin(req.Nonce, received)
	case mt.ReqDHParamsRequestTypeID:
		var req mt.ReqDHParamsRequest
		if err := req.Decode(b); err != nil {
			return nil, nil, refuse("%w", err)
		}
		e, err := x.find(req.Nonce, req.ServerNonce)
		if err != nil {
			return nil, nil, err
		}
		reply, err := e.params(x.srv, &req)
		return x.finish(e, reply, err, false)
	case mt.SetClientDHParamsRequestTypeID:
		var req mt.SetClientDHParamsRequest
		if err := req.Decode(b); err != nil {
			return nil, nil, refuse("%w", err)
		}
		e, err := x.find(req.Nonce, req.ServerNonce)
		if err != nil {
			return nil, nil, err
		}
		reply, made, err := e.generate(x.srv, &req)
		return x.finish(e, reply, err, made)
	default:
		return nil, nil, refuse("unencrypted message %#x", id)
	}
}

// begin answers req_pq. A repeated one starts over with a fresh pq; clients do
// that as a probe.
func (x *exchanges) begin(nonce bin.Int128, received time.Time) (bin.Encoder, *Exchange, error) {
	p, q, err := randomPQ(x.srv.cfg.Rand)
	if err != nil {
		return nil, nil, err
	}
	serverNonce, err := crypto.RandInt128(x.srv.cfg.Rand)
	if err != nil {
		return nil, nil, err
	}
	e := &exchange{
		nonce: nonce, serverNonce: serverNonce,
		p: p, q: q,
		keys:   x.srv.rsaKeys(),
		report: Exchange{Started: received},
	}
	if len(x.open) == maxExchanges {
		x.open = slices.Delete(x.open, 0, 1)
	}
	x.open = append(x.open, e)

	fingerprints := make([]int64, len(e.keys))
	for i, k := range e.keys {
		fingerprints[i] = crypto.RSAFingerprint(&k.PublicKey)
	}
	return &mt.ResPQ{
		Nonce: nonce, ServerNonce: serverNonce,
		Pq:                          new(big.Int).Mul(p, q).Bytes(),
		ServerPublicKeyFingerprints: fingerprints,
	}, nil, nil
}

func (x *exchanges) find(nonce, serverNonce bin.Int128) (*exchange, error) {
	for _, e := range x.open {
		if e.nonce == nonce && e.serverNonce == serverNonce {
			return e, nil
		}
	}
	return nil, &refusal{code: codeKeyNotFound, err: errBadNonce}
}

// finish forgets an exchange that is over.
func (x *exchanges) finish(e *exchange, reply bin.Encoder, err error, made bool) (bin.Encoder, *Exchange, error) {
	if err == nil && !made {
		return reply, nil, nil
	}
	x.open = slices.DeleteFunc(x.open, func(o *exchange) bool { return o == e })
	e.report.Ended = time.Now()
	e.report.Err = err
	return reply, &e.report, err
}

// params checks the client's proof of work and answers with g_a.
func (e *exchange) params(srv *Server, req *mt.ReqDHParamsRequest) (bin.Encoder, error) {
	e.report.Fingerprint = req.PublicKeyFingerprint
	i := slices.IndexFunc(e.keys, func(k *rsa.PrivateKey) bool {
		return crypto.RSAFingerprint(&k.PublicKey) == req.PublicKeyFingerprint
	})
	if i < 0 {
		return nil, refuse("unknown RSA key %x", uint64(req.PublicKeyFingerprint))
	}
	if !e.factored(req.P, req.Q) {
		return nil, refuse("wrong p and q")
	}
	inner, err := e.openInner(req.EncryptedData, e.keys[i])
	if err != nil {
		return nil, err
	}
	namesDC := true
	switch d := inner.(type) {
	case *mt.PQInnerDataDC:
		e.report.InnerDC = d.DC
	case *mt.PQInnerDataTempDC:
		e.report.InnerDC, e.report.Temporary, e.expiresIn = d.DC, true, d.ExpiresIn
	default:
		namesDC = false
	}
	if namesDC && !srv.cfg.AcceptDC(e.report.InnerDC) {
		return nil, &refusal{code: codeWrongDC, err: fmt.Errorf("dc %d in p_q_inner_data", e.report.InnerDC)}
	}
	if e.report.Temporary && e.expiresIn <= 0 {
		return nil, refuse("temporary key for %d s", e.expiresIn)
	}
	e.newNonce = inner.GetNewNonce()

	a, ga, err := newExponent(srv.cfg.Rand, srv.dhPrime)
	if err != nil {
		return nil, err
	}
	e.a = a
	var b bin.Buffer
	if err := b.Encode(&mt.ServerDHInnerData{
		Nonce: e.nonce, ServerNonce: e.serverNonce,
		G: dhGenerator, GA: ga.Bytes(), DhPrime: srv.dhPrime.Bytes(),
		ServerTime: int(srv.cfg.Clock().Unix()),
	}); err != nil {
		return nil, err
	}
	key, iv := e.tempKeys()
	answer, err := crypto.EncryptExchangeAnswer(srv.cfg.Rand, b.Buf, key, iv)
	if err != nil {
		return nil, err
	}
	return &mt.ServerDHParamsOk{Nonce: e.nonce, ServerNonce: e.serverNonce, EncryptedAnswer: answer}, nil
}

func (e *exchange) factored(p, q []byte) bool {
	return new(big.Int).SetBytes(p).Cmp(e.p) == 0 && new(big.Int).SetBytes(q).Cmp(e.q) == 0
}

// openInner decrypts p_q_inner_data and checks that it belongs to this
// exchange. Old clients encrypt it as data_with_hash instead of RSA_PAD.
func (e *exchange) openInner(encrypted []byte, key *rsa.PrivateKey) (mt.PQInnerDataClass, error) {
	data, err := crypto.DecodeRSAPad(encrypted, key)
	if err != nil {
		if data, err = crypto.RSADecryptHashed(encrypted, key); err != nil {
			return nil, refuse("encrypted_data: %w", err)
		}
	}
	inner, err := mt.DecodePQInnerData(&bin.Buffer{Buf: data})
	if err != nil {
		return nil, refuse("p_q_inner_data: %w", err)
	}
	pq := new(big.Int).Mul(e.p, e.q)
	switch {
	case inner.GetNonce() != e.nonce || inner.GetServerNonce() != e.serverNonce:
		return nil, refuse("p_q_inner_data: %w", errBadNonce)
	case new(big.Int).SetBytes(inner.GetPq()).Cmp(pq) != 0 || !e.factored(inner.GetP(), inner.GetQ()):
		return nil, refuse("p_q_inner_data: wrong p and q")
	}
	return inner, nil
}

// generate makes the key. It reports whether it did: dh_gen_retry and
// dh_gen_fail let the client try again.
func (e *exchange) generate(srv *Server, req *mt.SetClientDHParamsRequest) (reply bin.Encoder, made bool, err error) {
	if e.a == nil {
		return nil, false, refuse("set_client_DH_params before req_DH_params")
	}
	key, iv := e.tempKeys()
	data, err := crypto.DecryptExchangeAnswer(req.EncryptedData, key, iv)
	if err != nil || data == nil {
		return nil, false, refuse("encrypted_data of set_client_DH_params does not decrypt")
	}
	var inner mt.ClientDHInnerData
	if err := inner.Decode(&bin.Buffer{Buf: data}); err != nil {
		return nil, false, refuse("client_DH_inner_data: %w", err)
	}
	if inner.Nonce != e.nonce || inner.ServerNonce != e.serverNonce {
		return nil, false, refuse("client_DH_inner_data: %w", errBadNonce)
	}

	gb := new(big.Int).SetBytes(inner.GB)
	if crypto.CheckDHParams(srv.dhPrime, big.NewInt(dhGenerator), gb, gb) != nil {
		return &mt.DhGenFail{
			Nonce: e.nonce, ServerNonce: e.serverNonce,
			NewNonceHash3: e.nonceHash(3, crypto.Key{}),
		}, false, nil
	}
	var value crypto.Key
	new(big.Int).Exp(gb, e.a, srv.dhPrime).FillBytes(value[:])
	auth := value.WithID()

	now := srv.cfg.Clock()
	k := &Key{
		ID: auth.ID, Created: now, auth: auth,
		Temporary: e.report.Temporary,
		place:     srv.cfg.Place,
		firstSalt: crypto.ServerSalt(e.newNonce, e.serverNonce),
	}
	if k.Temporary {
		k.Expires = now.Add(time.Duration(e.expiresIn) * time.Second)
	}
	if !srv.cfg.Keys.add(k) {
		return &mt.DhGenRetry{
			Nonce: e.nonce, ServerNonce: e.serverNonce,
			NewNonceHash2: e.nonceHash(2, value),
		}, false, nil
	}
	e.report.KeyID = k.ID
	return &mt.DhGenOk{
		Nonce: e.nonce, ServerNonce: e.serverNonce,
		NewNonceHash1: e.nonceHash(1, value),
	}, true, nil
}

func (e *exchange) tempKeys() (key, iv []byte) {
	return crypto.TempAESKeys(e.newNonce.BigInt(), e.serverNonce.BigInt())
}

// nonceHash is new_nonce_hash1, 2 or 3.
// https://core.telegram.org/mtproto/auth_key#9-server-responds-in-one-of-three-ways
func (e *exchange) nonceHash(number byte, key crypto.Key) (hash bin.Int128) {
	aux := key.AuxHash()
	h := sha1.New() //nolint:gosec // As above.
	h.Write(e.newNonce[:])
	h.Write([]byte{number})
	h.Write(aux[:])
	copy(hash[:], h.Sum(nil)[4:20])
	return hash
}

// newExponent picks a so that g_a passes the checks that clients make.
func newExponent(random io.Reader, prime *big.Int) (a, ga *big.Int, err error) {
	limit := new(big.Int).Lsh(big.NewInt(1), dhExponentBits)
	for {
		if a, err = rand.Int(random, limit); err != nil {
			return nil, nil, err
		}
		g := big.NewInt(dhGenerator)
		ga = new(big.Int).Exp(g, a, prime)
		if crypto.CheckDHParams(prime, g, ga, ga) == nil {
			return a, ga, nil
		}
	}
}
