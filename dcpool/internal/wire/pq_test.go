package wire

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gotd/td/crypto"
)

func TestFactorize(t *testing.T) {
	for _, tt := range []struct{ pq, p, q uint64 }{
		{6, 2, 3},
		{15, 3, 5},
		{21, 3, 7},
		{0x17ED48941A08F981, 0x494C553B, 0x53911073}, // The example of the documentation.
		{2 * 4611686018427387847, 2, 4611686018427387847},
		{3 * 3074457345618258599, 3, 3074457345618258599},
	} {
		p, q, err := factorize(tt.pq)
		if err != nil || p != tt.p || q != tt.q {
			t.Errorf("factorize(%d) = %d, %d, %v; want %d, %d", tt.pq, p, q, err, tt.p, tt.q)
		}
	}
}

func TestFactorizeRandomProducts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	prime := func() uint64 {
		for {
			if n := 1<<30 | rnd.Uint64N(1<<31); big.NewInt(int64(n)).ProbablyPrime(0) {
				return n
			}
		}
	}
	for range 200 {
		a, b := prime(), prime()
		if a == b {
			continue
		}
		p, q, err := factorize(a * b)
		if err != nil || p != min(a, b) || q != max(a, b) {
			t.Fatalf("factorize(%d*%d) = %d, %d, %v", a, b, p, q, err)
		}
	}
}

func TestFactorizeRefuses(t *testing.T) {
	for _, pq := range []uint64{
		0, 1, 2, 3, 4, 5, 7, 9, 25,
		2147483647 * 2147483647,                     // a square
		4611686018427387847, 1<<63 - 25, 1<<64 - 59, // primes
	} {
		if p, q, err := factorize(pq); !errors.Is(err, ErrProtocol) {
			t.Errorf("factorize(%d) = %d, %d, %v; want ErrProtocol", pq, p, q, err)
		}
	}
}

func BenchmarkFactorize(b *testing.B) {
	const pq = 0x17ED48941A08F981
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := factorize(pq); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gotd", func(b *testing.B) {
		n := new(big.Int).SetUint64(pq)
		for b.Loop() {
			if _, _, err := crypto.DecomposePQ(n, crypto.DefaultRand()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
