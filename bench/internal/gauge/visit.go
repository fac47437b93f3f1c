package gauge

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
)

// Pool is the connections of one visit.
type Pool interface {
	Doer
	Close() error
}

// Way is one way to the files of one data center.
type Way struct {
	// Open opens a pool that knows this way alone.
	Open func(limits dcpool.Limits, dial Dial) (Pool, error)
	// Within, if set, is what calls over such a pool are part of.
	Within func(Doer) Doer
	// Dial opens the sockets: to the proxy, if there is one.
	Dial   Dial
	Target dcpool.Target
	Files  *Files
	RTT    time.Duration
}

// Load says how to load a way.
type Load struct {
	report.Setting
	// Windows is how many measurements to take, Allowance about how many bytes to
	// read for them.
	Windows   int
	Allowance int64
	// Began is when the measurement as a whole began.
	Began time.Time
}

// Visit is what one load brought.
type Visit struct {
	Windows []report.Window
	// Bytes were read from the sockets, Checked of the files' were compared with
	// hashes, Answers is how many requests were answered.
	Bytes, Checked, Answers int64
	// Wait is how long Telegram asked to wait; 0 if it did not. Flood is the name
	// of the error.
	Wait  time.Duration
	Flood string
}

// errMeasured ends the readers of a visit.
var errMeasured = errors.New("measured")

// Visit loads the way with fresh connections, waits until what comes does not
// grow any more, and measures. A flood ends it early and is no error.
//
// Errors: those of dcpool.Pool.Do, [*report.WrongError], *ReuploadError, or the cause of ctx.
func (w Way) Visit(ctx context.Context, load Load) (out Visit, err error) {
	count := &counter{dial: w.Dial}
	pool, err := w.Open(dcpool.Limits{Connections: load.Connections, Window: load.Window, FloodWaitMax: -1}, count.open)
	if err != nil {
		return out, err
	}
	defer func() {
		err = errors.Join(err, pool.Close())
		out.Bytes = count.total.Load()
	}()
	var doer Doer = pool
	if w.Within != nil {
		doer = w.Within(pool)
	}
	var checked, answers atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	for range load.Requests() {
		g.Go(func() error {
			target, buf := w.Target, make([]byte, load.Part)
			target.NoFloodWait = true
			for {
				n, err := w.Files.read(gctx, doer, target, buf)
				if err != nil {
					return err
				}
				answers.Add(1)
				checked.Add(n)
			}
		})
	}
	s := sampler{
		total:    count.total.Load,
		ready:    func() bool { return count.carrying(int64(min(load.Part, load.Window))) >= load.Connections },
		rtt:      w.RTT,
		inFlight: int64(load.InFlight()), allowance: load.Allowance, windows: load.Windows, began: load.Began,
	}
	g.Go(func() error {
		out.Windows = s.run(gctx)
		return errMeasured
	})
	err = g.Wait()
	out.Checked, out.Answers = checked.Load(), answers.Load()
	if flood, ok := errors.AsType[*dcpool.FloodError](err); ok && ctx.Err() == nil {
		out.Wait, out.Flood = max(flood.Wait, time.Second), flood.Name
		return out, nil
	}
	switch {
	case ctx.Err() != nil:
		return out, context.Cause(ctx)
	case errors.Is(err, errMeasured):
		return out, nil
	default:
		return out, err
	}
}
