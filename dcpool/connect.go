package dcpool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
)

// dialled is a framed socket on which nothing was sent yet.
type dialled struct {
	endpoint  endpoint
	transport Transport
	link      *wire.Link
}

// cdnAttempts bounds the attempts to reach a CDN: the file's own data center
// serves the bytes too.
const cdnAttempts = 2

// doubtAfter is how many failed attempts make the addresses doubtful: the data
// center may have moved.
const doubtAfter = 2

// attempt runs try with one endpoint after another until it succeeds or the
// attempts are used up, and keeps the health of endpoints. The result is nil, a
// final error of try, an *UnknownKeyError, an *UnreachableError, or the cause of
// ctx.
func (d *dc) attempt(ctx context.Context, kind Kind, try func(endpoint, Transport) error) error {
	attempts := d.pool.cfg.Limits.Attempts
	if kind == CDN {
		attempts = min(attempts, cdnAttempts)
	}
	var last error
	for n := range attempts {
		list := d.pool.dir.endpoints(d.id, kind)
		if len(list) == 0 {
			return &UnknownDCError{DC: d.id, Kind: kind}
		}
		ep, health, wait := d.pool.endpoints.choose(list, time.Now())
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		err := try(ep, health.transport)
		if unknown, ok := errors.AsType[*wire.FingerprintError](err); ok {
			return &UnknownKeyError{DC: d.id, Addr: ep.addr, Offered: unknown.Offered}
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case isFinal(err):
			return err
		}
		silent := endedSilently(err)
		if last = err; silent {
			last = d.pool.cfg.Proxy.HungUp(err)
		}
		d.pool.log.Debug("connection attempt", "dc", d.id, "kind", kind, "addr", ep.addr,
			"transport", health.transport, "error", err)
		d.pool.endpoints.failed(ep, health.transport, silent)
		if n+1 == min(doubtAfter, attempts-1) {
			d.pool.doubtAddresses(d.id)
		}
	}
	return &UnreachableError{DC: d.id, Kind: kind, Err: last}
}

// isFinal says that no other address or time will help.
func isFinal(err error) bool {
	if _, ok := errors.AsType[*storeError](err); ok {
		return true
	}
	return errors.Is(err, ErrLoginNeeded) || errors.Is(err, ErrNoCDN) || errors.Is(err, proxy.ErrDenied)
}

// endedSilently says that the peer hung up or sent something that is not
// MTProto: it may speak another transport.
func endedSilently(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, wire.ErrProtocol)
}

// dial opens a socket to ep.
func (d *dc) dial(ctx context.Context, ep endpoint, transport Transport) (dialled, error) {
	dialCtx, cancel := context.WithTimeout(ctx, d.pool.cfg.Limits.DialTimeout)
	defer cancel()
	socket, err := d.pool.cfg.Dial(dialCtx, "tcp", ep.addr)
	if err != nil {
		return dialled{}, fmt.Errorf("dial %s: %w", ep.addr, err)
	}
	d.stats.dials.Add(1)
	link, err := wire.NewLink(socket, wire.LinkOptions{
		Transport: transport,
		DC:        d.wireID(ep),
		Secret:    []byte(ep.secret),
	})
	if err != nil {
		return dialled{}, errors.Join(fmt.Errorf("connection to %s: %w", ep.addr, err), socket.Close())
	}
	return dialled{endpoint: ep, transport: transport, link: link}, nil
}

// open starts an encrypted connection of kind on a link, under the key in c.
func (d *dc) open(l dialled, kind Kind, c credentials) *wire.Conn {
	id := c.key.ID
	return wire.NewConn(d.pool.ctx, l.link, wire.Options{
		Key:          c.key,
		Salts:        c.salts,
		TimeOffset:   c.offset,
		Init:         d.pool.initQuery(kind),
		NoUpdates:    kind != CDN,
		OnSalts:      func(salts []wire.Salt) { d.setSalts(id, salts) },
		OnTimeOffset: func(offset time.Duration) { d.setOffset(id, offset) },
		StallTimeout: d.pool.cfg.Limits.StallTimeout,
		Logger:       d.pool.log,
	})
}
