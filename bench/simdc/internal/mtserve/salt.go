package mtserve

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
)

const (
	maxFutureSalts = 64
	// saltLookBack bounds how many past salts are compared; it matters only
	// when the grace is very long compared with the period.
	saltLookBack = 64
)

// saltSchedule says which server salt of one key is current when. Salts follow
// one another every period and stay valid for grace longer, so two overlap.
// They are computed, not stored: the first comes from the key exchange, the
// others from the key and their number.
//
// https://core.telegram.org/mtproto/description#server-salt
type saltSchedule struct {
	first         int64
	start         time.Time
	period, grace time.Duration
}

// number returns the number of the salt that is current.
func (s saltSchedule) number(now time.Time) int64 {
	return max(0, int64(now.Sub(s.start)/s.period))
}

func (s saltSchedule) value(key *crypto.Key, n int64) int64 {
	if n == 0 {
		return s.first
	}
	h := sha256.New()
	h.Write(key[:])
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], uint64(n))
	h.Write(number[:])
	return int64(binary.LittleEndian.Uint64(h.Sum(nil)))
}

func (s saltSchedule) since(n int64) time.Time {
	return s.start.Add(time.Duration(n) * s.period)
}

func (s saltSchedule) until(n int64) time.Time {
	return s.since(n + 1).Add(s.grace)
}

// current returns the salt that clients should use now.
func (s saltSchedule) current(key *crypto.Key, now time.Time) int64 {
	return s.value(key, s.number(now))
}

// valid reports whether a message with this salt is accepted now.
func (s saltSchedule) valid(key *crypto.Key, salt int64, now time.Time) bool {
	last := s.number(now)
	for n := last; n >= 0 && n > last-saltLookBack && now.Before(s.until(n)); n-- {
		if s.value(key, n) == salt {
			return true
		}
	}
	return false
}

// future returns up to count salts, the current one first.
func (s saltSchedule) future(key *crypto.Key, now time.Time, count int) []mt.FutureSalt {
	first := s.number(now)
	salts := make([]mt.FutureSalt, 0, maxFutureSalts)
	for i := range int64(min(max(count, 1), maxFutureSalts)) {
		salts = append(salts, mt.FutureSalt{
			ValidSince: int(s.since(first + i).Unix()),
			ValidUntil: int(s.until(first + i).Unix()),
			Salt:       s.value(key, first+i),
		})
	}
	return salts
}
