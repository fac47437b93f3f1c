package cdn

import "errors"

// Why a CDN is ruled out for a file, as [State.Reason] reports it.
var (
	// ErrTooMany is redirects or re-uploads without end.
	ErrTooMany = errors.New("cdn: too many redirects or re-uploads")
	// ErrMismatch is bytes that keep failing their hashes.
	ErrMismatch = errors.New("cdn: wrong bytes, again and again")
	// ErrSlow is bytes that the file's data center would have sent long ago.
	ErrSlow = errors.New("cdn: slower than the file's data center")
)
