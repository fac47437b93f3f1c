package simdc

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// access says who may call a method, and where.
type access int

const (
	// open needs no login.
	open access = iota
	// anyDC needs a login on the DC that is asked, made there or imported.
	anyDC
	// homeDC needs a login, and that the DC is the account's home.
	homeDC
	// userOnly is homeDC for users: bots are refused.
	userOnly
	// cdnDC is for CDN DCs, which serve nothing else.
	cdnDC
)

// method is one API method.
type method struct {
	name   string
	access access
	// decode and handle work on a request of the same type.
	decode func(b *bin.Buffer) (any, error)
	handle func(c *call, request any) (bin.Encoder, error)
}

// methods by constructor.
type methods map[uint32]method

// add registers a handler for a request type of gotd's.
func add[T any, P interface {
	*T
	bin.Decoder
	TypeID() uint32
	TypeName() string
}](m methods, who access, handle func(*call, P) (bin.Encoder, error)) {
	var zero T
	p := P(&zero)
	m[p.TypeID()] = method{
		name:   p.TypeName(),
		access: who,
		decode: func(b *bin.Buffer) (any, error) {
			request := P(new(T))
			return request, request.Decode(b)
		},
		handle: func(c *call, request any) (bin.Encoder, error) { return handle(c, request.(P)) },
	}
}

// fail returns an rpc_error.
func fail(code int, format string, args ...any) error {
	return tgerr.New(code, fmt.Sprintf(format, args...))
}

// login is one login of an account. The keys of all DCs that it was exported
// to share it, so that logging out ends it everywhere.
type login struct {
	account *account
	hash    int64
	revoked atomic.Bool
}

// keyState is what the API knows about an authorization key on its DC.
type keyState struct {
	mu sync.Mutex

	login      *login                 // Guarded by mu. Nil before a login.
	pending    *account               // Guarded by mu. Gave the right code, not yet the password.
	codes      map[string]pendingCode // Guarded by mu. By phone.
	recovering bool                   // Guarded by mu. A recovery code was asked for.
	challenges map[int64]challenge    // Guarded by mu. By srp_id, each for one use.
	qr         string                 // Guarded by mu. The login token shown.

	client client // Of this very key, temporary or not.
}

// stateOf returns the state of a key.
func stateOf(k *mtserve.Key) *keyState {
	return k.Value(func() any { return &keyState{} }).(*keyState)
}

// current returns the login that is valid now, or nil.
func (k *keyState) current() *login {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.login != nil && k.login.revoked.Load() {
		k.login = nil
	}
	return k.login
}

func (k *keyState) set(l *login) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.login, k.pending, k.challenges, k.recovering = l, nil, nil, false
}

// client is what initConnection said about the client that uses a key.
// Telegram keeps it with the authorization key, whichever session or
// connection it came over. https://core.telegram.org/api/invoking#saving-client-info
type client struct {
	inited atomic.Bool
	layer  atomic.Int64
}

// call is one request on its way through the API.
type call struct {
	*endpoint
	request *mtserve.Request
	query   *bin.Buffer // without its wrappers; nil when it has been read
	refused error       // what was wrong with the wrappers
	key     *keyState
	client  *client
	layer   int // of the API in which the caller understands answers
	// exporting: it came within invokeWithTakeout, of takeoutID.
	exporting bool
	takeoutID int64
	// within is the messages that the query is about; nil is all.
	within *tg.MessageRange
	note   *note
	// account is who calls; nil without a login.
	account *account
	// strike is the fault that hits this call, if one does.
	strike strike
}

// receive starts a call. It is called for one query of a connection after the
// other, in the order in which they came, so that initConnection holds for all
// queries behind it although they are handled concurrently.
func (e *endpoint) receive(r *mtserve.Request) *call {
	c := &call{
		endpoint: e,
		request:  r,
		key:      stateOf(r.Key.Owner()),
		client:   &stateOf(r.Key).client,
		note:     &note{},
	}
	c.layer = int(c.client.layer.Load())
	c.query, c.refused = c.unwrap(&bin.Buffer{Buf: r.Body.Buf})
	r.Note = c
	return c
}

// Handle implements mtserve.Handler.
func (e *endpoint) Handle(ctx context.Context, r *mtserve.Request) (bin.Encoder, error) {
	c, ok := r.Note.(*call)
	if !ok {
		c = e.receive(r)
	}
	answer, err := c.run(ctx)
	c.query = nil
	if rpc, ok := tgerr.As(err); ok {
		c.note.err = rpc.Message
	} else if err != nil {
		c.note.err = err.Error()
	}
	c.handled()
	return answer, err
}

func (c *call) run(ctx context.Context) (bin.Encoder, error) {
	if c.refused != nil {
		return nil, c.refused
	}
	m, request, err := c.decode(c.query)
	if err != nil {
		return nil, err
	}
	if l := c.key.current(); l != nil {
		c.account = l.account
		c.attach(l.account)
	}
	if err := c.checkTakeout(); err != nil {
		return nil, err
	}
	if err := c.permit(m); err != nil {
		return nil, err
	}
	o := c.occasion(m, request)
	c.note.about = o.file
	if o.file != 0 {
		o.parallel = c.dc.reading.begin(c)
	}
	if s, ok := c.cluster.faults.next(o); ok {
		c.strike = s
		if err := c.suffer(ctx); err != nil {
			return nil, err
		}
	}
	answer, err := m.handle(c, request)
	if c.strike.Do == scenario.DoBomb && err == nil {
		answer = bomb{}
	}
	return answer, err
}

// decode finds the method and reads its arguments.
func (c *call) decode(body *bin.Buffer) (method, any, error) {
	id, err := body.PeekID()
	if err != nil {
		return method{}, nil, fail(400, "INPUT_FETCH_ERROR")
	}
	m, known := c.cluster.methods[id]
	c.note.method = m.name
	switch {
	case !known:
		c.note.method = fmt.Sprintf("%#x", id)
		if c.dc.CDN {
			return method{}, nil, fail(400, "CDN_METHOD_INVALID")
		}
		return method{}, nil, fail(400, "INPUT_METHOD_INVALID_%d", id)
	case c.dc.CDN && m.access != cdnDC:
		return method{}, nil, fail(400, "CDN_METHOD_INVALID")
	case !c.dc.CDN && m.access == cdnDC:
		return method{}, nil, fail(400, "METHOD_INVALID")
	case !c.client.inited.Load() && id != tg.AuthBindTempAuthKeyRequestTypeID:
		// A temporary key is bound before anything else is said under it.
		return method{}, nil, fail(400, "CONNECTION_NOT_INITED")
	}
	request, err := m.decode(body)
	if err != nil {
		return method{}, nil, fail(400, "INPUT_FETCH_ERROR")
	}
	if body.Len() > 0 {
		return method{}, nil, fail(400, "INPUT_REQUEST_TOO_LONG")
	}
	return m, request, nil
}

// permit checks who calls, and where.
func (c *call) permit(m method) error {
	if m.access == open || m.access == cdnDC {
		return nil
	}
	switch key := c.request.Key; {
	case key.Temporary && !key.Bound():
		return fail(401, "AUTH_KEY_PERM_EMPTY")
	case c.account == nil:
		return fail(401, "AUTH_KEY_UNREGISTERED")
	case m.access == anyDC:
		return nil
	case c.account.HomeDC != c.dc.ID:
		// The account's data is at home; foreign DCs only have files.
		return fail(303, "USER_MIGRATE_%d", c.account.HomeDC)
	case m.access == userOnly && c.account.BotToken != "":
		return fail(400, "BOT_METHOD_INVALID")
	}
	return nil
}
