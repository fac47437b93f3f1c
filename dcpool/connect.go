package dcpool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
)

// dialled is a framed socket on which nothing was sent yet.
type dialled struct {
	endpoint  endpoint
	transport Transport
	begun     time.Time // When the dial began.
	socket    *hearing
	link      *wire.Link
}

// cdnAttempts bounds the attempts to reach a CDN: the file's own data center
// serves the bytes too.
const cdnAttempts = 2

// doubtAfter is how many failed attempts make the addresses doubtful: the data
// center may have moved.
const doubtAfter = 2

// attempt connects to one endpoint after another and gives the connection to use,
// until that succeeds or the attempts are used up, and keeps the health of endpoints.
// When use fails it has closed the connection. The result is nil, a final error of use,
// an *UnknownKeyError, an *UnreachableError, or the cause of ctx.
func (d *dc) attempt(ctx context.Context, kind Kind, use func(dialled) error) error {
	attempts := d.pool.cfg.Limits.Attempts
	if kind == CDN {
		attempts = min(attempts, cdnAttempts)
	}
	doubtAt := attempts - min(doubtAfter, attempts-1)
	var (
		last  error
		list  []endpoint
		doubt *landing
	)
	for left := attempts; left > 0; {
		list = d.pool.dir.endpoints(d.id, kind)
		if len(list) == 0 {
			return &UnknownDCError{DC: d.id, Kind: kind}
		}
		l, dials, err := d.race(ctx, list, left)
		connected := err == nil
		if connected {
			d.stats.dials.Add(1)
			err = use(l)
		}
		if unknown, ok := errors.AsType[*wire.FingerprintError](err); ok {
			return &UnknownKeyError{DC: d.id, Addr: l.endpoint.addr, Offered: unknown.Offered}
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case isFinal(err):
			return err
		case kind == CDN && isTimeout(err):
			return &UnreachableError{DC: d.id, Kind: kind, Err: err}
		case connected:
			d.attemptFailed(l.endpoint, l.transport, err)
		}
		if last = err; endedSilently(err) {
			last = d.pool.cfg.Proxy.HungUp(err)
		}
		if left > doubtAt && left-dials <= doubtAt {
			doubt = d.pool.doubtAddresses(d.id)
		}
		left -= dials
	}
	if doubt != nil && kind != CDN && d.pool.learned(ctx, doubt, d.id, kind, list) {
		return d.attempt(ctx, kind, use) // Without doubts: they were asked for just now.
	}
	return &UnreachableError{DC: d.id, Kind: kind, Err: last}
}

// attemptFailed notes that ep could not be used.
func (d *dc) attemptFailed(ep endpoint, transport Transport, err error) {
	d.pool.log.Debug("connection attempt", "dc", d.id, "addr", ep.addr, "transport", transport, "error", err)
	d.pool.endpoints.failed(ep, transport, endedSilently(err))
}

// isFinal says that no other address or time will help.
func isFinal(err error) bool {
	_, store := errors.AsType[*storeError](err)
	_, unbound := errors.AsType[*unboundError](err)
	_, noPFS := errors.AsType[*BindError](err)
	return store || unbound || noPFS || errors.Is(err, ErrLoginNeeded) || errors.Is(err, ErrNoCDN) || errors.Is(err, proxy.ErrDenied)
}

// isTimeout says that nobody answered at all.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout()
}

// endedSilently says that the peer hung up, said nothing, or sent something that is
// not MTProto: it may speak another transport.
func endedSilently(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, wire.ErrProtocol) || errors.Is(err, errMute)
}

// dial opens a socket to ep.
func (d *dc) dial(ctx context.Context, ep endpoint, transport Transport) (dialled, error) {
	timeout := d.pool.cfg.Limits.DialTimeout
	if d.cdn {
		timeout = min(timeout, cdnDialTimeout)
	}
	dialCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	begun := time.Now()
	socket, err := d.pool.cfg.Dial(dialCtx, "tcp", ep.addr)
	if err != nil {
		return dialled{}, fmt.Errorf("dial %s: %w", ep.addr, err)
	}
	d.pool.endpoints.took(ep, time.Since(begun))
	if d.pool.dir.relay == nil { // Else the secret is the proxy's, who was greeted by Dial.
		stream, err := ep.secret.Disguise(dialCtx, socket, d.pool.clock.now())
		if err != nil {
			return dialled{}, errors.Join(fmt.Errorf("%s: %w", ep.addr, err), socket.Close())
		}
		socket = stream
	}
	heard := &hearing{Conn: socket}
	link, err := wire.NewLink(heard, wire.LinkOptions{
		Transport: wire.Transport(transport),
		DC:        d.wireID(ep),
		Secret:    ep.secret.Key(),
	})
	if err != nil {
		return dialled{}, errors.Join(fmt.Errorf("connection to %s: %w", ep.addr, err), socket.Close())
	}
	return dialled{endpoint: ep, transport: transport, begun: begun, socket: heard, link: link}, nil
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
		// No query of Telegram's takes a server that long.
		AnswerTimeout: 2 * d.pool.cfg.Limits.StallTimeout,
		Logger:        d.pool.log,
	})
}
