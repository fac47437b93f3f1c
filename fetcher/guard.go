package fetcher

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// CallerError reports code of the caller's, run by this package, that failed or
// panicked. A panic does not reach the program: it would come from a goroutine that
// nobody can recover in.
type CallerError struct {
	// What is whose code: "Target.Writer", "Config.Refresh" and the like.
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

// callerWriter is a caller's writer whose failures are named as its own.
type callerWriter struct{ to io.WriterAt }

// WriteAt implements io.WriterAt. The error is a *CallerError.
func (w callerWriter) WriteAt(p []byte, off int64) (n int, err error) {
	defer guard("Target.Writer", &err)
	n, err = w.to.WriteAt(p, off)
	if err == nil && n != len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		err = &CallerError{What: "Target.Writer", Err: err}
	}
	return n, err
}

// callerFile is one that can be read, too.
type callerFile struct {
	callerWriter
	from io.ReaderAt
}

// ReadAt implements io.ReaderAt. The error is io.EOF or a *CallerError.
func (f callerFile) ReadAt(p []byte, off int64) (n int, err error) {
	defer guard("Target.Writer", &err)
	n, err = f.from.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = &CallerError{What: "Target.Writer", Err: err}
	}
	return n, err
}

// callersWriter guards a writer; nil stays nil.
func callersWriter(w io.WriterAt) io.WriterAt {
	if w == nil {
		return nil
	}
	if r, ok := w.(io.ReaderAt); ok {
		return callerFile{callerWriter{w}, r}
	}
	return callerWriter{w}
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
