package simdc

import (
	"crypto/rand"
	"testing"

	"github.com/gotd/td/telegram/auth"
)

// The client's half is gotd's.
func TestSRP(t *testing.T) {
	x := &verifier{password: "pässword", seed: 1}
	answer := func(t *testing.T, c challenge, password string) (a, m1 []byte) {
		t.Helper()
		random := make([]byte, srpSize)
		rand.Read(random)
		got, err := auth.PasswordHash([]byte(password), c.ID, c.B, random, c.algo)
		if err != nil {
			t.Fatalf("gotd's answer: %v", err)
		}
		return got.A, got.M1
	}

	t.Run("right password", func(t *testing.T) {
		c := x.challenge()
		if valid, proven := c.verify(answer(t, c, "pässword")); !valid || !proven {
			t.Errorf("valid %v, proven %v", valid, proven)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		c := x.challenge()
		if valid, proven := c.verify(answer(t, c, "password")); !valid || proven {
			t.Errorf("valid %v, proven %v", valid, proven)
		}
	})
	t.Run("proof of another challenge", func(t *testing.T) {
		a, m1 := answer(t, x.challenge(), "pässword")
		if _, proven := x.challenge().verify(a, m1); proven {
			t.Error("proven")
		}
	})
	t.Run("A of zero or p", func(t *testing.T) {
		c := x.challenge()
		for _, a := range [][]byte{nil, make([]byte, srpSize), padded(srpP), make([]byte, srpSize+1)} {
			if valid, _ := c.verify(a, make([]byte, 32)); valid {
				t.Errorf("A of %d bytes is valid", len(a))
			}
		}
	})
}
