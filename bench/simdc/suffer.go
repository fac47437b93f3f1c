package simdc

import (
	"context"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// suffer does what a fault does before the request is handled. Faults that
// spoil the answer's bytes are left to those who make them.
func (c *call) suffer(ctx context.Context) error {
	f, fault := c.strike, &c.request.Fault
	switch f.Do {
	case scenario.DoError:
		return tgerr.New(f.Code, f.Text)
	case scenario.DoDelay:
		timer := time.NewTimer(f.Delay.Std())
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	case scenario.DoDrop:
		fault.Drop = true
	case scenario.DoDuplicate:
		fault.Repeat = 1
	case scenario.DoCut:
		fault.CutAfter = max(f.Bytes, 1)
	case scenario.DoStall:
		fault.StallAfter = max(f.Bytes, 1)
	case scenario.DoTransport:
		fault.TransportError = int32(f.Code)
	case scenario.DoForgetKey:
		c.dc.keys.Forget(c.request.Key.ID)
		fault.TransportError = codeKeyUnknown
	case scenario.DoLogOut:
		c.key.set(nil)
		return fail(401, "AUTH_KEY_UNREGISTERED")
	case scenario.DoExpire:
		c.cluster.ExpireReferences()
	case scenario.DoToken:
		c.cluster.InvalidateTokens()
	case scenario.DoMoveName:
		return c.cluster.MoveName(f.Text, f.Peer)
	case scenario.DoStop, scenario.DoStart, scenario.DoMove, scenario.DoRotate:
		return c.changeDC(ctx, f)
	case scenario.DoFrame:
		fault.Drop = true
		c.request.Conn.SendHeader(hugeFrame)
	case scenario.DoNest:
		fault.Alone = true // A client may throw away the frame that it cannot read.
		c.request.Session.Push(nested(nestedDepth))
	case scenario.DoEndless:
		fault.Alone = true
		c.request.Session.Push(endless{})
	}
	return nil
}

// changeDC does what a fault does to a DC as a whole.
func (c *call) changeDC(ctx context.Context, f strike) error {
	dc := f.To
	if dc == 0 {
		dc = c.dc.ID
	}
	switch f.Do {
	case scenario.DoStop:
		// Not StopDC: it would wait for this call if the DC is this one.
		_, err := c.cluster.halt(dc)
		return err
	case scenario.DoStart:
		return c.cluster.StartDC(ctx, dc)
	case scenario.DoMove:
		// This call's context ends with the first address that goes.
		return c.cluster.MoveDC(context.WithoutCancel(ctx), dc)
	default:
		return c.cluster.RotateKey(dc)
	}
}

// codeKeyUnknown is the transport error for an auth key that the server does
// not have. https://core.telegram.org/mtproto/mtproto-transports#transport-errors
const codeKeyUnknown = -404
