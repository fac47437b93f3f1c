package wire

import (
	"fmt"
	"math/bits"
)

// pqSteps bounds the search for a factor. A product of two 31-bit primes needs
// some 2^16 steps; a server whose number takes more is not one to wait for.
const pqSteps = 1 << 22

// factorize splits pq into its two factors, p < q, by Pollard's rho in Brent's
// form. Montgomery multiplication makes it a few milliseconds.
func factorize(pq uint64) (p, q uint64, err error) {
	if pq < 4 {
		return 0, 0, fmt.Errorf("%w: pq = %d", ErrProtocol, pq)
	}
	p = 2
	if pq%2 != 0 {
		p = findFactor(pq)
	}
	if p == 0 {
		return 0, 0, fmt.Errorf("%w: pq = %d has no two factors", ErrProtocol, pq)
	}
	q = pq / p
	if p > q {
		p, q = q, p
	}
	if p == q || p == 1 {
		return 0, 0, fmt.Errorf("%w: pq = %d is not a product of two different primes", ErrProtocol, pq)
	}
	return p, q, nil
}

// findFactor returns a factor of the odd number n other than 1 and n, or 0.
func findFactor(n uint64) uint64 {
	m := newMontgomery(n)
	steps := pqSteps
	for c := uint64(1); ; c++ {
		if g := m.rho(c%n, &steps); g != n {
			return g
		}
	}
}

// rho walks y → y²+c and returns a factor of n, n itself when the walk came full
// circle without one, or 0 when no steps are left.
func (m montgomery) rho(c uint64, steps *int) uint64 {
	next := func(y uint64) uint64 { return m.add(m.mul(y, y), c) }
	y, product := uint64(2), m.one
	for length := 1; ; length *= 2 {
		x := y
		for i := 0; i < length; {
			// Differences are multiplied up so that one gcd serves many of them.
			block, from := min(128, length-i), y
			if *steps -= block; *steps < 0 {
				return 0
			}
			for range block {
				y = next(y)
				product = m.mul(product, absDiff(x, y))
			}
			i += block
			g := gcd(product, m.n)
			if g == 1 {
				continue
			}
			if g == m.n { // Two factors fell into this block: go through it singly.
				for g = 1; g == 1; {
					from = next(from)
					g = gcd(absDiff(x, from), m.n)
				}
			}
			return g
		}
	}
}

// montgomery multiplies modulo an odd n without division.
type montgomery struct {
	n, inv uint64 // inv = -1/n modulo 2^64.
	one    uint64 // 2^64 modulo n.
}

func newMontgomery(n uint64) montgomery {
	inv := n // Newton's iteration doubles the right bits: 3, 6, …, 96.
	for range 5 {
		inv *= 2 - n*inv
	}
	_, one := bits.Div64(1%n, 0, n)
	return montgomery{n: n, inv: -inv, one: one}
}

// mul returns a*b/2^64 modulo n, for a, b < n.
func (m montgomery) mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	rhi, rlo := bits.Mul64(lo*m.inv, m.n)
	_, carry := bits.Add64(lo, rlo, 0)
	sum, over := bits.Add64(hi, rhi, carry)
	if over != 0 || sum >= m.n {
		sum -= m.n
	}
	return sum
}

// add returns a+b modulo n, for a, b < n.
func (m montgomery) add(a, b uint64) uint64 {
	sum, over := bits.Add64(a, b, 0)
	if over != 0 || sum >= m.n {
		sum -= m.n
	}
	return sum
}

func absDiff(a, b uint64) uint64 {
	if a > b {
		return a - b
	}
	return b - a
}

// gcd is the binary algorithm for an odd b; gcd(0, b) = b.
func gcd(a, b uint64) uint64 {
	for a != 0 {
		a >>= bits.TrailingZeros64(a)
		if a < b {
			a, b = b, a
		}
		a -= b
	}
	return b
}
