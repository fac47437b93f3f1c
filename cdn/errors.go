package cdn

import "errors"

// Why a CDN is ruled out for a file, as [State.Reason] reports it.
var (
	// ErrTooMany is redirects or re-uploads without end.
	ErrTooMany = errors.New("cdn: too many redirects or re-uploads")
	// ErrMismatch is bytes that keep failing their hashes.
	ErrMismatch = errors.New("cdn: wrong bytes, again and again")
)
