package wire

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
)

// keyServer is the server's side of one exchange, with what a test may bend.
type keyServer struct {
	nc  net.Conn
	rsa *rsa.PrivateKey

	prime   []byte
	g       int
	skew    time.Duration
	verdict []string                          // What to say to each set_client_DH_params.
	bend    func(step int, msg *bin.Buffer)   // Changes an answer before it is sent.
	spoil   func(inner *mt.ServerDHInnerData) // Changes what is encrypted.

	ids    msgIDs
	step   int
	key    crypto.Key
	retrys []int64 // retry_id of each set_client_DH_params.
}

var testRSA = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// run serves one exchange and ends at the first error, which the client's side
// of the test notices as the end of the connection.
func (s *keyServer) run() error {
	defer s.nc.Close()
	if err := (codec.Intermediate{}).ReadHeader(s.nc); err != nil {
		return err
	}
	var reqPQ mt.ReqPqMultiRequest
	if err := s.recv(&reqPQ); err != nil {
		return err
	}
	serverNonce := bin.Int128{9, 8, 7}
	if err := s.send(&mt.ResPQ{
		Nonce: reqPQ.Nonce, ServerNonce: serverNonce, Pq: []byte{0x17, 0xED, 0x48, 0x94, 0x1A, 0x08, 0xF9, 0x81},
		ServerPublicKeyFingerprints: []int64{12345, exchange.PrivateKey{RSA: s.rsa}.Fingerprint()},
	}); err != nil {
		return err
	}
	var reqDH mt.ReqDHParamsRequest
	if err := s.recv(&reqDH); err != nil {
		return err
	}
	plain, err := crypto.DecodeRSAPad(reqDH.EncryptedData, s.rsa)
	if err != nil {
		return err
	}
	var pq mt.PQInnerDataDC
	if err := pq.Decode(&bin.Buffer{Buf: plain}); err != nil {
		return err
	}
	prime, g := new(big.Int).SetBytes(s.prime), big.NewInt(int64(s.g))
	a, err := rand.Int(rand.Reader, prime)
	if err != nil {
		return err
	}
	inner := mt.ServerDHInnerData{
		Nonce: reqPQ.Nonce, ServerNonce: serverNonce, G: s.g, DhPrime: s.prime,
		GA: new(big.Int).Exp(g, a, prime).Bytes(), ServerTime: int(time.Now().Add(s.skew).Unix()),
	}
	if s.spoil != nil {
		s.spoil(&inner)
	}
	aesKey, iv := crypto.TempAESKeys(pq.NewNonce.BigInt(), serverNonce.BigInt())
	answer, err := crypto.EncryptExchangeAnswer(rand.Reader, encoded(&inner, false).body, aesKey, iv)
	if err != nil {
		return err
	}
	if err := s.send(&mt.ServerDHParamsOk{
		Nonce: reqPQ.Nonce, ServerNonce: serverNonce, EncryptedAnswer: answer,
	}); err != nil {
		return err
	}
	for _, verdict := range s.verdict {
		var set mt.SetClientDHParamsRequest
		if err := s.recv(&set); err != nil {
			return err
		}
		plain, err := crypto.DecryptExchangeAnswer(set.EncryptedData, aesKey, iv)
		if err != nil {
			return err
		}
		var client mt.ClientDHInnerData
		if err := client.Decode(&bin.Buffer{Buf: plain}); err != nil {
			return err
		}
		s.retrys = append(s.retrys, client.RetryID)
		new(big.Int).Exp(new(big.Int).SetBytes(client.GB), a, prime).FillBytes(s.key[:])
		if err := s.send(s.answer(verdict, pq.NewNonce, reqPQ.Nonce, serverNonce)); err != nil {
			return err
		}
	}
	return nil
}

func (s *keyServer) answer(verdict string, newNonce bin.Int256, nonce, serverNonce bin.Int128) bin.Encoder {
	aux := s.key.AuxHash()
	hash := func(n byte) bin.Int128 {
		sum := sha1.Sum(append(append(newNonce[:], n), aux[:]...))
		return bin.Int128(sum[4:])
	}
	switch verdict {
	case "ok":
		return &mt.DhGenOk{Nonce: nonce, ServerNonce: serverNonce, NewNonceHash1: hash(1)}
	case "retry":
		return &mt.DhGenRetry{Nonce: nonce, ServerNonce: serverNonce, NewNonceHash2: hash(2)}
	default:
		return &mt.DhGenFail{Nonce: nonce, ServerNonce: serverNonce, NewNonceHash3: hash(3)}
	}
}

