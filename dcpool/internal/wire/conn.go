package wire

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
)

const (
	// maxResends bounds how often one call is sent again because the server did
	// not read it.
	maxResends = 5
	// maxSessions bounds how often a Conn starts a new session under the server's
	// complaints about sequence numbers or time.
	maxSessions = 4
)

// Conn is one encrypted connection with a session of its own.
// All methods may be called concurrently.
type Conn struct {
	// Immutable.
	link    *Link
	opts    Options
	opened  time.Time
	wake    chan struct{} // Tells the writer that there is work; capacity 1.
	done    chan struct{}
	release func() bool // Detaches the connection from NewConn's ctx.
	loops   sync.WaitGroup

	reader reader // Owned by readLoop.
	writer writer // Owned by writeLoop.

	mu sync.Mutex
	// Guarded by mu.
	err      error // Why the connection ended.
	session  session
	sessions int                // New sessions started so far.
	unique   int64              // unique_id of the last new_session_created.
	inited   bool               // A query wrapped by Init was answered.
	pending  map[*call]struct{} // Calls without an answer.
	sent     map[int64]*call    // Those by the message ids they were sent with.
	queue    []*call            // Those to be sent, oldest first.
	service  []message          // Service messages to be sent.
	acks     []int64            // Received messages to acknowledge.
	ackSince time.Duration      // When the first of acks was received.
	keep     keepalive
	ping     pingState
	saltsAt  time.Duration // When salts may be asked for next.
	answers  int64
	rtt      time.Duration
}

// pingState is the last ping, for its pong and for its refusal.
type pingState struct {
	pingID, msgID int64
	at            time.Duration
}

// call is one Do.
type call struct {
	// Immutable.
	query []byte
	bind  *crypto.BindAuthKeyInner // Of a call of Bind, in place of query.
	perm  crypto.AuthKey           // The key to bind to.
	out   bin.Decoder              // Touched by the reader only, between taking the call and closing done.

	err  error         // Written before done is closed.
	done chan struct{} // Closed by who took the call.

	// Guarded by Conn.mu.
	taken     bool // Somebody answers it, or nobody waits any more.
	sent      bool // At least one byte may have left.
	ids       []int64
	at        time.Duration // When it was numbered last.
	resends   int
	fetches   int  // Times its answer was asked for by msg_resend_req.
	wrapped   bool // Sent inside Init's wrapping.
	rewrapped bool // Wrapped again after CONNECTION_NOT_INITED.
}

// NewConn starts a connection on link, which it owns from now on: a new session
// under opts.Key. Nothing is sent before the first Do or ping. When ctx ends the
// connection closes with its cause.
func NewConn(ctx context.Context, link *Link, opts Options) *Conn {
	opts.setDefaults()
	c := &Conn{
		link:    link,
		opts:    opts,
		opened:  time.Now(),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		pending: make(map[*call]struct{}),
		sent:    make(map[int64]*call),
		keep:    keepalive{interval: opts.PingInterval, stall: opts.StallTimeout, ignored: opts.AnswerTimeout},
	}
	link.sock.stall = opts.StallTimeout
	c.keep.lastPing = link.sock.now()
	c.session.offset, c.session.reported = opts.TimeOffset, opts.TimeOffset
	c.session.salts.store(opts.Salts)
	c.reader.crypter, c.writer.crypter = newCrypter(opts.Key), newCrypter(opts.Key)
	if err := c.session.reset(opts.Rand); err != nil {
		c.fail(err)
	}
	c.release = context.AfterFunc(ctx, func() { c.fail(context.Cause(ctx)) })
	c.loops.Go(c.readLoop)
	c.loops.Go(c.writeLoop)
	return c
}

// Do sends the query in and decodes its answer into out (nil: the answer is
// ignored). in is encoded before anything else and not used again. out.Decode is
// called at most once, by another goroutine, on a buffer that is valid only
// during the call, and never after Do has returned; it must not block.
//
// When ctx ends Do returns its cause at once, and the server is asked to drop
// the answer. A request is sent again only when the server said that it did not
// read it.
//
// Errors: *tgerr.Error as the server sent it, *ClosedError, *BadMessageError,
// *DecodeError, an error of in.Encode, and the cause of ctx.
func (c *Conn) Do(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var query bin.Buffer
	if err := query.Encode(in); err != nil {
		return err
	}
	return c.await(ctx, &call{query: query.Buf, out: out, done: make(chan struct{})})
}

