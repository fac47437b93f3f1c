package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
)

// errTime ends a Run that took as long as it may.
var errTime = errors.New("the time is over")

// ended says why a Run did not come to its end.
func ended(ctx context.Context) string {
	switch context.Cause(ctx) {
	case errBytes:
		return "all bytes that a run may cost were read"
	case errTime:
		return "the time was over"
	}
	return "stopped before"
}

// cannot is why a question cannot be asked, in words of this package: nothing in
// it is anybody's.
type cannot string

func (c cannot) Error() string { return string(c) }

// rpcName is what the name of an error may consist of: servers could send anything.
var rpcName = regexp.MustCompile(`^[A-Z0-9_]{1,64}$`)

// rpcNamed is the name of an error if it may be one.
func rpcNamed(name string) string {
	if !rpcName.MatchString(name) {
		return ""
	}
	return name
}

// reason says why a question was not answered, in words that hold nothing of the
// error's text: links, addresses and names may be in that.
func reason(err error) string {
	own, isOwn := errors.AsType[cannot](err)
	flood, isFlood := errors.AsType[*dcpool.FloodError](err)
	rpc, isRPC := tgerr.As(err)
	_, isProxy := errors.AsType[*proxy.Error](err)
	_, isAway := errors.AsType[*dcpool.UnreachableError](err)
	_, isLost := errors.AsType[*dcpool.LostError](err)
	switch {
	case isOwn:
		return string(own)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case isFlood:
		return fmt.Sprintf("%s of %.0f s", cmp.Or(rpcNamed(flood.Name), "a wait"), max(flood.Wait, time.Second).Seconds())
	case isRPC && rpcNamed(rpc.Type) != "":
		return fmt.Sprintf("refused: %d %s", rpc.Code, rpc.Type)
	case isProxy:
		return "the proxy refuses"
	case isAway:
		return "its data center cannot be reached"
	case isLost:
		return "the connection was lost"
	case errors.Is(err, dcpool.ErrLoginNeeded):
		return "the login has ended"
	case errors.Is(err, bench.ErrNoFiles):
		return string(noLarge)
	}
	return "an unexpected error; -v shows it"
}
