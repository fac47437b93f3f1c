package proxy

import (
	"context"
	"errors"
)

// ErrDenied is wrapped by an [*Error] about a user name, password or secret that
// the proxy does not accept: trying again does not help.
var ErrDenied = errors.New("access denied")

// Error says that it is the proxy that failed, not what lies behind it.
type Error struct {
	// Proxy is [Proxy.String].
	Proxy string
	// Text is what went wrong.
	Text string
	// Err is the cause; nil if Text says it all.
	Err error
}

func (e *Error) Error() string {
	text := "proxy " + e.Proxy + " " + e.Text
	if e.Err != nil && !errors.Is(e.Err, ErrDenied) {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// failed makes err one of p, unless it is one, or the caller gave up.
func (p *Proxy) failed(ctx context.Context, text string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	cause := context.Cause(ctx)
	switch {
	case cause == nil:
		return &Error{Proxy: p.String(), Text: text, Err: err}
	case errors.Is(cause, context.DeadlineExceeded):
		return &Error{Proxy: p.String(), Text: "did not answer in time", Err: cause}
	}
	return cause
}

func (p *Proxy) denied(text string) error {
	return &Error{Proxy: p.String(), Text: text, Err: ErrDenied}
}

// HungUp is what the end of a connection that brought no answer means: an MTProxy
// hangs up on who has the wrong secret, and on data centers it does not know. In
// all other cases it is err itself.
func (p *Proxy) HungUp(err error) error {
	if _, ok := p.MTProxy(); !ok {
		return err
	}
	return &Error{
		Proxy: p.String(),
		Text:  "passed on no answer: its secret may be wrong, or it does not serve this data center",
		Err:   err,
	}
}