func (s *keyServer) recv(req bin.Decoder) error {
	var b bin.Buffer
	if err := (codec.Intermediate{}).Read(s.nc, &b); err != nil {
		return err
	}
	var msg proto.UnencryptedMessage
	if err := msg.Decode(&b); err != nil {
		return err
	}
	return req.Decode(&bin.Buffer{Buf: msg.MessageData})
}

func (s *keyServer) send(answer bin.Encoder) error {
	var b bin.Buffer
	if err := b.Encode(proto.UnencryptedMessage{
		MessageID:   s.ids.next(time.Now()) | 1,
		MessageData: encoded(answer, false).body,
	}); err != nil {
		return err
	}
	if s.bend != nil {
		s.bend(s.step, &b)
	}
	s.step++
	return (codec.Intermediate{}).Write(s.nc, &b)
}

// runExchange runs our side against s.
func runExchange(t *testing.T, s *keyServer) (Result, error) {
	t.Helper()
	if s.prime == nil {
		s.prime, s.g = knownPrime, 3
	}
	s.rsa = testRSA()
	client, server := net.Pipe()
	s.nc = server
	link, err := NewLink(client, LinkOptions{Transport: Intermediate})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.run() })
	res, err := Exchange(t.Context(), link, []exchange.PublicKey{{RSA: &s.rsa.PublicKey}}, ExchangeOptions{DC: -4})
	if err == nil {
		_ = link.Close()
	}
	wg.Wait()
	return res, err
}

func TestExchange(t *testing.T) {
	// A safe prime that is not Telegram's: group 14 of RFC 3526.
	other := mustHex("ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74" +
		"020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437" +
		"4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed" +
		"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05" +
		"98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb" +
		"9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b" +
		"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718" +
		"3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff")
	for _, tt := range []struct {
		name   string
		server keyServer
	}{
		{"known prime", keyServer{verdict: []string{"ok"}}},
		{"other prime", keyServer{prime: other, g: 2, verdict: []string{"ok"}}},
		{"retries", keyServer{verdict: []string{"retry", "retry", "retry", "retry", "ok"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &tt.server
			s.skew = -time.Hour
			res, err := runExchange(t, s)
			if err != nil {
				t.Fatal(err)
			}
			if res.Key != s.key.WithID() {
				t.Error("the two sides have different keys")
			}
			if (res.TimeOffset + time.Hour).Abs() > 2*time.Second {
				t.Errorf("time offset %v, want an hour back", res.TimeOffset)
			}
			for i, id := range s.retrys {
				if (i == 0) != (id == 0) {
					t.Errorf("retry_id %#x in attempt %d", id, i)
				}
			}
		})
	}
}

func TestExchangeRefused(t *testing.T) {
	for _, verdict := range [][]string{{"fail"}, {"retry", "fail"}, {"retry", "retry", "retry", "retry", "retry"}} {
		if _, err := runExchange(t, &keyServer{verdict: verdict}); !errors.Is(err, ErrExchange) {
			t.Errorf("%v: got %v, want ErrExchange", verdict, err)
		}
	}
}

func TestExchangeChecksEverything(t *testing.T) {
	flip := func(step, offset int) func(int, *bin.Buffer) {
		return func(n int, b *bin.Buffer) {
			if n == step {
				b.Buf[offset]++
			}
		}
	}
	const header = 8 + 8 + 4 + 4 // Up to the nonce.
	notPrime := append([]byte(nil), knownPrime...)
	notPrime[100]++
	for _, tt := range []struct {
		name   string
		server keyServer
	}{
		{"nonce in resPQ", keyServer{bend: flip(0, header)}},
		{"nonce in server_DH_params", keyServer{bend: flip(1, header)}},
		{"server_nonce in server_DH_params", keyServer{bend: flip(1, header+16)}},
		{"encrypted_answer", keyServer{bend: flip(1, header+32+100)}},
		{"nonce inside", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.Nonce[0]++ }}},
		{"server_nonce inside", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.ServerNonce[0]++ }}},
		{"dh_prime", keyServer{prime: notPrime, g: 4}},
		{"dh_prime too short", keyServer{prime: []byte{11}, g: 4}},
		{"g", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.G = 8 }}},
		{"g not a residue", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.G = 2 }}},
		{"g_a of one", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.GA = []byte{1} }}},
		{"g_a too small", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.GA = i.GA[:200] }}},
		{"g_a too large", keyServer{spoil: func(i *mt.ServerDHInnerData) { i.GA = i.DhPrime }}},
		{"nonce in dh_gen", keyServer{verdict: []string{"ok"}, bend: flip(2, header)}},
		{"server_nonce in dh_gen", keyServer{verdict: []string{"ok"}, bend: flip(2, header+16)}},
		{"new_nonce_hash1", keyServer{verdict: []string{"ok"}, bend: flip(2, header+32)}},
		{"new_nonce_hash2", keyServer{verdict: []string{"retry"}, bend: flip(2, header+32)}},
		{"new_nonce_hash3", keyServer{verdict: []string{"fail"}, bend: flip(2, header+32)}},
		{"msg_id", keyServer{bend: flip(0, 8)}},
		{"auth_key_id", keyServer{bend: flip(0, 0)}},
		{"constructor", keyServer{bend: flip(1, header-4)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := runExchange(t, &tt.server); !errors.Is(err, ErrProtocol) {
				t.Errorf("got %v, want ErrProtocol", err)
			}
		})
	}
}

