package pick

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes as people write it: 500k and 5M are decimal, 500KiB and 5MiB binary. It
// is a flag's value.
type Size struct {
	Bytes int64
	Given bool

	text string // as it was written
}

var errSize = errors.New("give a size such as 500k, 5M or 1.5GiB")

func (s *Size) String() string { return s.text }

func (s *Size) Type() string { return "SIZE" }

func (s *Size) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > 1<<62 {
		return errSize
	}
	*s = Size{Bytes: int64(n), Given: true, text: text}
	return nil
}

// Moment is a point in time as people write it. It is a flag's value.
type Moment struct {
	time.Time
	// EndOfDay says that a day means its end, not its beginning.
	EndOfDay bool

	text string // as it was written
}

var errMoment = errors.New("give a day such as 2026-01-31, a time such as 2026-01-31T12:00:00Z, or how long ago, such as 12h, 7d or 4w")

func (m *Moment) String() string { return m.text }

func (m *Moment) Type() string { return "WHEN" }

func (m *Moment) Set(text string) error {
	t, err := m.parse(text, time.Now())
	if err != nil {
		return err
	}
	m.Time, m.text = t, text
	return nil
}

func (m *Moment) parse(text string, now time.Time) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		if m.EndOfDay {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for unit, days := range map[string]int{"d": 1, "w": 7} {
		if n, err := strconv.ParseUint(strings.TrimSuffix(text, unit), 10, 16); err == nil && strings.HasSuffix(text, unit) {
			return now.AddDate(0, 0, -int(n)*days), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, errMoment
}
