package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// Options says what [Run] asks about. Client.Store, with a login in it, and
// Client.APIID and APIHash are required; every other zero value works.
type Options struct {
	// Client is how to connect. Its limits, cache, export and Doer are not used.
	Client fetcher.Config
	// Links lead to the files that are asked about; nil is what was saved last in
	// Saved Messages and sent last in the account's latest chats.
	Links []fetcher.Link
	// MaxBytes bounds what is read from the sockets, but for what is under way at
	// its end; 0 means 36 MiB, with which what a server
	// sends stays below 40 MiB.
	MaxBytes int64
	// Time bounds how long it takes; 0 means 2 minutes.
	Time time.Duration
	// Program is for the report: the version of the program that asks.
	Program string
	// Asking, if set, is told what is asked next.
	Asking func(row Row)
	// Watch, if set, is told each pool of connections, and calls stop once it is
	// closed.
	Watch func(*dcpool.Pool) (stop func())
}

const (
	defaultBytes = 36 << 20
	defaultTime  = 2 * time.Minute
)

func (o *Options) setDefaults() error {
	if o.MaxBytes < 0 || o.Time < 0 {
		return errors.New("live: a bound is negative")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultBytes
	}
	if o.Time == 0 {
		o.Time = defaultTime
	}
	if o.Asking == nil {
		o.Asking = func(Row) {}
	}
	if o.Watch == nil {
		o.Watch = func(*dcpool.Pool) func() { return func() {} }
	}
	if o.Client.Logger == nil {
		o.Client.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Client.Dial == nil {
		o.Client.Dial = new(net.Dialer).DialContext
	}
	o.Client.Takeout, o.Client.Doer, o.Client.Cache, o.Client.Refresh = false, nil, nil, nil
	// A wait that Telegram asks for is an answer, too.
	o.Client.Limits = fetcher.Limits{Pool: dcpool.Limits{Attempts: 2, FloodWaitMax: -1}}
	return nil
}

// Run asks everything that can be asked and reports what was seen. A question that
// cannot be asked, or is refused, is one row of the report and does not end the
// others.
//
// Errors: one that is [dcpool.ErrLoginNeeded]; those of fetcher.Client.Resolve for
// Links; those of dcpool.Pool.Do, if not even help.getConfig is answered; the
// Store's; and the cause of ctx, beside a Report of what was seen until then.
func Run(ctx context.Context, opts Options) (_ Report, err error) {
	if err := opts.setDefaults(); err != nil {
		return Report{}, err
	}
	if err := checkLogin(opts.Client.Store); err != nil {
		return Report{}, err
	}
	began := time.Now()
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	inner, stop := context.WithTimeoutCause(inner, opts.Time, errTime)
	defer stop()
	m := &meter{dial: opts.Client.Dial, limit: opts.MaxBytes, end: cancel}
	opts.Client.Dial = m.open
	a := &asker{opts: opts, meter: m, report: newReport(opts)}
	if a.client, err = fetcher.New(opts.Client); err != nil {
		return Report{}, err
	}
	unwatch := opts.Watch(a.client.Pool())
	err = a.all(inner)
	err = errors.Join(err, a.client.Close())
	unwatch()
	a.report.Seconds, a.report.Bytes = time.Since(began).Seconds(), m.read.Load()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil && ctx.Err() == nil {
		return Report{}, err
	}
	return a.report, err
}

// checkLogin returns an error that is dcpool.ErrLoginNeeded if nobody is logged in.
func checkLogin(store session.Store) error {
	if store == nil {
		return fmt.Errorf("live: no session: %w", dcpool.ErrLoginNeeded)
	}
	keys, err := store.Keys()
	if err == nil && keys.UserID == 0 {
		err = fmt.Errorf("nobody is logged in: %w", dcpool.ErrLoginNeeded)
	}
	return err
}

// asker is one Run.
type asker struct {
	// Immutable.
	opts   Options
	meter  *meter
	client *fetcher.Client

	config tg.Config // Of home.
	files  files
	report Report
}

// all asks one question after the other. An error is what nothing can be asked
// without; the end of ctx is none.
func (a *asker) all(ctx context.Context) error {
	err := a.settings(ctx)
	if err == nil {
		err = a.find(ctx)
	}
	if err == nil {
		a.step(ctx, a.promises, queues, premium)
		a.step(ctx, a.windows, hashBatch)
		a.step(ctx, a.lastWindow, lastWindow)
		a.step(ctx, a.photo, photoHashes)
		a.step(ctx, a.cdn, redirect, cdnReach)
		a.step(ctx, a.bindTwice, tempKey)
		a.step(ctx, a.newKeyElsewhere, freshKey)
		a.step(ctx, a.speeds, rate)
	}
	if ctx.Err() == nil {
		return err
	}
	a.report.Partial = ended(ctx)
	for i := range a.report.Rows {
		if row := &a.report.Rows[i]; row.Result == NotAsked && row.Why == "" {
			row.Why = a.report.Partial
		}
	}
	return nil
}

// step asks about these rows, if there is time. What ask returns is why those are
// not answered that it did not answer.
func (a *asker) step(ctx context.Context, ask func(context.Context) error, names ...string) {
	if ctx.Err() != nil {
		return
	}
	a.opts.Asking(*a.row(names[0]))
	err := ask(ctx)
	if _, own := errors.AsType[cannot](err); err == nil || ctx.Err() != nil && !own {
		return // Nothing is wrong, or the end of ctx is.
	}
	a.opts.Client.Logger.Info("question not answered", "row", names[0], "error", err)
	for _, name := range names {
		if row := a.row(name); row.Result == NotAsked {
			row.Why = reason(err)
		}
	}
}

func (a *asker) row(name string) *Row {
	return &a.report.Rows[slices.IndexFunc(a.report.Rows, func(r Row) bool { return r.Name == name })]
}

// saw fills a row.
func (a *asker) saw(name string, f finding) {
	row := a.row(name)
	row.Seen, row.Why, row.Result = f.seen, "", Differs
	if f.agrees {
		row.Result = Agrees
	}
}

// do is a call of the Run's own client that waits for no flood.
func (a *asker) do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	t.NoFloodWait = true
	return a.client.Pool().Do(ctx, t, in, out)
}
