package simdc

import (
	"math"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerTakeout adds what exports need. An account has one export at a time, a
// new one ends the one before. https://core.telegram.org/api/takeout
func registerTakeout(m methods) {
	add(m, userOnly, (*call).initTakeout)
	add(m, userOnly, (*call).finishTakeout)
	add(m, userOnly, (*call).getSplitRanges)
	add(m, userOnly, (*call).getLeftChannels)
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

// splitRanges are the ranges in which an account's own row of ids is exported.
func splitRanges(s scenario.Scenario) []tg.MessageRange {
	var out []tg.MessageRange
	next := 1
	for _, last := range append(slices.Clone(s.SplitRanges), math.MaxInt32) {
		out = append(out, tg.MessageRange{MinID: next, MaxID: last})
		next = last + 1
	}
	return out
}

func (c *call) getSplitRanges(*tg.MessagesGetSplitRangesRequest) (bin.Encoder, error) {
	if !c.exporting {
		return nil, fail(403, "TAKEOUT_REQUIRED")
	}
	return &tg.MessageRangeVector{Elems: splitRanges(c.cluster.world.scenario)}, nil
}

// inRange leaves out the messages that the query is not about. Those of channels
// have ids of their own, which no range concerns.
func (c *call) inRange(s source, list []*message) []*message {
	within := c.within
	if c.exporting && within == nil && c.cluster.world.scenario.Turns(scenario.ExportsWhole) {
		ranges := splitRanges(c.cluster.world.scenario)
		within = &ranges[len(ranges)-1]
	}
	if within == nil || s.chat != nil && !s.chat.Basic {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(m *message) bool { return m.ID < within.MinID || m.ID > within.MaxID })
}

// leftPage is how many channels one answer of channels.getLeftChannels holds.
const leftPage = 100

func (c *call) getLeftChannels(r *tg.ChannelsGetLeftChannelsRequest) (bin.Encoder, error) {
	if !c.exporting {
		return nil, fail(403, "TAKEOUT_REQUIRED")
	}
	var left []tg.ChatClass
	for _, x := range c.cluster.world.sortedChats() {
		if c.mayExport(x) {
			left = append(left, c.chat(x))
		}
	}
	from := min(max(r.Offset, 0), len(left))
	to := min(from+leftPage, len(left))
	if to-from == len(left) {
		return &tg.MessagesChats{Chats: left}, nil
	}
	return &tg.MessagesChatsSlice{Count: len(left), Chats: left[from:to]}, nil
}

// mayExport reports whether the caller left the chat and sees it in an export.
func (c *call) mayExport(x *chat) bool { return c.exporting && slices.Contains(x.Left, c.account.ID) }
