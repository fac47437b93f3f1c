package live

import (
	"context"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// settings asks help.getConfig, for the addresses and for the time.
func (a *asker) settings(ctx context.Context) error {
	a.opts.Asking(*a.row(mediaOnly))
	var sent, came time.Time
	for range 2 { // The first connects, which is no part of the round trip.
		sent = time.Now()
		if err := a.do(ctx, dcpool.Target{}, &tg.HelpGetConfigRequest{}, &a.config); err != nil {
			return err
		}
		came = time.Now()
	}
	for name, f := range judgeOptions(a.config.DCOptions) {
		a.saw(name, f)
	}
	a.saw(clock, judgeClock(time.Unix(int64(a.config.Date), 0), sent, came))
	return nil
}

// promises asks help.getAppConfig.
func (a *asker) promises(ctx context.Context) error {
	var answer tg.HelpAppConfigBox
	if err := a.do(ctx, dcpool.Target{}, &tg.HelpGetAppConfigRequest{}, &answer); err != nil {
		return err
	}
	numbers := map[string]float64{}
	if config, ok := answer.AppConfig.(*tg.HelpAppConfig); ok {
		if object, ok := config.Config.(*tg.JSONObject); ok {
			for _, v := range object.Value {
				if n, ok := v.Value.(*tg.JSONNumber); ok {
					numbers[v.Key] = n.Value
				}
			}
		}
	}
	a.saw(queues, judgeQueues(numbers))
	a.saw(premium, judgePremium(numbers))
	return nil
}
