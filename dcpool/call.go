package dcpool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

const (
	// maxHops bounds the migrations of one call.
	maxHops = 4
	// maxRenewals bounds the new keys, and the imports, that one call waits for.
	// The second is for a call that raced with somebody else's renewal.
	maxRenewals = 2
	// wrongAddressFor is how long an address is set aside that turned out to
	// belong to another data center.
	wrongAddressFor = time.Minute
	// maxWrongs bounds how often a server is asked again that said that it is another
	// data center, while there is no other address.
	maxWrongs = 2
)

// call is one Do on its way. Owned by the goroutine of Do.
type call struct {
	pool   *Pool
	target Target
	in     bin.Encoder
	out    bin.Decoder
	method method
	// fixed: errors that would move home are returned. Calls that moving home
	// may wait for are fixed.
	fixed bool

	retries int           // Tries after faults.
	path    []int         // Data centers it migrated from.
	newKeys int           // Keys replaced.
	doubts  int           // Refusals of a key that were not believed yet.
	wrongs  int           // Servers that are another data center, at an address without another.
	imports int           // Imports renewed.
	waited  time.Duration // In flood gates.
	keyID   [8]byte       // Of the key that the last try went under.
}

// place is where a try of a call went.
type place struct {
	dc      *dc
	group   *group
	conn    *conn
	home    bool
	imports int // The authorization used.
}

// do is Do for the Pool's own calls: the session was read, and home is not
// moved.
func (p *Pool) do(ctx context.Context, t Target, in bin.Encoder, out bin.Decoder) error {
	c := call{pool: p, target: t, in: in, out: out, method: methodOf(in), fixed: true}
	return c.run(ctx)
}

// run tries until the call is done or a bound is reached.
func (c *call) run(ctx context.Context) error {
	for {
		at, verdict, err := c.try(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case c.pool.ctx.Err() != nil:
			return ErrClosed
		case at.conn == nil && verdict.action == giveBack:
			return err // It did not come to sending.
		}
		if err := c.settle(ctx, at, verdict, err); err != nil {
			return err
		}
	}
}

// try sends the call once. at.conn is nil when there was nothing to send it on.
func (c *call) try(ctx context.Context) (at place, v verdict, err error) {
	p := c.pool
	home := p.Home()
	id := c.target.DC
	if id == 0 {
		id = home
	}
	if at.dc, err = p.locate(ctx, id, c.target.Kind); err != nil {
		return at, v, err
	}
	at.group = at.dc.group(c.target.Kind)
	at.home = id == home && c.target.Kind != CDN

	gate := gateKey{dc: id, name: c.method.gate()}
	waited := &c.waited
	if c.target.NoFloodWait {
		waited = nil
	}
	probe, err := p.gates.pass(ctx, gate, c.method, waited)
	if err != nil {
		return at, v, err
	}
	answered := false
	defer func() { p.gates.report(gate, probe, answered, v) }()

	if err := p.throttle.wait(ctx, c.target.Bytes); err != nil {
		return at, v, err
	}
	defer func() { p.throttle.giveBack(c.unused(at, answered, err)) }()

	var importing *landing
	if c.method.needsLogin() {
		importing = at.dc.authorize()
	}
	if importing != nil && at.group.kind == at.dc.importKind() {
		// The import needs room on a connection of this group itself. Else it
		// runs while the connection is dialled.
		if err := importing.wait(ctx); err != nil {
			return at, v, err
		}
	}
	decide := situation{kind: c.target.Kind, home: at.home, loggedIn: p.loggedIn(), method: c.method}
	l, err := at.group.acquire(ctx, c.target)
	if unbound, ok := errors.AsType[*unboundError](err); ok {
		c.keyID = unbound.keyID
		return at, classify(err, decide), err
	}
	if err != nil {
		return at, v, err
	}
	defer func() { at.group.release(l, c.delivered(answered, err)) }()
	conn := l.conn
	if err := importing.wait(ctx); err != nil {
		return at, v, err
	}
	at.conn, c.keyID = conn, conn.keyID
	at.imports = at.dc.credentials().imports
	if c.target.OnConn != nil {
		c.target.OnConn(conn.id)
	}
	if c.target.Avoid != 0 {
		at.dc.stats.hedges.Add(1)
	}
	err = conn.wire.Do(ctx, c.in, answerOf(c.out))
	if answered = isAnswer(err); answered {
		at.dc.stats.calls.Add(1)
		at.dc.trustKey(conn.keyID)
	}
	if err != nil {
		decide.loggedIn, decide.temporary = p.loggedIn(), !conn.expires.IsZero()
		v = classify(err, decide)
		if rpc, ok := tgerr.As(err); ok && v.action == waitFlood {
			v.why = rpc.Type
		}
	}
	if undecoded, ok := errors.AsType[*wire.DecodeError](err); ok {
		err = &DecodeError{Err: undecoded.Err}
	}
	return at, v, err
}

