package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that JSON writes as "40ms".
type Duration time.Duration

// Std returns the duration as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String implements fmt.Stringer.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON implements json.Unmarshaler: a string as time.ParseDuration
// takes it, not negative.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("%s is not a duration: write it as a string such as \"40ms\"", data)
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration: write it as \"40ms\" or \"1.5s\"", s)
	}
	*d = Duration(v)
	return nil
}

// Offset is a time.Duration of either sign that JSON writes as "-2h0m0s".
type Offset time.Duration

// Std returns the offset as the standard library's type.
func (o Offset) Std() time.Duration { return time.Duration(o) }

// MarshalJSON implements json.Marshaler.
func (o Offset) MarshalJSON() ([]byte, error) { return json.Marshal(o.Std().String()) }

// UnmarshalJSON implements json.Unmarshaler: a string as time.ParseDuration takes it.
func (o *Offset) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("%s is not an offset: write it as a string such as \"-2h\"", data)
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not an offset: write it as \"90s\" or \"-2h\"", s)
	}
	*o = Offset(v)
	return nil
}

// Size is a number of bytes, or of bytes per second. JSON takes a number or a
// string with a unit: "10MB" is 10,000,000, "64KiB" is 65,536.
type Size int64

// units by suffix; longer suffixes come first because each ends in B.
var units = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"KB", 1e3}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

var errSize = errors.New(`write it as a number of bytes or as "10MB" or "64KiB"`)

// ParseSize reads a size as JSON strings hold it.
func ParseSize(s string) (Size, error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if v *= u.bytes; err != nil || v < 0 || v > math.MaxInt64/2 || math.IsNaN(v) {
			break
		}
		return Size(v), nil
	}
	return 0, fmt.Errorf("%q is not a size: %w", s, errSize)
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Size) UnmarshalJSON(data []byte) error {
	s := string(data)
	if len(data) > 0 && data[0] == '"' {
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
	}
	v, err := ParseSize(s)
	if err != nil {
		return err
	}
	*n = v
	return nil
}
