// Package bench measures how fast Telegram's data centers are.
//
// [Run] measures each data center that an account can reach and says where its
// limit sits and which setting reaches it:
//
//	report, err := bench.Run(ctx, bench.Options{Client: fetcher.Config{APIID: id, APIHash: hash, Store: store}})
//	...
//	for _, dc := range report.DCs {
//		fmt.Println(dc.Name(), dc.Verdict.Sentence, dc.Verdict.Setting)
//	}
//
// Its way:
//
//	addresses ─► ways (main, media-only, CDN) ─► files on each ─► dials, round trips
//	  ─► one setting after the other ─► windows past the ramp ─► verdicts
//
// [Compare], [WritePage] and [SaveAdvice] are what can be done with a report,
// whose fields package report explains. Package lab measures simulated networks,
// and how fast tgfetch is; package soak looks for its faults.
package bench
