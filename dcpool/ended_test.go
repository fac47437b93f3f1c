package dcpool

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/gotd/td/tg"
)

// TestEndedCallsKnowWhyAndThat: a call that its context ends is, by errors.Is, that
// context's error and its cause.
func TestEndedCallsKnowWhyAndThat(t *testing.T) {
	why := errors.New("the program shuts down")
	for name, call := range map[string]func(*Pool, context.Context) error{
		"Do": func(p *Pool, ctx context.Context) error {
			return p.Do(ctx, Target{DC: 4, Kind: Media}, &tg.HelpGetConfigRequest{}, &tg.Config{})
		},
		"Ping": func(p *Pool, ctx context.Context) error {
			_, err := p.Ping(ctx, Target{})
			return err
		},
		"Options": func(p *Pool, ctx context.Context) error {
			_, err := p.Options(ctx)
			return err
		},
		"MoveHome": func(p *Pool, ctx context.Context) error { return p.MoveHome(ctx, 4) },
		"LogOut":   func(p *Pool, ctx context.Context) error { return p.LogOut(ctx) },
	} {
		dialled := make(chan struct{}, 1)
		p, err := New(Config{APIID: 1, APIHash: "x", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			select {
			case dialled <- struct{}{}:
			default:
			}
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-dialled
			cancel(why)
		}()
		for _, when := range []string{"during", "before"} {
			if err := call(p, ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
				t.Errorf("%s %s: %v", when, name, err)
			}
		}
		closePool(t, p)
	}
}

func TestEnded(t *testing.T) {
	why, other := errors.New("why"), errors.New("other")
	over, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	for _, tt := range []struct {
		ctx  context.Context
		err  error
		both bool
	}{
		{t.Context(), nil, false}, {over, nil, false}, {t.Context(), why, false},
		{over, other, false}, {over, why, true}, {over, context.Canceled, true},
	} {
		got := Ended(tt.ctx, tt.err)
		if both := errors.Is(got, why) && errors.Is(got, context.Canceled); both != tt.both || !errors.Is(got, tt.err) {
			t.Errorf("%v becomes %v", tt.err, got)
		}
		if got != nil && got.Error() != tt.err.Error() {
			t.Errorf("%q says %q", tt.err, got)
		}
	}
}
