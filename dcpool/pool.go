package dcpool

import (
	"context"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// Pool holds the connections of one account. Its methods may be called
// concurrently.
type Pool struct {
	cfg Config
}

// New checks the configuration and returns a Pool. It does no I/O: the session
// is read and the first connection dialled by the first call.
func New(cfg Config) (*Pool, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	return &Pool{cfg: cfg}, nil
}

// Do sends the query in to t and decodes its answer into out.
//
// Faults of connections, floods within Limits.FloodWaitMax, lost keys and
// authorizations of foreign data centers, and moves of the home data center are
// dealt with. in may be encoded several times. out.Decode is called at most
// once, on a buffer valid only during the call, and never after Do has returned.
//
// Errors: the cause of ctx; [ErrClosed]; an error that is [ErrLoginNeeded];
// [*FloodError]; [*UnknownDCError]; [*MigrationLoopError]; [*UnreachableError];
// one that is [ErrNoCDN] for Kind CDN; [*session.DamagedError]; and *tgerr.Error
// as the server sent it for everything else, among it FILE_MIGRATE_X for Kind
// Media.
func (p *Pool) Do(ctx context.Context, t Target, in bin.Encoder, out bin.Decoder) error {
	return ErrClosed
}

// Invoker is Do with a fixed target, for tg.NewClient and gotd's helpers.
func (p *Pool) Invoker(t Target) tg.Invoker {
	return invoker{pool: p, target: t}
}

type invoker struct {
	pool   *Pool
	target Target
}

func (i invoker) Invoke(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	return i.pool.Do(ctx, i.target, in, out)
}

// Home is the id of the home data center as far as known.
func (p *Pool) Home() int { return 0 }

// User is the account logged in according to the Store; id 0 is nobody.
func (p *Pool) User() (id int64, bot bool, err error) { return 0, false, nil }

// SetUser records that a login on the home data center succeeded. What was kept
// of another account is dropped.
func (p *Pool) SetUser(ctx context.Context, id int64, bot bool) error { return nil }

// LogOut ends the login on the server and forgets it here.
func (p *Pool) LogOut(ctx context.Context) error { return nil }

// MoveHome makes dc the home data center, as auth.loginTokenMigrateTo asks.
func (p *Pool) MoveHome(ctx context.Context, dc int) error { return nil }

// Options are the addresses of data centers: those of help.getConfig, which is
// asked if its last answer has expired, else the ones known.
func (p *Pool) Options(ctx context.Context) ([]session.DCOption, error) { return nil, nil }

// Ping measures a round trip to t, connecting if need be. The connecting does
// not count.
func (p *Pool) Ping(ctx context.Context, t Target) (time.Duration, error) { return 0, nil }

// Stats is a snapshot of what the Pool does. It costs no I/O.
func (p *Pool) Stats() Stats { return Stats{} }

// Close ends all connections and waits for every goroutine of the Pool. Calls
// in flight return ErrClosed.
func (p *Pool) Close() error { return nil }
