package exit

import "errors"

// ErrInterrupted is the cause of a context that Ctrl-C or SIGTERM cancelled.
var ErrInterrupted = errors.New("stopped by Ctrl-C")

// UsageError is a command line that cannot be understood. Its text says what would be.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// ErrLoginOver means that an imported login is none any more.
var ErrLoginOver = errors.New("this login is over: it was logged out, or Telegram ended it")

// ErrNoFile means that a file to compare is not on the disk.
var ErrNoFile = errors.New("there is no such file")

// ErrNoSource means that nothing says where on Telegram a file on disk is from.
var ErrNoSource = errors.New("nothing says where this file is from")

// Coded is an error whose code no rule can know, for it is a command's own.
type Coded struct {
	Code Code
	Err  error
}

func (e *Coded) Error() string { return e.Err.Error() }

func (e *Coded) Unwrap() error { return e.Err }

// Reported is the end of a run whose failures were reported one by one.
type Reported struct{ Code Code }

func (e *Reported) Error() string { return "some items failed: " + e.Code.String() }

// Unreported is what of an error was not reported one by one; nil if all of it was.
func Unreported(err error) error {
	if _, ok := errors.AsType[*Reported](err); !ok {
		return err
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var left []error
	for _, part := range joined.Unwrap() {
		left = append(left, Unreported(part))
	}
	return errors.Join(left...)
}
