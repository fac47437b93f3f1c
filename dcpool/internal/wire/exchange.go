package wire

import (
	"context"
	"crypto/rand"
	"crypto/sha1" // The hash of the protocol.
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// maxOffered bounds the fingerprints that an error names. Telegram offers a few.
const maxOffered = 8

// dhAttempts bounds how often the server may ask for another g_b.
const dhAttempts = 5

// Exchange creates a new auth key with the server behind link, whose
// RSA key must be among keys. The link stays usable, for NewConn, after success
// and is closed after an error or when ctx ends.
//
// Errors: *TransportError (CodeWrongDC and CodeKeyUnknown among them),
// *FingerprintError, those wrapping ErrExchange or ErrProtocol, errors of the
// socket, and the cause of ctx.
//
// See https://core.telegram.org/mtproto/auth_key.
func Exchange(ctx context.Context, link *Link, keys []exchange.PublicKey, opts ExchangeOptions) (Result, error) {
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	stop := context.AfterFunc(ctx, func() { _ = link.Close() })
	h := handshake{link: link, keys: keys, opts: opts}
	res, err := h.run()
	if !stop() {
		return Result{}, fmt.Errorf("key exchange: %w", context.Cause(ctx))
	}
	if err != nil {
		_ = link.Close()
		return Result{}, fmt.Errorf("key exchange: %w", err)
	}
	return res, nil
}

// handshake is one run of the client's side.
type handshake struct {
	link *Link
	keys []exchange.PublicKey
	opts ExchangeOptions
	ids  msgIDs

	heard              time.Time // When the last answer arrived, by our clock.
	nonce, serverNonce bin.Int128
	newNonce           bin.Int256
}

func (h *handshake) run() (Result, error) {
	pq, key, err := h.requestPQ()
	if err != nil {
		return Result{}, err
	}
	dh, err := h.requestDH(pq, key)
	if err != nil {
		return Result{}, err
	}
	offset := time.Unix(int64(dh.ServerTime), 0).Sub(h.heard)
	authKey, err := h.agree(dh)
	if err != nil {
		return Result{}, err
	}
	return Result{
		Key:        authKey.WithID(),
		Salt:       crypto.ServerSalt(h.newNonce, h.serverNonce),
		TimeOffset: offset,
	}, nil
}

// requestPQ sends req_pq_multi and chooses the RSA key, ours in order of
// preference, that the server offers too.
func (h *handshake) requestPQ() ([]byte, exchange.PublicKey, error) {
	var none exchange.PublicKey
	var err error
	if h.nonce, err = crypto.RandInt128(h.opts.Rand); err != nil {
		return nil, none, err
	}
	b, err := h.roundTrip(&mt.ReqPqMultiRequest{Nonce: h.nonce})
	if err != nil {
		return nil, none, err
	}
	var res mt.ResPQ
	if err := res.Decode(b); err != nil {
		return nil, none, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if res.Nonce != h.nonce {
		return nil, none, fmt.Errorf("%w: resPQ: foreign nonce", ErrProtocol)
	}
	h.serverNonce = res.ServerNonce
	for _, key := range h.keys {
		if key.Zero() || key.RSA.N.BitLen() != crypto.RSAKeyBits {
			continue
		}
		fingerprint := key.Fingerprint()
		for _, offered := range res.ServerPublicKeyFingerprints {
			if offered == fingerprint {
				return res.Pq, key, nil
			}
		}
	}
	offered := res.ServerPublicKeyFingerprints
	return nil, none, &FingerprintError{Offered: offered[:min(len(offered), maxOffered)]}
}

// requestDH proves the work on pq and returns the server's half of the key
// agreement, decrypted and checked.
func (h *handshake) requestDH(pq []byte, key exchange.PublicKey) (*mt.ServerDHInnerData, error) {
	if len(pq) > 8 {
		return nil, fmt.Errorf("%w: pq of %d bytes", ErrProtocol, len(pq))
	}
	p, q, err := factorize(new(big.Int).SetBytes(pq).Uint64())
	if err != nil {
		return nil, err
	}
	if h.newNonce, err = crypto.RandInt256(h.opts.Rand); err != nil {
		return nil, err
	}
	pBytes, qBytes := new(big.Int).SetUint64(p).Bytes(), new(big.Int).SetUint64(q).Bytes()
	var inner bin.Buffer
	if err := inner.Encode(h.innerData(pq, pBytes, qBytes)); err != nil {
		return nil, err
	}
	encrypted, err := crypto.RSAPad(inner.Buf, key.RSA, h.opts.Rand)
	if err != nil {
		return nil, err
	}
	b, err := h.roundTrip(&mt.ReqDHParamsRequest{
		Nonce: h.nonce, ServerNonce: h.serverNonce, P: pBytes, Q: qBytes,
		PublicKeyFingerprint: key.Fingerprint(), EncryptedData: encrypted,
	})
	if err != nil {
		return nil, err
	}
	params, err := mt.DecodeServerDHParams(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	switch params := params.(type) {
	case *mt.ServerDHParamsOk:
		if err := h.checkNonces("server_DH_params_ok", params.Nonce, params.ServerNonce); err != nil {
			return nil, err
		}
		return h.openDH(params.EncryptedAnswer)
	case *mt.ServerDHParamsFail:
		if err := h.checkNonces("server_DH_params_fail", params.Nonce, params.ServerNonce); err != nil {
			return nil, err
		}
		sum := sha1.Sum(h.newNonce[:])
		if [16]byte(sum[4:]) != params.NewNonceHash {
			return nil, fmt.Errorf("%w: server_DH_params_fail: foreign new_nonce_hash", ErrProtocol)
		}
		return nil, fmt.Errorf("%w: server_DH_params_fail", ErrExchange)
	default:
		return nil, fmt.Errorf("%w: unexpected %T", ErrProtocol, params)
	}
}

// innerData is what we prove to have found, for a key that lasts or not.
func (h *handshake) innerData(pq, p, q []byte) bin.Encoder {
	if h.opts.ExpiresIn > 0 {
		return &mt.PQInnerDataTempDC{
			Pq: pq, P: p, Q: q,
			Nonce: h.nonce, ServerNonce: h.serverNonce, NewNonce: h.newNonce,
			DC: h.opts.DC, ExpiresIn: int(h.opts.ExpiresIn / time.Second),
		}
	}
	return &mt.PQInnerDataDC{
		Pq: pq, P: p, Q: q,
		Nonce: h.nonce, ServerNonce: h.serverNonce, NewNonce: h.newNonce,
		DC: h.opts.DC,
	}
}

func (h *handshake) openDH(answer []byte) (*mt.ServerDHInnerData, error) {
	key, iv := h.tempKey()
	plain, err := crypto.DecryptExchangeAnswer(answer, key, iv)
	if err != nil || len(plain) == 0 {
		return nil, fmt.Errorf("%w: encrypted_answer: hash mismatch", ErrProtocol)
	}
	var inner mt.ServerDHInnerData
	if err := inner.Decode(&bin.Buffer{Buf: plain}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if err := h.checkNonces("server_DH_inner_data", inner.Nonce, inner.ServerNonce); err != nil {
		return nil, err
	}
	if err := checkDH(inner.G, inner.DhPrime); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return &inner, nil
}

// agree sends our half of the key until the server accepts it.
func (h *handshake) agree(dh *mt.ServerDHInnerData) (crypto.Key, error) {
	retryID := int64(0)
	for range dhAttempts {
		key, request, err := h.clientDH(dh, retryID)
		if err != nil {
			return crypto.Key{}, err
		}
		b, err := h.roundTrip(request)
		if err != nil {
			return crypto.Key{}, err
		}
		answer, err := mt.DecodeSetClientDHParamsAnswer(b)
		if err != nil {
			return crypto.Key{}, fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		if err := h.checkNonces("dh_gen", answer.GetNonce(), answer.GetServerNonce()); err != nil {
			return crypto.Key{}, err
		}
		switch answer := answer.(type) {
		case *mt.DhGenOk:
			return key, h.checkHash(answer.NewNonceHash1, 1, key)
		case *mt.DhGenRetry:
			if err := h.checkHash(answer.NewNonceHash2, 2, key); err != nil {
				return crypto.Key{}, err
			}
			aux := key.AuxHash()
			retryID = int64(binary.LittleEndian.Uint64(aux[:]))
		case *mt.DhGenFail:
			if err := h.checkHash(answer.NewNonceHash3, 3, key); err != nil {
				return crypto.Key{}, err
			}
			return crypto.Key{}, fmt.Errorf("%w: dh_gen_fail", ErrExchange)
		default:
			return crypto.Key{}, fmt.Errorf("%w: unexpected %T", ErrProtocol, answer)
		}
	}
	return crypto.Key{}, fmt.Errorf("%w: dh_gen_retry %d times", ErrExchange, dhAttempts)
}

// clientDH chooses b and returns the key g_a^b with the request that carries g^b.
func (h *handshake) clientDH(dh *mt.ServerDHInnerData, retryID int64) (key crypto.Key, req *mt.SetClientDHParamsRequest, err error) {
	var secret [crypto.RSAKeyBits / 8]byte
	if _, err := io.ReadFull(h.opts.Rand, secret[:]); err != nil {
		return key, nil, err
	}
	b := new(big.Int).SetBytes(secret[:])
	prime, g, gA := new(big.Int).SetBytes(dh.DhPrime), big.NewInt(int64(dh.G)), new(big.Int).SetBytes(dh.GA)
	gB := new(big.Int).Exp(g, b, prime)
	if err := crypto.CheckDHParams(prime, g, gA, gB); err != nil {
		return key, nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	new(big.Int).Exp(gA, b, prime).FillBytes(key[:])

	var inner bin.Buffer
	if err := inner.Encode(&mt.ClientDHInnerData{
		Nonce: h.nonce, ServerNonce: h.serverNonce, RetryID: retryID, GB: gB.Bytes(),
	}); err != nil {
		return key, nil, err
	}
	aesKey, iv := h.tempKey()
	encrypted, err := crypto.EncryptExchangeAnswer(h.opts.Rand, inner.Buf, aesKey, iv)
	if err != nil {
		return key, nil, err
	}
	return key, &mt.SetClientDHParamsRequest{
		Nonce: h.nonce, ServerNonce: h.serverNonce, EncryptedData: encrypted,
	}, nil
}

func (h *handshake) tempKey() (key, iv []byte) {
	return crypto.TempAESKeys(h.newNonce.BigInt(), h.serverNonce.BigInt())
}

func (h *handshake) checkNonces(where string, nonce, serverNonce bin.Int128) error {
	if nonce != h.nonce {
		return fmt.Errorf("%w: %s: foreign nonce", ErrProtocol, where)
	}
	if serverNonce != h.serverNonce {
		return fmt.Errorf("%w: %s: foreign server_nonce", ErrProtocol, where)
	}
	return nil
}

// checkHash checks new_nonce_hash1, 2 or 3, which proves that the server has the
// same key.
func (h *handshake) checkHash(got bin.Int128, n byte, key crypto.Key) error {
	aux := key.AuxHash()
	data := append(append(h.newNonce[:len(h.newNonce):len(h.newNonce)], n), aux[:]...)
	if sum := sha1.Sum(data); [16]byte(sum[4:]) != got {
		return fmt.Errorf("%w: new_nonce_hash%d mismatch", ErrProtocol, n)
	}
	return nil
}

// roundTrip sends one unencrypted message and returns the body of the answer.
func (h *handshake) roundTrip(in bin.Encoder) (*bin.Buffer, error) {
	var body, msg bin.Buffer
	if err := body.Encode(in); err != nil {
		return nil, err
	}
	if err := msg.Encode(proto.UnencryptedMessage{
		MessageID: h.ids.next(h.opts.Now()), MessageData: body.Buf,
	}); err != nil {
		return nil, err
	}
	out, err := h.link.appendHeader(nil, msg.Len())
	if err != nil {
		return nil, err
	}
	if out, err = h.link.appendTrailer(append(out, msg.Buf...), 0); err != nil {
		return nil, err
	}
	if _, err := h.link.send(out); err != nil {
		return nil, err
	}
	f, err := h.link.readFrame()
	if err != nil {
		return nil, err
	}
	h.heard = h.opts.Now()
	defer f.buf.release()
	var answer proto.UnencryptedMessage // Its Decode copies the body.
	if err := answer.Decode(&bin.Buffer{Buf: f.data}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if answer.MessageID&3 != 1 {
		return nil, fmt.Errorf("%w: answer with msg_id %#x", ErrProtocol, answer.MessageID)
	}
	return &bin.Buffer{Buf: answer.MessageData}, nil
}