// sized is an out that knows how many bytes the answer brought. Others are taken
// to get what Target.Bytes says.
type sized interface{ Size() int }

// delivered is how many bytes the answer had that say something about the path: a
// redirect, or the end of a file, says little.
func (c *call) delivered(answered bool, err error) outcome {
	if !answered || err != nil {
		return outcome{answered: answered}
	}
	n := c.target.Bytes
	if out, ok := c.out.(sized); ok {
		n = min(n, out.Size())
	}
	if n <= smallCall {
		n = 0
	}
	return outcome{answered: true, bytes: n}
}

// unused is how many of the bytes that a try asked the throttle for do not come. Those of
// a call that is cancelled, or whose connection is lost, may be on their way.
func (c *call) unused(at place, answered bool, err error) int {
	out, ok := c.out.(sized)
	switch {
	case at.conn == nil, answered && err != nil:
		return c.target.Bytes
	case answered && ok:
		return max(0, c.target.Bytes-out.Size())
	default:
		return 0
	}
}

// isAnswer says that a call was answered, well or badly.
func isAnswer(err error) bool {
	if err == nil {
		return true
	}
	_, refused := errors.AsType[*tgerr.Error](err)
	_, undecoded := errors.AsType[*wire.DecodeError](err)
	return refused || undecoded
}

// settle does what the verdict on err asks for. nil means try again.
func (c *call) settle(ctx context.Context, at place, v verdict, err error) error {
	p := c.pool
	switch v.action {
	case repeat:
		if pause, closed := at.dc.closedForKey(at.conn); closed {
			return c.afterDoubt(ctx, at, err, pause)
		}
		return c.again(ctx, at, err, 0)
	case backOff:
		return c.again(ctx, at, err, backoff(c.retries+1))
	case waitFlood:
		at.dc.stats.floods.Add(1)
		p.log.Info("Telegram asks to wait", "dc", at.dc.id, "method", c.method, "wait", v.wait)
		if c.method.gate() == fileGate {
			at.group.slowDown()
		}
		return nil // The gate waits.
	case moveHome:
		if c.fixed {
			return err
		}
		if err := c.hop(at.dc.id, v.dc); err != nil {
			return err
		}
		return p.moveHome(ctx, at.dc.id, v.dc, !c.method.beginsLogin())
	case moveCall:
		if err := c.hop(at.dc.id, v.dc); err != nil {
			return err
		}
		c.target.DC = v.dc
		return nil
	case doubtKey:
		return c.doubtKey(ctx, at, v, err)
	case newKey:
		if c.newKeys++; c.newKeys > maxRenewals {
			return err
		}
		return at.dc.loseKey(c.keyID)
	case importAgain:
		if c.imports++; c.imports > maxRenewals {
			return err
		}
		at.dc.loseImport(at.imports)
		return nil
	case refreshConfig:
		if c.method != "help.getConfig" {
			p.dir.expireNow()
			// A failure shows in the next try.
			_ = p.refreshOptions().wait(ctx)
		}
		return c.again(ctx, at, err, backoff(c.retries+1))
	case fewer:
		at.group.refused()
		return c.again(ctx, at, err, backoff(c.retries+1))
	case newTemp:
		return c.again(ctx, at, err, at.dc.loseTemp(at.conn.tempID, at.conn.endpoint, at.group.kind))
	case wrongAddress:
		return c.wrongAddress(ctx, at, err)
	case needLogin:
		return &loginError{why: v.why, err: err}
	default:
		return c.lost(at, err)
	}
}

