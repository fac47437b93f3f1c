package bench

import (
	"context"

	"github.com/tgfetch/tgfetch/bench/internal/chaos"
)

// ChaosOptions say what [Chaos] runs, ChaosReport what came of it. A round and
// its result are what ChaosOptions.Ran is told.
type (
	ChaosOptions = chaos.Options
	ChaosReport  = chaos.Report
	ChaosRound   = chaos.Round
	ChaosResult  = chaos.Result
)

// Chaos soaks tgfetch: it runs processes of it against the simulator while both
// go wrong at random, and checks every byte, exit code and log line against
// what the simulator did. A seed gives the same rounds each time. It needs a
// program that is tgfetch (see ChaosOptions.Self) and hands its worker command
// over to [Worker].
//
// What tgfetch did wrong is in the report. Errors are about rounds that could
// not be run, and the cause of ctx.
func Chaos(ctx context.Context, opts ChaosOptions) (ChaosReport, error) {
	return chaos.Soak(ctx, opts)
}
