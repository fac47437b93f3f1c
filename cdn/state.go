package cdn

import (
	"github.com/gotd/td/tg"
)

// Bounds on what one file puts up with before it is read from its own data
// center for good.
const (
	maxRedirects  = 8
	maxReuploads  = 8 // without a byte between them
	maxMismatches = 16
	maxLate       = 2 // parts that the file's data center had to serve
)

// State says where the bytes of one file come from. The zero value asks the
// file's data center and lets it redirect. It is a value: each event returns
// the state after it, and what happened under an older revision changes nothing.
type State struct {
	redirect   *Redirect
	off        error
	revision   int
	reuploads  int // all of them
	fruitless  int // re-uploads since the CDN last served
	mismatches int
	late       int
}

// Redirect is the redirect to follow, or nil to ask the file's data center.
func (s State) Redirect() *Redirect { return s.redirect }

// Allowed reports whether the file's data center may be asked with
// cdn_supported. Once false it stays so.
func (s State) Allowed() bool { return s.off == nil }

// Reason is why the CDN is ruled out, or nil if it is not.
func (s State) Reason() error { return s.off }

// Redirected is the answer of the file's data center with a redirect. The same
// redirect again changes nothing. One that makes no sense, or one too many,
// rules the CDN out.
func (s State) Redirected(r *tg.UploadFileCDNRedirect) State {
	if s.off != nil {
		return s
	}
	redirect, err := Parse(r)
	if err != nil {
		return s.ruledOut(err)
	}
	if redirect.same(s.redirect) {
		return s
	}
	if s.revision++; s.revision > maxRedirects {
		return s.ruledOut(ErrTooMany)
	}
	redirect.Revision = s.revision
	s.redirect = redirect
	return s
}

// TokenInvalid is the CDN no longer knowing the token of a revision: the file's
// data center is to be asked again.
func (s State) TokenInvalid(revision int) State {
	if s.current(revision) {
		s.redirect = nil
	}
	return s
}

// Reupload is the CDN being given the file again because it asked for it. After
// too many times without a byte the CDN is ruled out.
func (s State) Reupload(revision int) State {
	if !s.current(revision) {
		return s
	}
	s.reuploads++
	if s.fruitless++; s.fruitless > maxReuploads {
		return s.ruledOut(ErrTooMany)
	}
	return s
}

// Reuploads counts the calls of Reupload that counted, so that one re-upload
// serves all who saw the same number.
func (s State) Reuploads() int { return s.reuploads }

// Served is the CDN of a revision having sent bytes that passed.
func (s State) Served(revision int) State {
	if s.current(revision) {
		s.fruitless = 0
	}
	return s
}

// Mismatch is a window of a revision that failed its hash on two connections.
// The caller takes that window from the file's data center; a CDN that keeps
// lying is ruled out.
func (s State) Mismatch(revision int) State {
	if !s.current(revision) {
		return s
	}
	if s.mismatches++; s.mismatches >= maxMismatches {
		return s.ruledOut(ErrMismatch)
	}
	return s
}

// Late is the CDN of a revision having kept a part for so long that it comes from
// the file's data center. A CDN that does so twice is ruled out for cause.
func (s State) Late(revision int, cause error) State {
	if !s.current(revision) {
		return s
	}
	if s.late++; s.late >= maxLate {
		return s.ruledOut(cause)
	}
	return s
}

// Unavailable is the CDN of a revision being out of reach.
func (s State) Unavailable(revision int, cause error) State {
	if !s.current(revision) {
		return s
	}
	return s.ruledOut(cause)
}

// Moved is the file turning out to live on another data center, whose
// redirects are its own.
func (s State) Moved() State {
	s.redirect = nil
	return s
}

func (s State) current(revision int) bool {
	return s.redirect != nil && s.redirect.Revision == revision
}

func (s State) ruledOut(cause error) State {
	s.redirect, s.off = nil, cause
	return s
}