// doubtKey asks again after a server said that it does not know the key of at.conn, or
// does what the verdict says when enough have said so.
func (c *call) doubtKey(ctx context.Context, at place, v verdict, err error) error {
	enough := askElsewhere
	switch {
	case at.dc.cdn:
		enough = 1 // A CDN has one address, and its key belongs to nobody.
	case v.then == needLogin:
		enough = askElsewhereAtHome
	}
	pause, lost := at.dc.doubtKey(c.keyID, at.conn.endpoint, at.conn.begun, at.group.kind, enough)
	if !lost {
		return c.afterDoubt(ctx, at, err, pause)
	}
	v.action = v.then
	return c.settle(ctx, at, v, err)
}

// afterDoubt tries again after a pause that the doubt of a key asks for, which has a
// bound of its own.
func (c *call) afterDoubt(ctx context.Context, at place, err error, pause time.Duration) error {
	if c.doubts++; c.doubts > maxDoubts {
		return c.lost(at, err)
	}
	at.dc.stats.retries.Add(1)
	return sleep(ctx, pause)
}

// wrongAddress tries another address after the server at one said that it is another
// data center. Where there is none it asks a few times.
func (c *call) wrongAddress(ctx context.Context, at place, err error) error {
	p := c.pool
	if at.dc.setAside(at.conn.endpoint, at.group.kind, wrongAddressFor) {
		return c.again(ctx, at, err, 0)
	}
	p.doubtAddresses(at.dc.id)
	if c.wrongs++; c.wrongs > maxWrongs {
		return &WrongDCError{DC: at.dc.id, Addr: at.conn.endpoint.addr}
	}
	return c.again(ctx, at, err, backoff(c.wrongs))
}

// lost makes an error about a connection one that callers can match.
func (c *call) lost(at place, err error) error {
	if closed, ok := errors.AsType[*wire.ClosedError](err); ok {
		cause := closed.Cause
		if at.conn.wire.Stats().Answers == 0 && endedSilently(cause) {
			cause = c.pool.cfg.Proxy.HungUp(cause)
		}
		return &LostError{DC: at.dc.id, Method: string(c.method), Sent: closed.Sent, Err: cause}
	}
	return err
}

// named says whose answer a bare answer is. Of files who asks for them says so.
func (c *call) named(err error) error {
	switch err.(type) {
	case *tgerr.Error, *DecodeError:
	default:
		return err
	}
	if c.method.gate() == fileGate {
		return err
	}
	dc := c.target.DC
	if dc == 0 {
		dc = c.pool.Home()
	}
	return fmt.Errorf("DC %d, %s: %w", dc, c.method, err)
}

// again counts a retry and pauses before it, or returns err when there were too
// many.
func (c *call) again(ctx context.Context, at place, err error, pause time.Duration) error {
	most := c.pool.cfg.Limits.Retries
	if c.target.Kind == CDN {
		most = min(most, cdnRetries)
	}
	if c.retries >= most {
		return fmt.Errorf("%s on DC %d, tried %d times: %w", c.method, at.dc.id, c.retries+1, c.lost(at, err))
	}
	c.retries++
	at.dc.stats.retries.Add(1)
	c.pool.log.Debug("call is repeated", "dc", at.dc.id, "method", c.method, "conn", at.conn.id, "pause", pause, "error", err)
	return sleep(ctx, pause)
}

// hop records a migration, or returns a *MigrationLoopError.
func (c *call) hop(from, to int) error {
	c.path = append(c.path, from)
	if len(c.path) > maxHops {
		return &MigrationLoopError{Path: append(c.path, to), Method: string(c.method)}
	}
	return nil
}
