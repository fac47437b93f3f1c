package simdc

import (
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// channelTimeout is after how many seconds clients shall ask a channel for
// news again.
const channelTimeout = 30

// registerStartup adds what clients of other make call when they start, or
// around a login. The simulated world does not change, so nothing is new.
func registerStartup(m methods) {
	add(m, homeDC, func(c *call, _ *tg.UpdatesGetStateRequest) (bin.Encoder, error) {
		return &tg.UpdatesState{Pts: 1, Qts: 0, Date: int(time.Now().Unix()), Seq: 1}, nil
	})
	add(m, homeDC, func(c *call, _ *tg.UpdatesGetDifferenceRequest) (bin.Encoder, error) {
		return &tg.UpdatesDifferenceEmpty{Date: int(time.Now().Unix()), Seq: 1}, nil
	})
	add(m, homeDC, func(c *call, r *tg.UpdatesGetChannelDifferenceRequest) (bin.Encoder, error) {
		if _, err := c.channel(r.Channel); err != nil {
			return nil, err
		}
		out := &tg.UpdatesChannelDifferenceEmpty{Final: true, Pts: max(r.Pts, 1)}
		out.SetTimeout(channelTimeout)
		return out, nil
	})
	add(m, homeDC, func(c *call, _ *tg.AccountUpdateStatusRequest) (bin.Encoder, error) { return &tg.BoolTrue{}, nil })
	add(m, userOnly, func(c *call, _ *tg.MessagesGetDialogFiltersRequest) (bin.Encoder, error) {
		return &tg.MessagesDialogFilters{Filters: []tg.DialogFilterClass{&tg.DialogFilterDefault{}}}, nil
	})
	add(m, open, func(c *call, _ *tg.HelpGetTermsOfServiceUpdateRequest) (bin.Encoder, error) {
		return &tg.HelpTermsOfServiceUpdateEmpty{Expires: int(time.Now().Add(24 * time.Hour).Unix())}, nil
	})
	add(m, open, func(c *call, r *tg.LangpackGetLangPackRequest) (bin.Encoder, error) {
		return &tg.LangPackDifference{LangCode: r.LangCode}, nil
	})
	add(m, open, func(c *call, r *tg.LangpackGetDifferenceRequest) (bin.Encoder, error) {
		return &tg.LangPackDifference{LangCode: r.LangCode, FromVersion: r.FromVersion, Version: r.FromVersion}, nil
	})
}
