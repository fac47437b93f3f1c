package lab

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Target is a promise of a profile and whether its runs kept it.
type Target struct {
	Want string `json:"want"`
	Got  string `json:"got"`
	// Value is what Want bounds, the median over the rounds; Limit the bound,
	// from below if AtLeast.
	Value   float64 `json:"value"`
	Limit   float64 `json:"limit"`
	AtLeast bool    `json:"at_least"`
	// Verdict is "reached", "missed", or "not measured".
	Verdict string `json:"verdict"`
}

// Verdicts of a Target.
const (
	Reached     = "reached"
	Missed      = "missed"
	NotMeasured = "not measured"
)

// target says what is promised and how a round's value is computed.
type target struct {
	want    string
	limit   float64
	atLeast bool
	// got formats the value; it is a format for Sprintf with one float64.
	got string
	// value of one round; false if the round does not have what it needs.
	value func(round) (float64, bool)
}

// round is one turn of all clients, with the runs of the profiles that this
// one refers to in their turn of the same number.
type round struct {
	own        ClientRun
	baseline   []ClientRun
	references map[string]ClientRun // of tgfetch, by profile
}

// judge is the verdict over all rounds.
func (t target) judge(rounds []round) Target {
	out := Target{Want: t.want, Limit: t.limit, AtLeast: t.atLeast, Verdict: NotMeasured}
	var values []float64
	for _, r := range rounds {
		if r.own.Error != "" {
			out.Verdict, out.Got = Missed, "a run failed"
			return out
		}
		if v, ok := t.value(r); ok {
			values = append(values, v)
		}
	}
	if len(values) < len(rounds) || len(rounds) == 0 {
		return out
	}
	out.Value = median(values)
	out.Got = fmt.Sprintf(t.got, out.Value)
	out.Verdict = Missed
	if t.atLeast && out.Value >= t.limit || !t.atLeast && out.Value <= t.limit {
		out.Verdict = Reached
	}
	return out
}

// median of values, which must not be empty.
func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	return low + (high-low)/2
}

// best is the baseline run with the highest speed of its transfer.
func (r round) best() (ClientRun, bool) {
	ran := slices.DeleteFunc(slices.Clone(r.baseline), func(b ClientRun) bool { return b.Error != "" || b.Span <= 0 })
	if len(ran) == 0 {
		return ClientRun{}, false
	}
	return slices.MaxFunc(ran, func(a, b ClientRun) int { return cmp.Compare(a.Speed(), b.Speed()) }), true
}

// reference is the run of another profile in the same turn.
func (r round) reference(name string) (ClientRun, bool) {
	ref, ok := r.references[name]
	return ref, ok && ref.Error == "" && ref.Span > 0
}

// againstReference makes the value of a round from its run and a reference's.
func againstReference(name string, value func(own, ref ClientRun) float64) func(round) (float64, bool) {
	return func(r round) (float64, bool) {
		ref, ok := r.reference(name)
		if !ok {
			return 0, false
		}
		return value(r.own, ref), true
	}
}

// always makes the value of a round from its own run.
func always(value func(ClientRun) float64) func(round) (float64, bool) {
	return func(r round) (float64, bool) { return value(r.own), true }
}

// spanShare promises a share of what the path allows, in MB/s, between the
// first and the last byte.
func spanShare(path, share float64) target {
	return target{
		want: fmt.Sprintf("≥ %.3g %% of %.3g MB/s", share*100, path), limit: share * path, atLeast: true, got: "%.2f MB/s",
		value: always(ClientRun.Speed),
	}
}

// timesBaseline promises a multiple of the best baseline's speed.
func timesBaseline(factor float64) target {
	return target{
		want: fmt.Sprintf("≥ %.2g × gotd's best MB/s", factor), limit: factor, atLeast: true, got: "%.2f ×",
		value: func(r round) (float64, bool) {
			best, ok := r.best()
			return r.own.Speed() / best.Speed(), ok
		},
	}
}

// cpuOfBaseline bounds the CPU seconds by those of the best baseline.
func cpuOfBaseline(factor float64) target {
	return target{
		want: fmt.Sprintf("≤ %.2g × the CPU seconds of gotd's best", factor), limit: factor, got: "%.2f ×",
		value: func(r round) (float64, bool) {
			best, ok := r.best()
			return r.own.CPU / best.CPU, ok
		},
	}
}

func peakMemory(limit int64) target {
	return target{
		want: fmt.Sprintf("peak RSS ≤ %d MiB", limit>>20), limit: float64(limit >> 20), got: "%.0f MiB",
		value: func(r round) (float64, bool) { return float64(r.own.PeakRSS) / (1 << 20), r.own.PeakRSS > 0 },
	}
}

