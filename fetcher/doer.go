package fetcher

import (
	"context"
	"time"

	"github.com/gotd/td/bin"

	"github.com/tgfetch/tgfetch/dcpool"
)

// Doer sends calls to data centers. *dcpool.Pool is one; see its Do for what a
// Doer promises, above all that out is never touched after Do has returned.
//
// A Doer may know more than that. A method that it has, of those below, is used; the
// Pool has all of them. What [Config].Wrap puts around a Doer need not have them: the
// Client goes on asking the Doer inside.
//
//	PartSize(dcpool.Target) int        how many bytes to ask a target for at once
//	Room() int                         how many bytes all connections have room for; 0 is unknown
//	Prepare(dcpool.Target)             a call to the target is likely to come soon
//	Queues() (small, large int)        how many files to fetch at once from one data center
//	AwaitFlood(context.Context, *dcpool.FloodError, *time.Duration) error
//	                                   wait for the end of a flood that a call with NoFloodWait met
//	CDNResting() bool                  no CDN can be reached, so none is worth being sent to
//	RestCDN(dc int, cause error)       a CDN turned out to be slower than the files' data centers
//
// PartSize and Room go together, and say that the Doer tells Target.OnConn which
// connection has a call.
type Doer interface {
	Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error
}

// skills is what a Doer can beside Do. What is nil it cannot.
type skills struct {
	conns interface {
		PartSize(t dcpool.Target) int
		Room() int
	}
	prepare interface{ Prepare(t dcpool.Target) }
	queues  interface{ Queues() (small, large int) }
	floods  interface {
		AwaitFlood(ctx context.Context, flood *dcpool.FloodError, waited *time.Duration) error
	}
	cdns  interface{ CDNResting() bool }
	rests interface{ RestCDN(dc int, cause error) }
}

// skillsOf finds out what a Doer can.
func skillsOf(doer Doer) (s skills) {
	find(doer, &s.conns)
	find(doer, &s.prepare)
	find(doer, &s.queues)
	find(doer, &s.floods)
	find(doer, &s.cdns)
	find(doer, &s.rests)
	return s
}

// find sets skill if the Doer has it.
func find[S any](doer Doer, skill *S) {
	if s, ok := doer.(S); ok {
		*skill = s
	}
}
