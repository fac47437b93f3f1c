package wire

import (
	"slices"
	"time"
)

const (
	// saltHorizon is how far ahead salts should be known. A salt lives an hour
	// and a new one begins every half hour.
	saltHorizon = time.Hour
	// saltBatch is the largest number get_future_salts may ask for.
	saltBatch = 64
	// saltInterval bounds how often it is asked.
	saltInterval = 5 * time.Minute
	// saltRetry is how soon it may be asked again after a salt was refused.
	saltRetry = 10 * time.Second
)

// salts chooses the server salt for a message. Times are the server's.
//
// See https://core.telegram.org/mtproto/service_messages#request-for-several-future-salts.
type salts struct {
	future  []Salt // Salts with known validity.
	current int64  // What the server named last; used when no future salt is valid.
}

func (s *salts) store(list []Salt) {
	s.future = s.future[:0]
	for _, salt := range list {
		if salt.Until.IsZero() {
			s.current = salt.Value
			continue
		}
		s.future = append(s.future, salt)
	}
}

// correct takes the salt that the server demanded. The ones it contradicts are
// forgotten.
func (s *salts) correct(value int64) {
	s.future = s.future[:0]
	s.current = value
}

// pick returns the valid salt that lives longest.
func (s *salts) pick(now time.Time) int64 {
	value, until := s.current, time.Time{}
	for _, salt := range s.future {
		if !now.Before(salt.Since) && now.Before(salt.Until) && salt.Until.After(until) {
			value, until = salt.Value, salt.Until
		}
	}
	return value
}

// low reports whether more salts should be asked for.
func (s *salts) low(now time.Time) bool {
	return !slices.ContainsFunc(s.future, func(salt Salt) bool {
		return salt.Until.Sub(now) > saltHorizon
	})
}
