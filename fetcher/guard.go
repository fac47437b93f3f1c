package fetcher

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// CallerError reports code of the caller's, run by this package, that failed or
// panicked. A panic does not reach the program: it would come from a goroutine that
// nobody can recover in.
type CallerError struct {
	// What is whose code: "the caller's writer", "Config.Refresh" and the like.
	What string
	// Err is what it returned, or what it panicked with.
	Err error
	// Stack is where it panicked; nil if it did not.
	Stack []byte
}

func (e *CallerError) Error() string {
	if e.Stack != nil {
		return e.What + " panicked: " + e.Err.Error()
	}
	return e.What + ": " + e.Err.Error()
}

func (e *CallerError) Unwrap() error { return e.Err }

// callersWriter is what errors call a writer that was given to Fetch or Stream.
const callersWriter = "the caller's writer"

// guard, deferred, makes a panic of the caller's code what an error. No frame but its
// own and the caller's may be between.
func guard(what string, err *error) {
	if v := recover(); v != nil {
		failure, ok := v.(error)
		if !ok {
			failure = fmt.Errorf("%v", v)
		}
		*err = &CallerError{What: what, Err: failure, Stack: debug.Stack()}
	}
}

// callerDoer is a Doer of the caller's, or one that the caller has put something around.
type callerDoer struct {
	what string
	Doer
}

// Do implements Doer.
func (d callerDoer) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) (err error) {
	defer guard(d.what, &err)
	return d.Doer.Do(ctx, t, in, out)
}

// guarded is a Refresher that does not panic; nil stays nil.
func (r Refresher) guarded() Refresher {
	if r == nil {
		return nil
	}
	return func(ctx context.Context, f File) (location tg.InputFileLocationClass, err error) {
		defer guard("Config.Refresh", &err)
		return r(ctx, f)
	}
}

// askTarget calls the caller's function for a file's target.
func askTarget(target func(File) Target, f File) (t Target, err error) {
	defer guard("the target function of FetchAll", &err)
	return target(f), nil
}
