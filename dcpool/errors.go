package dcpool

import (
	"errors"
	"fmt"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

var (
	// ErrClosed is returned by calls of a closed Pool.
	ErrClosed = errors.New("connection pool is closed: the program has ended its connections")
	// ErrLoginNeeded is wrapped, with the reason, by errors that only a new
	// login can cure. Nothing stored was changed.
	ErrLoginNeeded = errors.New("login needed")
	// ErrNoCDN is wrapped by errors of CDN calls when the network has no usable
	// CDN: the file's own data center can serve the bytes.
	ErrNoCDN = errors.New("CDN not available")
)

// FloodError reports that Telegram asks to wait longer than
// Limits.FloodWaitMax, or at all where Target.NoFloodWait is set.
type FloodError struct {
	// DC is the data center that asked.
	DC int
	// Method is the method flooded; for file reads that of the call.
	Method string
	// Name is that of the server's error, such as FLOOD_PREMIUM_WAIT; it may be
	// empty.
	Name string
	// Wait is how long, from the time of the error; 0 while another call finds out
	// whether the wait is over.
	Wait time.Duration
}

// Kind is what there is to wait with.
func (e *FloodError) Kind() FloodKind { return method(e.Method).flood() }

func (e *FloodError) Error() string {
	if e.Wait < time.Second {
		return fmt.Sprintf("DC %d: Telegram asks to wait before %s", e.DC, e.Method)
	}
	return fmt.Sprintf("DC %d: Telegram asks to wait %v before %s", e.DC, e.Wait.Round(time.Second), e.Method)
}

// UnknownDCError reports a data center id that no known option has.
type UnknownDCError struct {
	DC   int
	Kind Kind
}

func (e *UnknownDCError) Error() string {
	return fmt.Sprintf("no known address of DC %d for %s connections: check the id, and the IP version in use", e.DC, e.Kind)
}

// Is makes errors.Is(err, ErrNoCDN) true for CDN data centers.
func (e *UnknownDCError) Is(target error) bool {
	return target == ErrNoCDN && e.Kind == CDN
}

// MigrationLoopError reports data centers that send a request on and on.
type MigrationLoopError struct {
	// Path is the ids visited, in order.
	Path []int
	// Method is the method of the request.
	Method string
}

func (e *MigrationLoopError) Error() string {
	return fmt.Sprintf("%s is sent from DC to DC without end: %v", e.Method, e.Path)
}

// UnreachableError reports a data center that no address led to within the
// bounded number of attempts.
type UnreachableError struct {
	DC   int
	Kind Kind
	// Err is the last failure.
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("DC %d (%s) cannot be reached: %v", e.DC, e.Kind, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrNoCDN) true for CDN data centers.
func (e *UnreachableError) Is(target error) bool {
	return target == ErrNoCDN && e.Kind == CDN
}

// UnknownKeyError reports a server that offered none of the RSA keys it could prove
// itself with: Network.Keys are not this server's, or it is not who it should be.
type UnknownKeyError struct {
	DC int
	// Addr is the address that was dialled.
	Addr string
	// Offered is the fingerprints of the server's keys.
	Offered []int64
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("the server at %s has none of the RSA keys that DC %d is known by (it offers %x): "+
		"use the address or cluster file that belongs to it", e.Addr, e.DC, e.Offered)
}

// WrongDCError reports a data center at whose only address a server says that it is
// another one.
type WrongDCError struct {
	DC int
	// Addr is the address that was dialled.
	Addr string
}

func (e *WrongDCError) Error() string {
	return fmt.Sprintf("the server at %s says that it is not DC %d (transport error -444): "+
		"use the address or cluster file that belongs to it", e.Addr, e.DC)
}

// DecodeError reports a call whose answer arrived but is not what the method
// returns, or not whole.
type DecodeError struct {
	// Err is why it could not be decoded.
	Err error
}

func (e *DecodeError) Error() string { return (&wire.DecodeError{Err: e.Err}).Error() }

func (e *DecodeError) Unwrap() error { return e.Err }

// LostError reports a call whose connection ended before the answer and that
// was not, or not any more, repeated.
type LostError struct {
	DC     int
	Method string
	// Sent says that the server may have read the call, and acted on it.
	Sent bool
	// Err is why the connection ended.
	Err error
}

func (e *LostError) Error() string {
	text := "was not sent"
	if e.Sent {
		text = "may or may not have been done"
	}
	return fmt.Sprintf("connection to DC %d lost, %s %s: %v", e.DC, e.Method, text, e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// loginError wraps ErrLoginNeeded with the reason and the error behind it.
type loginError struct {
	why string
	err error // May be nil.
}

func (e *loginError) Error() string {
	if e.err == nil {
		return ErrLoginNeeded.Error() + ": " + e.why
	}
	return fmt.Sprintf("%v: %s: %v", ErrLoginNeeded, e.why, e.err)
}

func (e *loginError) Unwrap() []error {
	if e.err == nil {
		return []error{ErrLoginNeeded}
	}
	return []error{ErrLoginNeeded, e.err}
}

// LogOutError reports a login that is forgotten here, but that the server could
// not be told of.
type LogOutError struct{ Err error }

func (e *LogOutError) Error() string {
	return fmt.Sprintf("the login and its keys are forgotten here, but Telegram could not be told and still lists this device: "+
		"end it in a Telegram app, under Settings, Devices (%v)", e.Err)
}

func (e *LogOutError) Unwrap() error { return e.Err }

// storeError is an error of the session.Store. Repeating a call does not help.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// BindError reports a data center that does not bind temporary keys, so that it
// cannot be used with Config.PFS.
//
// See https://core.telegram.org/method/auth.bindTempAuthKey.
type BindError struct {
	DC  int
	Err error // As the server sent it.
}

func (e *BindError) Error() string {
	return fmt.Sprintf("DC %d does not bind temporary keys, so it cannot be used with PFS: %v", e.DC, e.Err)
}

func (e *BindError) Unwrap() error { return e.Err }
