package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
)

const (
	// takeoutMaxFile is the largest file that an export is said to ask for, in
	// bytes: more than Telegram stores.
	takeoutMaxFile = 4 << 30
	// takeoutEnd bounds the last call of an export.
	takeoutEnd = 10 * time.Second
	// takeoutBegins bounds how often one call waits for a new export because the
	// one it was in has ended.
	takeoutBegins = 2
)

// TakeoutDelayError reports that the account may not begin an export yet.
type TakeoutDelayError struct {
	// Wait is how long, from the time of the error.
	Wait time.Duration
	// Err is the *FloodError behind it.
	Err error
}

func (e *TakeoutDelayError) Error() string {
	return fmt.Sprintf("Telegram lets this account begin an export only in %v, and has told its devices so: "+
		"allow it there, in the chat with Telegram, and try again; or go on without an export",
		e.Wait.Round(time.Second))
}

func (e *TakeoutDelayError) Unwrap() error { return e.Err }

// takeout is the export that the calls of a Client belong to: one session of the
// account, begun by the first call that needs it.
//
// See https://core.telegram.org/api/takeout.
type takeout struct {
	doer   Doer // Immutable.
	id     atomic.Int64
	begins turns
	ranges splitRanges
	failed atomic.Bool // A file was not fetched.
}

// Exporting returns doer, over which another connection of the account makes
// calls, for calls that belong to what the Client reads: they are then within
// its export, if Config.Takeout says that there is one. It may not be used after
// Close.
func (c *Client) Exporting(doer Doer) Doer {
	if c.takeout == nil {
		return doer
	}
	return exporting{c.takeout, doer}
}

// exporting makes calls over a Doer of its own, within the export of another.
type exporting struct {
	takeout *takeout
	doer    Doer
}

// Do implements Doer.
func (e exporting) Do(ctx context.Context, target dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	return e.takeout.over(ctx, e.doer, target, in, out)
}

// do makes a call within the export.
func (t *takeout) do(ctx context.Context, target dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	return t.over(ctx, t.doer, target, in, out)
}

// over makes a call within the export over doer.
func (t *takeout) over(ctx context.Context, doer Doer, target dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if target.Kind == dcpool.CDN || !exported(in) {
		return doer.Do(ctx, target, in, out)
	}
	for left := takeoutBegins; ; left-- {
		id, err := t.session(ctx)
		if err != nil {
			return err
		}
		err = doer.Do(ctx, target, inTakeout{id: id, query: in}, out)
		if left == 1 || !tgerr.Is(err, "TAKEOUT_INVALID") {
			return err
		}
		t.id.CompareAndSwap(id, 0) // Another program has begun an export.
	}
}

// session is the id of the export, which is begun if there is none.
func (t *takeout) session(ctx context.Context) (int64, error) {
	for {
		if id := t.id.Load(); id != 0 {
			return id, nil
		}
		if _, err := t.begins.once(ctx, 0, func() error { return t.begin(ctx) }); err != nil {
			return 0, err
		}
	}
}

func (t *takeout) begin(ctx context.Context) error {
	if t.id.Load() != 0 {
		return nil // Begun between the look and the turn.
	}
	request := &tg.AccountInitTakeoutSessionRequest{
		MessageUsers: true, MessageChats: true, MessageMegagroups: true, MessageChannels: true, Files: true,
	}
	request.SetFileMaxSize(takeoutMaxFile)
	var answer tg.AccountTakeout
	err := t.doer.Do(ctx, dcpool.Target{}, request, &answer)
	if flood, ok := errors.AsType[*dcpool.FloodError](err); ok {
		return &TakeoutDelayError{Wait: flood.Wait, Err: err}
	}
	if err != nil {
		return fmt.Errorf("beginning an export: %w", err)
	}
	if answer.ID == 0 {
		return errors.New("beginning an export: the server gave no id")
	}
	t.id.Store(answer.ID)
	return nil
}

// end ends the export, if one was begun. If Telegram cannot be told, nothing is
// lost: the next export ends it.
func (t *takeout) end(log *slog.Logger) {
	id := t.id.Load()
	if id == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeoutEnd)
	defer cancel()
	request := &tg.AccountFinishTakeoutSessionRequest{Success: !t.failed.Load()}
	var done tg.BoolBox
	err := t.doer.Do(ctx, dcpool.Target{}, inTakeout{id: id, query: request}, &done)
	if err != nil {
		log.Warn("the export was not ended", "error", err)
	}
}

// exported says that a query is about what an account exports, rather than about
// the connection or the account itself.
func exported(in bin.Encoder) bool {
	named, ok := in.(interface{ TypeName() string })
	if !ok {
		return true
	}
	namespace, _, _ := strings.Cut(named.TypeName(), ".")
	switch namespace {
	case "auth", "account", "help", "langpack":
		return false
	default:
		return true
	}
}

// inTakeout is a query within an export. It goes by the name of the query.
type inTakeout struct {
	id    int64
	query bin.Encoder
}

// Encode implements bin.Encoder: invokeWithTakeout#aca9fd2e {X:Type}
// takeout_id:long query:!X = X.
func (q inTakeout) Encode(b *bin.Buffer) error {
	b.PutID(tg.InvokeWithTakeoutRequestTypeID)
	b.PutLong(q.id)
	return q.query.Encode(b)
}

// TypeName is that of the query.
func (q inTakeout) TypeName() string { return typeName(q.query) }

func typeName(query bin.Encoder) string {
	if named, ok := query.(interface{ TypeName() string }); ok {
		return named.TypeName()
	}
	return "unknown"
}
