// Package bench measures how fast Telegram's data centers are, and how fast
// tgfetch is.
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
// [RunOn] does the same on a simulator, [Verdicts] on networks where the truth is
// known; [Compare], [WritePage] and [SaveAdvice] are what can be done with a report,
// whose fields package report explains.
//
// [Simulate] runs tgfetch, and on request gotd's own client and downloader as
// the yardstick, against the simulated Telegram of package simdc, one profile
// of the network after the other:
//
//	profiles, err := bench.Find("wan100", "far300")
//	...
//	report, err := bench.Simulate(ctx, bench.SimOptions{Profiles: profiles, Runs: 3, Baseline: true})
//	...
//	report.WriteMarkdown(os.Stdout)
//
// A run's way:
//
//	scenario ─► simulator (a process) ─► sessions: login, keys, one tiny file per DC
//	  ─► client (a process per run) ─► SHA-256 of every file ─► the simulator's log ─► ClientRun
//
// The simulator and each client are processes of their own: the program that
// calls Simulate, started again. It must hand such a start over to [Worker]:
//
//	if len(os.Args) > 1 && os.Args[1] == bench.WorkerCommand {
//		err := bench.Worker(ctx, os.Args[2:], os.Stdin, os.Stdout)
//		...
//	}
//
// So the CPU seconds and the peak memory of a run are those of a process that
// did nothing else. Clients take turns, and a run that other processes
// disturbed is repeated. What went over the wire is taken from the simulator's
// log, not from what a client says.
//
// Figures are of the machine they were taken on: the simulator runs on the
// same cores as the client. Only ratios of runs of one report mean something
// elsewhere.
package bench
