// Package lab measures how fast tgfetch is, and whether package bench is right,
// on simulated networks.
//
// [Simulate] runs tgfetch, and on request gotd's own client and downloader as
// the yardstick, against the simulated Telegram of package simdc, one profile
// of the network after the other:
//
//	profiles, err := lab.Find("wan100", "far300")
//	...
//	report, err := lab.Simulate(ctx, lab.Options{Profiles: profiles, Runs: 3, Baseline: true})
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
//	if len(os.Args) > 1 && os.Args[1] == lab.WorkerCommand {
//		err := lab.Worker(ctx, os.Args[2:], os.Stdin, os.Stdout)
//		...
//	}
//
// So the CPU seconds and the peak memory of a run are those of a process that
// did nothing else. Clients take turns, and a run that other processes
// disturbed is repeated. What went over the wire is taken from the simulator's
// log, not from what a client says.
//
// [Measure] is bench.Run on a simulator, [Verdicts] compares what it finds with
// the truth on [KnownLimits].
//
// Figures are of the machine they were taken on: the simulator runs on the
// same cores as the client. Only ratios of runs of one report mean something
// elsewhere.
package lab
