package exit

import (
	"errors"
	"fmt"
	"testing"
)

func TestUnreported(t *testing.T) {
	reported, other := &Reported{Code: Missing}, errors.New("other")
	for _, c := range []struct {
		name      string
		err, want error
	}{
		{"nothing", nil, nil},
		{"another error", other, other},
		{"reported", reported, nil},
		{"wrapped", fmt.Errorf("x: %w", reported), nil},
		{"both", errors.Join(errors.Join(reported, nil), other), other},
		{"reported twice", errors.Join(reported, reported), nil},
	} {
		got := Unreported(c.err)
		if (got == nil) != (c.want == nil) || !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if _, ok := errors.AsType[*Reported](got); ok {
			t.Errorf("%s: %v was reported", c.name, got)
		}
	}
}