func TestExchangeTransportErrors(t *testing.T) {
	for step := range 3 {
		for _, code := range []int{CodeKeyUnknown, CodeWrongDC, CodeFlood} {
			_, err := runExchange(t, &keyServer{
				verdict: []string{"ok"},
				bend: func(n int, b *bin.Buffer) {
					if n == step {
						b.Buf = binary.LittleEndian.AppendUint32(nil, uint32(int32(code)))
					}
				},
			})
			wantTransportError(t, err, code)
		}
	}
}

func TestExchangeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		link, err := NewLink(client, LinkOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := Exchange(ctx, link, nil, ExchangeOptions{})
			done <- err
		}()
		if _, err := io.ReadFull(server, make([]byte, 64+4)); err != nil { // It is under way.
			t.Fatal(err)
		}
		cancel(errUnwanted)
		if err := <-done; !errors.Is(err, errUnwanted) {
			t.Errorf("got %v, want the cause", err)
		}
		if _, err := server.Read(make([]byte, 1024)); !errors.Is(err, io.EOF) && err != nil {
			t.Errorf("the socket is still open: %v", err)
		}
	})
}

func TestKnownPrimeIsWhatServersSend(t *testing.T) {
	prime, err := exchange.TestServerRNG{}.DhPrime()
	if err != nil {
		t.Fatal(err)
	}
	if prime.Cmp(new(big.Int).SetBytes(knownPrime)) != 0 {
		t.Error("the known prime differs from gotd's copy")
	}
	for g := range 10 {
		fast, full := checkDH(g, knownPrime), crypto.CheckGP(g, prime)
		if (fast == nil) != (full == nil) {
			t.Errorf("g = %d: %v, want %v", g, fast, full)
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	serve := func(nc net.Conn) error {
		conn := &codecConn{nc: nc}
		if err := (codec.Intermediate{}).ReadHeader(nc); err != nil {
			return err
		}
		_, err := exchange.NewExchanger(conn, 2).Server(exchange.PrivateKey{RSA: testRSA()}).Run(context.Background())
		return err
	}
	keys := []exchange.PublicKey{{RSA: &testRSA().PublicKey}}
	run := func(b *testing.B, client func(nc net.Conn) error) {
		for b.Loop() {
			near, far := net.Pipe()
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := serve(far); err != nil {
					b.Error(err)
				}
			})
			if err := client(near); err != nil {
				b.Fatal(err)
			}
			wg.Wait()
			_ = near.Close()
		}
	}
	b.Run("ours", func(b *testing.B) {
		run(b, func(nc net.Conn) error {
			link, err := NewLink(nc, LinkOptions{Transport: Intermediate})
			if err != nil {
				return err
			}
			_, err = Exchange(b.Context(), link, keys, ExchangeOptions{DC: 2})
			return err
		})
	})
	b.Run("gotd", func(b *testing.B) {
		run(b, func(nc net.Conn) error {
			if err := (codec.Intermediate{}).WriteHeader(nc); err != nil {
				return err
			}
			_, err := exchange.NewExchanger(&codecConn{nc: nc}, 2).Client(keys).Run(b.Context())
			return err
		})
	})
}

// codecConn is gotd's transport.Conn over plain intermediate.
type codecConn struct{ nc net.Conn }

func (c *codecConn) Send(_ context.Context, b *bin.Buffer) error {
	return codec.Intermediate{}.Write(c.nc, b)
}

func (c *codecConn) Recv(_ context.Context, b *bin.Buffer) error {
	if err := (codec.Intermediate{}).Read(c.nc, b); err != nil {
		return fmt.Errorf("recv: %w", err)
	}
	return nil
}

func (c *codecConn) Close() error { return c.nc.Close() }
