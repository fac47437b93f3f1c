package wire

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrClosed is the cause in a ClosedError after Conn.Close.
	ErrClosed = errors.New("connection closed")
	// ErrStalled is the cause in a ClosedError when an answer was due and less than 64
	// bytes per second of it arrived for Options.StallTimeout, or for
	// Options.AnswerTimeout nothing but service messages.
	ErrStalled = errors.New("connection stalled: no answer from the server")
	// ErrProtocol is wrapped by every error about a peer that breaks MTProto: a
	// wrong msg_key, a wrong length, a foreign nonce.
	ErrProtocol = errors.New("mtproto violation")
	// ErrExchange is wrapped by errors of a key exchange that the server refused
	// or that did not end in a common key.
	ErrExchange = errors.New("key exchange refused")
)

// Codes of transport errors.
// See https://core.telegram.org/mtproto/mtproto-transports#transport-errors.
const (
	CodeKeyUnknown = -404 // The auth key is not known to this DC.
	CodeFlood      = -429 // Too many connections, or container limits exceeded.
	CodeWrongDC    = -444 // The DC id in the header or in the exchange is not this DC's.
)

// TransportError is a four-byte error frame of the server. It ends the
// connection.
type TransportError struct {
	// Code is negative: CodeKeyUnknown, CodeFlood, CodeWrongDC or another.
	Code int
}

func (e *TransportError) Error() string {
	switch e.Code {
	case CodeKeyUnknown:
		return "transport error -404: auth key unknown"
	case CodeFlood:
		return "transport error -429: too many connections"
	case CodeWrongDC:
		return "transport error -444: wrong dc id"
	default:
		return fmt.Sprintf("transport error %d", e.Code)
	}
}

// ClosedError is the result of a call whose connection ended before its answer.
type ClosedError struct {
	// Sent reports that the request may have reached the server. When false not
	// one byte of it was handed to the socket, so any request may be repeated.
	Sent bool
	// Cause is why the connection ended: ErrClosed, ErrStalled, a
	// *TransportError, an error of the socket, or one wrapping ErrProtocol.
	Cause error
}

func (e *ClosedError) Error() string {
	if e.Sent {
		return fmt.Sprintf("connection lost with the request sent: %v", e.Cause)
	}
	return fmt.Sprintf("connection lost before the request was sent: %v", e.Cause)
}

func (e *ClosedError) Unwrap() error { return e.Cause }

// maxText bounds the texts of a server in errors, and of errors about what it sent, in bytes.
const maxText = 200

// cut is a text without what goes beyond maxText.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

// DecodeError is the result of a call whose answer arrived but could not be
// decoded into the caller's out.
type DecodeError struct {
	Err error
}

func (e *DecodeError) Error() string { return "decode answer: " + cut(e.Err.Error()) }

func (e *DecodeError) Unwrap() error { return e.Err }

// BadMessageError is the result of a call that the server refused to read and
// that did not get through after the bounded number of corrections.
//
// See https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message.
type BadMessageError struct {
	// Code is the error_code of bad_msg_notification: 16–20, 32–35, 48 or 64.
	Code int
}

func (e *BadMessageError) Error() string {
	return fmt.Sprintf("bad message %d: %s", e.Code, badMessageText(e.Code))
}

func badMessageText(code int) string {
	switch code {
	case 16:
		return "msg_id too low"
	case 17:
		return "msg_id too high"
	case 18:
		return "msg_id not divisible by four"
	case 19:
		return "container msg_id used before"
	case 20:
		return "message too old"
	case 32:
		return "msg_seqno too low"
	case 33:
		return "msg_seqno too high"
	case 34:
		return "even msg_seqno expected"
	case 35:
		return "odd msg_seqno expected"
	case 48:
		return "incorrect server salt"
	case 64:
		return "invalid container"
	default:
		return "unknown code"
	}
}

// FingerprintError reports that the server offered none of the RSA keys we
// know. On a CDN it means that help.getCdnConfig must be fetched again.
type FingerprintError struct {
	// Offered holds the fingerprints of the server's keys.
	Offered []int64
}

func (e *FingerprintError) Error() string {
	return fmt.Sprintf("no known RSA key among the %d offered: %x", len(e.Offered), e.Offered)
}