// await sends a call and waits for its answer.
func (c *Conn) await(ctx context.Context, cl *call) error {
	if err := c.enqueue(cl); err != nil {
		return err
	}
	select {
	case <-cl.done:
		return cl.err
	case <-ctx.Done():
		if c.abandon(cl) {
			return context.Cause(ctx)
		}
		<-cl.done // The answer is being decoded into out this moment.
		return cl.err
	}
}

func (c *Conn) enqueue(cl *call) error {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return &ClosedError{Cause: c.err}
	}
	c.pending[cl] = struct{}{}
	c.queue = append(c.queue, cl)
	c.mu.Unlock()
	c.wakeWriter()
	return nil
}

// abandon takes cl away from the connection, unless somebody has taken it.
func (c *Conn) abandon(cl *call) bool {
	c.mu.Lock()
	ids := cl.ids
	ok := c.takeLocked(cl)
	if ok && c.err == nil {
		for _, id := range ids {
			c.service = append(c.service, dropAnswer(id))
		}
	}
	c.mu.Unlock()
	if ok && len(ids) > 0 {
		c.wakeWriter()
	}
	return ok
}

// takeLocked gives cl to the caller, who alone may then finish it.
func (c *Conn) takeLocked(cl *call) bool {
	if cl.taken {
		return false
	}
	cl.taken = true
	delete(c.pending, cl)
	c.forgetLocked(cl)
	if i := slices.Index(c.queue, cl); i >= 0 {
		c.queue = slices.Delete(c.queue, i, i+1)
	}
	return true
}

// forgetLocked makes answers to what was sent of cl so far unknown.
func (c *Conn) forgetLocked(cl *call) {
	for _, id := range cl.ids {
		delete(c.sent, id)
	}
	cl.ids = nil
	c.keep.expect(c.link.sock.now(), len(c.sent) > 0)
}

// requeueLocked sends cl again, if it may be.
func (c *Conn) requeueLocked(cl *call) bool {
	if cl.taken || cl.resends >= maxResends {
		return false
	}
	cl.resends++
	if !slices.Contains(c.queue, cl) {
		c.queue = append(c.queue, cl)
	}
	return true
}

// finish completes a call that the caller has taken.
func (cl *call) finish(err error) {
	cl.err = err
	close(cl.done)
}

// fail ends the connection. Only the first cause counts.
func (c *Conn) fail(cause error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = cause
	lost := make([]*call, 0, len(c.pending))
	for cl := range c.pending {
		lost = append(lost, cl)
	}
	for _, cl := range lost {
		c.takeLocked(cl)
		cl.err = &ClosedError{Sent: cl.sent, Cause: cause}
	}
	c.mu.Unlock()

	close(c.done)
	_ = c.link.Close()
	for _, cl := range lost {
		close(cl.done)
	}
}

// wakeWriter makes the writer look for work. It never blocks.
func (c *Conn) wakeWriter() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Close ends the connection and waits for its goroutines. Calls in flight return
// a *ClosedError. It may be called more than once, but not from the callbacks in
// Options.
func (c *Conn) Close() error {
	c.fail(ErrClosed)
	c.release()
	c.loops.Wait()
	return nil
}

// Done is closed when the connection has ended, for whatever reason.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is nil while the connection lives, and then the Cause its calls were given.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Stats is cheap enough to be polled.
func (c *Conn) Stats() Stats {
	sock := c.link.sock
	s := Stats{
		Opened:   c.opened,
		LastByte: c.opened,
		BytesIn:  sock.in.Load(),
		BytesOut: sock.out.Load(),
	}
	if last := sock.opened.Add(time.Duration(sock.lastByte.Load())); last.After(s.LastByte) {
		s.LastByte = last
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.InFlight, s.Answers, s.RTT = len(c.pending), c.answers, c.rtt
	return s
}
