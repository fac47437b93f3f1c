package simdc

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// registerTakeout adds what exports need. An account has one export at a time, a
// new one ends the one before. https://core.telegram.org/api/takeout
func registerTakeout(m methods) {
	add(m, userOnly, (*call).initTakeout)
	add(m, userOnly, (*call).finishTakeout)
}

func (c *call) initTakeout(*tg.AccountInitTakeoutSessionRequest) (bin.Encoder, error) {
	a := c.account
	id := int64(mixAll(uint64(a.ID)<<16+uint64(a.takeouts.Add(1))) >> 1)
	a.takeout.Store(id)
	return &tg.AccountTakeout{ID: id}, nil
}

func (c *call) finishTakeout(*tg.AccountFinishTakeoutSessionRequest) (bin.Encoder, error) {
	if !c.exporting {
		return nil, fail(403, "TAKEOUT_REQUIRED")
	}
	c.account.takeout.Store(0)
	return &tg.BoolTrue{}, nil
}

// checkTakeout refuses requests in an export that is not going on.
func (c *call) checkTakeout() error {
	switch {
	case !c.exporting:
		return nil
	case c.account == nil:
		return fail(401, "AUTH_KEY_UNREGISTERED")
	case c.takeoutID == 0 || c.takeoutID != c.account.takeout.Load():
		return fail(400, "TAKEOUT_INVALID")
	}
	return nil
}
