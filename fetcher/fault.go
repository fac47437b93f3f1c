package fetcher

import (
	"errors"
	"fmt"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// faultKind is what a failed request of a file asks for.
type faultKind uint8

const (
	faultFatal     faultKind = iota
	faultMoved               // the file lives on another data center
	faultReference           // the file reference expired
	faultLimit               // the limit is refused
	faultLength              // too many or too few bytes
	faultRedirect            // a CDN has the file
	faultToken               // the CDN does not know the token any more
	faultCDN                 // the CDN is of no use
	faultLate                // the CDN takes too long for this part
	faultAgain               // only the request failed
	faultUnknownDC           // nobody knows the data center
	faultLocation            // the file is not where the message says
)

// fault is a classified error.
type fault struct {
	kind     faultKind
	dc       int                       // faultMoved
	redirect *tg.UploadFileCDNRedirect // faultRedirect
	revision int                       // the redirect followed; 0 if none was
}

// classify says what is to be done about an error of a request for a file's
// bytes. Waits, connections and logins are not seen here: package dcpool has
// dealt with them. The bounds are in remote.go, refresh.go and package cdn's State; over
// all kinds a range is tried 30 times.
//
//	TAKEOUT_INVALID               a new export is begun, once for all calls; 1 per call
//	FILE_MIGRATE                  the file moves, once for all parts, and is remembered when it served;
//	                              4 moves, then *MigrationError
//	FILE_REFERENCE_*,             the source is asked again, once for all parts and files of the chat (finder.go);
//	FILEREF_UPGRADE_NEEDED        unchanged twice, or 5 times without a byte: *ReferenceError
//	LIMIT_INVALID                 the limit is halved for the file, down to 4 KiB
//	bytes that contradict a hash  the grains are missing again; 2 per window, then *VerifyError
//	short, long or empty answer   asked again, never counted; 3 per range, then ErrShort or ErrLong
//	redirect to a CDN             followed; 8 different ones, then the CDN is ruled out for the file
//	CDN: FILE_TOKEN_INVALID       back to the file's data center for a new redirect; counts as one
//	CDN: a re-upload is needed    asked for once for all parts; 8 without a byte, then it is ruled out
//	CDN: a window does not match  another connection, then the file's data center, twice, then *VerifyError;
//	                              after 16 such windows the CDN is ruled out
//	CDN: a part is late by 15 s   the part comes from the file's data center; twice, then the CDN is ruled out
//	CDN: nothing that holds for   ruled out, and left alone for minutes by all files (cdnwatch.go, contest.go)
//	15 s, or clearly slower
//	CDN: out of reach             dcpool leaves it alone for minutes; no redirect is asked for meanwhile
//	CDN: anything else            ruled out for the file
//	disk                          the file stops, NAME.part and journal stay; *DiskError says what to do
//	the rest                      fatal for the file: ErrNotFound or ErrNoAccess where it is that
//
// https://core.telegram.org/api/files#handling-file-references
func classify(err error) fault {
	if redirect, ok := errors.AsType[*redirectError](err); ok {
		return fault{kind: faultRedirect, redirect: redirect.redirect}
	}
	if ofCDN, ok := errors.AsType[*cdnError](err); ok {
		return fault{kind: classifyCDN(ofCDN.err), revision: ofCDN.revision}
	}
	switch {
	case isA[*limitError](err):
		return fault{kind: faultLimit}
	case isLength(err):
		return fault{kind: faultLength}
	case isA[*dcpool.UnknownDCError](err):
		return fault{kind: faultUnknownDC}
	}
	if dc, moved := dcpool.FileMigrated(err); moved {
		return fault{kind: faultMoved, dc: dc}
	}
	switch {
	case dcpool.ReferenceExpired(err):
		return fault{kind: faultReference}
	case tgerr.Is(err, "FILE_ID_INVALID", "LOCATION_INVALID"):
		return fault{kind: faultLocation}
	default:
		return fault{}
	}
}

func classifyCDN(err error) faultKind {
	switch {
	case isA[*limitError](err):
		return faultLimit
	case isLength(err):
		return faultLength
	case errors.Is(err, errCDNLate):
		return faultLate
	case tgerr.Is(err, "FILE_TOKEN_INVALID"):
		return faultToken
	case tgerr.Is(err, "REQUEST_TOKEN_INVALID"), errors.Is(err, errReuploaded):
		return faultAgain
	default:
		return faultCDN
	}
}

// redirectError is an answer that sends the request to a CDN.
type redirectError struct{ redirect *tg.UploadFileCDNRedirect }

func (e *redirectError) Error() string { return fmt.Sprintf("redirected to CDN %d", e.redirect.DCID) }

// cdnError is any failure on the way over a CDN, of which none is the file's
// end.
type cdnError struct {
	revision int // of the redirect followed
	err      error
}

func (e *cdnError) Error() string { return "CDN: " + e.err.Error() }

func (e *cdnError) Unwrap() error { return e.err }

// limitError is a server's refusal of a limit.
type limitError struct {
	limit int
	err   error
}

func (e *limitError) Error() string { return fmt.Sprintf("limit %d: %v", e.limit, e.err) }

func (e *limitError) Unwrap() error { return e.err }

// lengthError is an answer with another number of bytes than there must be. It
// is ErrShort or ErrLong.
type lengthError struct{ got, want int }

func (e *lengthError) Error() string {
	return fmt.Sprintf("%v: %d bytes in place of %d", e.Unwrap(), e.got, e.want)
}

func (e *lengthError) Unwrap() error {
	if e.got < e.want {
		return ErrShort
	}
	return ErrLong
}

func isLength(err error) bool {
	return errors.Is(err, ErrShort) || errors.Is(err, ErrLong)
}

// asked turns the error of a request for limit bytes into this package's
// words.
func asked(limit int, err error) error {
	if tooLong, ok := errors.AsType[*filedata.LengthError](err); ok {
		return &lengthError{got: tooLong.Got, want: tooLong.Max}
	}
	if tgerr.Is(err, "LIMIT_INVALID") {
		return &limitError{limit: limit, err: err}
	}
	return err
}

// noAccess is what servers say to an account that may not see something.
var noAccess = []string{
	"CHANNEL_PRIVATE", "CHANNEL_INVALID", "CHANNEL_PUBLIC_GROUP_NA", "CHAT_ID_INVALID", "CHAT_FORBIDDEN", "CHAT_RESTRICTED",
	"PEER_ID_INVALID", "USER_BANNED_IN_CHANNEL", "USER_NOT_PARTICIPANT",
}

// notFound is what servers say about something that is not there.
var notFound = []string{
	"STICKERSET_INVALID", "USERNAME_NOT_OCCUPIED", "USERNAME_INVALID", "MSG_ID_INVALID", "MESSAGE_ID_INVALID", "FILE_ID_INVALID", "LOCATION_INVALID",
	"INVITE_HASH_EMPTY", "INVITE_HASH_EXPIRED", "INVITE_HASH_INVALID",
}

// explain adds the meaning of a server's words to them.
func explain(err error) error {
	switch {
	case errors.Is(err, ErrNoAccess), errors.Is(err, ErrNotFound):
		return err
	case tgerr.Is(err, noAccess...):
		return fmt.Errorf("%w (%w)", ErrNoAccess, err)
	case tgerr.Is(err, notFound...):
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	default:
		return err
	}
}
