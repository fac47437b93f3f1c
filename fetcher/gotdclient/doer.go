package gotdclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// Options of a Doer. Zero values work.
type Options struct {
	// Connections is the most to one data center for files; 0 means 4.
	Connections int
	// FloodWaitMax is how long a call waits in all because Telegram asks for it; beyond
	// that it fails with a *dcpool.FloodError. 0 means five minutes.
	FloodWaitMax time.Duration
}

const (
	defaultConnections = 4
	defaultFloodWait   = 5 * time.Minute
)

// Doer sends the calls of a fetcher.Client through a gotd client. Its methods
// may be called concurrently, while the client's Run is running.
type Doer struct {
	// Immutable.
	client *telegram.Client
	opts   Options

	mu     sync.Mutex
	pools  map[place]*pool // Guarded by mu.
	closed bool            // Guarded by mu.
}

// place is a data center and the kind of its connections.
type place struct {
	dc  int
	cdn bool
}

// pool is connections that are being made, or were made.
type pool struct {
	// Immutable.
	made chan struct{} // Closed when the following are set.

	invoker telegram.CloseInvoker
	err     error
}

// New returns a Doer over a client. It does no I/O.
func New(client *telegram.Client, opts Options) *Doer {
	if opts.Connections <= 0 {
		opts.Connections = defaultConnections
	}
	if opts.FloodWaitMax <= 0 {
		opts.FloodWaitMax = defaultFloodWait
	}
	return &Doer{client: client, opts: opts, pools: map[place]*pool{}}
}

// Do implements fetcher.Doer. Waits that Telegram asks for are waited out. Of
// the target, Avoid, Bytes, First and OnConn are not used.
//
// Errors: one that is the error of ctx and its cause, *dcpool.FloodError, dcpool.ErrClosed,
// dcpool.ErrLoginNeeded, *tgerr.Error and those of gotd's connections.
func (d *Doer) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	return dcpool.Ended(ctx, d.do(ctx, t, in, out))
}

// do makes a call, and waits as Telegram asks.
func (d *Doer) do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	for waited := time.Duration(0); ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := d.try(ctx, t, in, out)
		wait, flood := dcpool.FloodWait(err)
		switch {
		case ctx.Err() != nil && err != nil:
			return context.Cause(ctx)
		case !flood && auth.IsUnauthorized(err):
			return fmt.Errorf("%w: %w", dcpool.ErrLoginNeeded, err)
		case !flood:
			return err
		case waited+wait > d.opts.FloodWaitMax:
			return &dcpool.FloodError{DC: t.DC, Method: fmt.Sprintf("%T", in), Wait: wait}
		}
		waited += wait
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// try makes a call once. gotd may decode an answer while a call that was given
// up returns, so that happens into memory of ours first.
func (d *Doer) try(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	invoker, err := d.invoker(ctx, t)
	if err != nil {
		return err
	}
	var answer raw
	if err := invoker.Invoke(ctx, in, &answer); err != nil {
		return err
	}
	return dcpool.DecodeAnswer(&bin.Buffer{Buf: answer}, out)
}

// raw is an answer that is not decoded yet.
type raw []byte

// Decode implements bin.Decoder.
func (r *raw) Decode(b *bin.Buffer) error {
	*r = append((*r)[:0], b.Buf...)
	b.Skip(b.Len())
	return nil
}

// invoker is the connections for a target. One caller makes them, the others
// wait for it.
func (d *Doer) invoker(ctx context.Context, t dcpool.Target) (tg.Invoker, error) {
	home := d.client.Config().ThisDC
	if t.DC == 0 || t.Kind == dcpool.Main && t.DC == home {
		return d.client, nil
	}
	at := place{dc: t.DC, cdn: t.Kind == dcpool.CDN}
	for {
		p, mine, err := d.pool(at)
		if err != nil {
			return nil, err
		}
		if mine {
			d.make(ctx, p, at, at.dc == home)
		}
		select {
		case <-p.made:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if p.err == nil || mine {
			return p.invoker, p.err
		}
	}
}

// pool finds the pool for a place, or enters one that the caller has to make.
func (d *Doer) pool(at place) (p *pool, mine bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, false, dcpool.ErrClosed
	}
	p, found := d.pools[at]
	if !found {
		p = &pool{made: make(chan struct{})}
		d.pools[at] = p
	}
	return p, !found, nil
}

// make connects. A pool that cannot be made is forgotten, for the next to try.
func (d *Doer) make(ctx context.Context, p *pool, at place, home bool) {
	defer close(p.made)
	n := int64(d.opts.Connections)
	switch {
	case at.cdn:
		p.invoker, p.err = d.client.CDN(ctx, at.dc, n)
	case home: // It has the login already.
		p.invoker, p.err = d.client.Pool(n)
	default:
		p.invoker, p.err = d.client.DC(ctx, at.dc, n)
	}
	if p.err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.pools, at)
	}
}

// Close ends the connections that were made for files, not the client. Calls
// that run fail.
func (d *Doer) Close() error {
	d.mu.Lock()
	d.closed = true
	pools := d.pools
	d.pools = map[place]*pool{}
	d.mu.Unlock()
	var errs []error
	for _, p := range pools {
		<-p.made
		if p.err == nil {
			errs = append(errs, p.invoker.Close())
		}
	}
	return errors.Join(errs...)
}
