package bench

import (
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/session"
)

// Advice is what a report recommends for each data center, by its id, negative for
// CDNs, as session.State.DCs keeps it: of the ways to one, that which was fastest.
func Advice(r Report) map[int]session.DCAdvice {
	out := map[int]session.DCAdvice{}
	rates := map[int]float64{}
	for _, d := range r.DCs {
		key := d.DC
		if d.Kind == report.CDN {
			key = -key
		}
		if v := d.Verdict; v.Rate > rates[key] && v.Limit != report.LimitUnknown {
			rates[key] = v.Rate
			out[key] = session.DCAdvice{Connections: v.Setting.Connections, Window: v.Setting.Window}
		}
	}
	return out
}

// SaveAdvice stores what a report recommends where a Pool on the store begins with it.
// It returns for how many data centers there was something.
//
// Errors: those of the Store.
func SaveAdvice(store session.Store, r Report) (int, error) {
	advice := Advice(r)
	if len(advice) == 0 {
		return 0, nil
	}
	return len(advice), store.UpdateState(func(s *session.State) error {
		for key, a := range advice {
			s.DCs[key] = a
		}
		return nil
	})
}
