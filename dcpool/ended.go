package dcpool

import (
	"context"
	"errors"
)

// endedError is an error of a call whose context ended: it is both that context's
// error and its cause, whichever of them the call came upon.
type endedError struct {
	error
	over, cause error
}

func (e *endedError) Unwrap() []error { return []error{e.error, e.over, e.cause} }

// Ended makes an error of a call that its context has ended recognizable by the
// context's error, as by [context.Canceled], and by its cause. Public calls with a
// context return through it, here and in package fetcher, and so do Doers. Other
// errors, and nil, stay as they are.
func Ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	over, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(err, over) == errors.Is(err, cause) {
		return err
	}
	return &endedError{err, over, cause}
}
