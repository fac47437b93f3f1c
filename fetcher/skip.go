package fetcher

// SkipReason is why something that a link leads to gives no file, in a word or
// two for people.
type SkipReason string

// Reasons to skip an item.
const (
	// SkipDeleted: there is no such message, or not any more.
	SkipDeleted SkipReason = "deleted"
	// SkipNoMedia: the message has nothing to download.
	SkipNoMedia SkipReason = "no media"
	// SkipRestricted: Telegram withholds the media from this account: it is
	// restricted, or to be paid for.
	SkipRestricted SkipReason = "restricted"
	// SkipFiltered: ResolveOptions.Skip did not want it.
	SkipFiltered SkipReason = "filtered"
)

// SkipError says why an item gives no file although nothing went wrong. It is
// inside an [*ItemError].
type SkipError struct {
	Reason SkipReason
	// Err is ErrNotFound or ErrNoMedia with more words; nil for SkipFiltered.
	Err error
}

func (e *SkipError) Error() string {
	if e.Err == nil {
		return string(e.Reason)
	}
	return e.Err.Error()
}

func (e *SkipError) Unwrap() error { return e.Err }
