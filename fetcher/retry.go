package fetcher

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// How long to leave alone what may be better by then.
const (
	retrySoon  = 10 * time.Second // A network, or another download.
	retryLater = time.Minute      // A server.
)

// Retry says whether what failed with err may succeed if it is done again, and how long
// to wait before. The same call goes on from what there is of a file. What dcpool and
// this package repeat by themselves has been repeated, so a program that tries again a
// few times loses nothing.
//
// It answers false for nil, for a cancelled context, for a closed Client, and where
// somebody has to do something first: log in, join a chat, free a disk.
func Retry(err error) (after time.Duration, again bool) {
	if err == nil {
		return 0, false
	}
	for _, r := range retries {
		if r.match(err) {
			return r.after(err), r.again
		}
	}
	return 0, false
}

// retryRule says of one kind of error whether it passes. The first that matches counts.
type retryRule struct {
	match func(error) bool
	again bool
	after func(error) time.Duration
}

var retries = []retryRule{
	never(isAny(context.Canceled, ErrClosed, ErrInvalidFile, ErrReaderClosed)),
	never(isAny(ErrLoginNeeded, session.ErrDamaged, ErrNotFound, ErrNoMedia, ErrNoAccess, proxy.ErrDenied)),
	never(isA[*LinkError]), never(isA[*session.PassphraseError]), never(isA[*dcpool.BindError]),
	never(isA[*dcpool.UnknownKeyError]), never(isA[*dcpool.WrongDCError]),
	never(isA[*DiskError]), never(isA[*fs.PathError]),
	never(dcpool.AccountFrozen),
	never(func(err error) bool { wrong, ok := errors.AsType[*VerifyError](err); return ok && wrong.NoHash }),

	{isA[*BusyError], true, in(retrySoon)},
	{isA[*TakeoutDelayError], true, func(err error) time.Duration {
		delay, _ := errors.AsType[*TakeoutDelayError](err)
		return delay.Wait
	}},
	{isA[*FloodError], true, func(err error) time.Duration {
		flood, _ := errors.AsType[*FloodError](err)
		return flood.Wait
	}},
	{func(err error) bool { _, ok := dcpool.FloodWait(err); return ok }, true, func(err error) time.Duration {
		wait, _ := dcpool.FloodWait(err)
		return wait
	}},
	{isA[*proxy.Error], true, in(retrySoon)},
	{isA[*dcpool.UnreachableError], true, in(retrySoon)},
	{isA[*dcpool.LostError], true, in(retrySoon)},
	{isA[*VerifyError], true, in(retryLater)},
	{isAny(ErrShort, ErrLong), true, in(retryLater)},
	{isA[*MigrationError], true, in(retryLater)},
	{isA[*dcpool.MigrationLoopError], true, in(retryLater)},
	{isA[*dcpool.UnknownDCError], true, in(retryLater)},
	{func(err error) bool { stale, ok := errors.AsType[*ReferenceError](err); return ok && stale.Err == nil }, true, in(retryLater)},
	{func(err error) bool { return tgerr.IsCode(err, 303, 420, 500, 503, -503) }, true, in(retryLater)},
	{isAny(context.DeadlineExceeded), true, in(retrySoon)},
	{isA[net.Error], true, in(retrySoon)},
}

func never(match func(error) bool) retryRule { return retryRule{match, false, in(0)} }

func in(d time.Duration) func(error) time.Duration {
	return func(error) time.Duration { return d }
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isAny(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}