func nothingTwice() target {
	return target{
		want: "nothing asked for twice", got: "%.0f bytes",
		value: always(func(r ClientRun) float64 { return float64(r.TwiceBytes) }),
	}
}

// queueDelay bounds the median time between reading a request and the first
// byte of its answer, in the second half of the transfer.
func queueDelay(limit time.Duration) target {
	return target{
		want: fmt.Sprintf("queueing delay ≤ %v", limit), limit: limit.Seconds() * 1000, got: "%.0f ms",
		value: always(func(r ClientRun) float64 { return r.QueueDelay * 1000 }),
	}
}

func spanOfReference(name string, factor float64) target {
	return target{
		want: fmt.Sprintf("≤ %.3g × the time of %s", factor, name), limit: factor, got: "%.2f ×",
		value: againstReference(name, func(own, ref ClientRun) float64 { return own.Span / ref.Span }),
	}
}

func spanBeyondReference(name string, more time.Duration) target {
	return target{
		want: fmt.Sprintf("≤ %v more than %s", more, name), limit: more.Seconds(), got: "%+.2f s",
		value: againstReference(name, func(own, ref ClientRun) float64 { return own.Span - ref.Span }),
	}
}

func speedOfReference(name string, share float64) target {
	return target{
		want: fmt.Sprintf("≥ %.3g %% of %s's speed", share*100, name), limit: share * 100, atLeast: true, got: "%.0f %%",
		value: againstReference(name, func(own, ref ClientRun) float64 { return 100 * own.Speed() / ref.Speed() }),
	}
}

// twiceAtMostCut bounds what was asked for twice by what was in flight on
// connections when they were cut.
func twiceAtMostCut() target {
	return target{
		want: "asked for twice ≤ in flight at the cuts", got: "%+.0f bytes beyond",
		value: always(func(r ClientRun) float64 { return float64(r.TwiceBytes - r.CutInFlight) }),
	}
}

// spanWithFloods bounds the time by that of the reference and the waits that
// were asked for.
func spanWithFloods(name string, factor float64) target {
	return target{
		want: fmt.Sprintf("≤ %.3g × (%s + waits)", factor, name), limit: factor, got: "%.2f ×",
		value: againstReference(name, func(own, ref ClientRun) float64 { return own.Span / (ref.Span + own.FloodTime) }),
	}
}

// filesPerSecond counts from the start of the process to its end.
func filesPerSecond(n float64) target {
	return target{
		want: fmt.Sprintf("≥ %.0f files/s, whole process", n), limit: n, atLeast: true, got: "%.0f files/s",
		value: always(func(r ClientRun) float64 { return float64(r.Files) / r.Wall }),
	}
}

func messageCalls(n int) target {
	return target{
		want: fmt.Sprintf("resolved in ≤ %d message calls", n), limit: float64(n), got: "%.0f calls",
		value: always(func(r ClientRun) float64 { return float64(r.MessageCalls) }),
	}
}

// smallOfReference bounds the time until the last small file by a factor of
// the reference's, after one round trip.
func smallOfReference(name string, factor float64, rtt time.Duration) target {
	return target{
		want: fmt.Sprintf("small files done within %.2g × of %s + %v", factor, name, rtt), limit: factor, got: "%.2f ×",
		value: againstReference(name, func(own, ref ClientRun) float64 {
			return (own.SmallSpan - rtt.Seconds()) / ref.SmallSpan
		}),
	}
}

// firstByteRTTs bounds the time from the start of the process until the first
// file byte has reached it.
func firstByteRTTs(n float64, rtt time.Duration) target {
	return target{
		want: fmt.Sprintf("first byte ≤ %.2g RTT from process start", n), limit: n, got: "%.2f RTT",
		value: always(func(r ClientRun) float64 { return (r.FirstByte + rtt.Seconds()/2) / rtt.Seconds() }),
	}
}

// dialToByteRTTs is the same from the dial of the connection that brought it.
func dialToByteRTTs(n float64, rtt time.Duration) target {
	return target{
		want: fmt.Sprintf("first byte ≤ %.2g RTT from its connection's dial", n), limit: n, got: "%.2f RTT",
		value: always(func(r ClientRun) float64 { return (r.DialToByte + rtt.Seconds()/2) / rtt.Seconds() }),
	}
}

func noExchanges() target {
	return target{
		want: "no key exchange, no import", got: "%.0f",
		value: always(func(r ClientRun) float64 { return float64(r.Handshakes + r.Imports) }),
	}
}

func migrationHops(n int) target {
	return target{
		want: fmt.Sprintf("an error that names the data centers within %d hops", n), limit: float64(n), got: "%.0f hops",
		value: always(func(r ClientRun) float64 { return float64(r.Migrations) }),
	}
}
