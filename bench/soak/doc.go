// Package soak runs real tgfetch processes against the simulated Telegram
// while both go wrong at random, and compares everything that can be seen
// afterwards with what really happened.
//
//	report, err := soak.Run(ctx, soak.Options{Self: []string{"tgfetch"}, Seed: 1, For: time.Minute, Dir: dir})
//
// The program must hand its command line over to [Confine] where [ConfineCommand]
// follows its name; lab.Worker does. What tgfetch did wrong is in the report.
//
// A round's way:
//
//	seed, number ─► Plan ─► Round ─► run: simulator, clients, signals ─► Evidence ─► Check ─► violations
//
// [Plan] is pure: a seed and a number give the same files, links, faults and
// signals every time, and what happens is triggered by counts of requests, not
// by the clock. So a round that failed can be run again by itself. [Check] is
// pure too: it sees files, exit codes, JSON, logs and the simulator's log, and
// judges them without knowing how they came about.
//
// Each round ends with a step in calm weather, after which every file must be
// there. In mild weather, which the client promises to get through, every step
// must end well; in harsh weather items may fail, but only with a cause that
// the simulator's log bears out, and never with a wrong byte.
package soak
