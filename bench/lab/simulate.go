package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tgfetch/tgfetch/bench/report"
)

// Options says what [Simulate] measures. Profiles is required; every other
// zero value works.
type Options struct {
	// Profiles to measure, with the references they need; see [Find].
	Profiles []Profile
	// Runs is the number of rounds per profile; 0 means 3.
	Runs int
	// Baseline runs gotd's client too, in turn with tgfetch.
	Baseline bool
	// Repeats is how often a run is repeated during which other processes took
	// more than a second of CPU time; 0 means 2, negative never.
	Repeats int
	// Threads are how many requests gotd has in flight, a run each; nil means
	// 4 and 8.
	Threads []int
	// Self is the command, with arguments, that starts a process which calls
	// [Worker] when [WorkerCommand] follows; nil is this program.
	Self []string
	// Dir is where files go; empty is a folder for temporary files. It needs
	// room for the largest file of a profile, once.
	Dir string
	// Ran, if set, is called after each run, repeated ones included.
	Ran func(profile string, r ClientRun)
}

// Report is what [Simulate] found.
type Report struct {
	Machine  report.Machine  `json:"machine"`
	Started  time.Time       `json:"started"`
	Profiles []ProfileReport `json:"profiles"`
}

// ProfileReport is the runs of one profile.
type ProfileReport struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Runs are in the order in which they were made.
	Runs    []ClientRun `json:"runs"`
	Targets []Target    `json:"targets,omitempty"`
}

const (
	defaultRuns    = 3
	defaultRepeats = 2
	// maxForeign is the CPU time of others from which on a run is repeated.
	maxForeign = time.Second
	// maxRun bounds one process.
	maxRun = 10 * time.Minute
)

func (o *Options) setDefaults() error {
	if len(o.Profiles) == 0 {
		return fmt.Errorf("bench: no profile to measure")
	}
	if o.Runs < 0 {
		return fmt.Errorf("bench: %d runs: give a positive number", o.Runs)
	}
	o.Runs = cmp.Or(o.Runs, defaultRuns)
	o.Repeats = max(cmp.Or(o.Repeats, defaultRepeats), 0)
	if o.Threads == nil {
		o.Threads = []int{4, 8}
	}
	for _, n := range o.Threads {
		if n < 1 {
			return fmt.Errorf("bench: %d threads: give positive numbers", n)
		}
	}
	if o.Self == nil {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		o.Self = []string{exe}
	}
	if o.Ran == nil {
		o.Ran = func(string, ClientRun) {}
	}
	return nil
}

// Simulate measures every profile against the simulator. A run that fails is
// in the report and does not end the others; an error means that the harness
// itself failed, or ctx ended. The report then holds what is there.
func Simulate(ctx context.Context, opts Options) (Report, error) {
	if err := opts.setDefaults(); err != nil {
		return Report{}, err
	}
	out := Report{Machine: report.ThisMachine(), Started: time.Now()}
	for _, p := range opts.Profiles {
		runs, err := measure(ctx, opts, p)
		out.Profiles = append(out.Profiles, ProfileReport{Name: p.Name, About: p.About, Runs: runs})
		if err != nil {
			out.judge(opts.Profiles)
			return out, fmt.Errorf("profile %s: %w", p.Name, err)
		}
	}
	out.judge(opts.Profiles)
	return out, nil
}

// judge fills in the targets.
func (r *Report) judge(profiles []Profile) {
	for i := range r.Profiles {
		found := &r.Profiles[i]
		p := profiles[i]
		rounds := r.rounds(found.Runs)
		for _, t := range p.targets {
			found.Targets = append(found.Targets, t.judge(rounds))
		}
	}
}

// rounds sorts runs by round, beside the references of the same round.
func (r *Report) rounds(runs []ClientRun) []round {
	byNumber := map[int]*round{}
	var order []int
	for _, run := range runs {
		x := byNumber[run.Round]
		if x == nil {
			x = &round{references: map[string]ClientRun{}}
			byNumber[run.Round] = x
			order = append(order, run.Round)
		}
		if run.Client == roleTgfetch {
			x.own = run
		} else {
			x.baseline = append(x.baseline, run)
		}
	}
	var out []round
	for _, n := range order {
		for _, p := range r.Profiles {
			for _, run := range p.Runs {
				if run.Client == roleTgfetch && run.Round == n {
					byNumber[n].references[p.Name] = run
				}
			}
		}
		out = append(out, *byNumber[n])
	}
	return out
}

// measure runs one profile on a simulator of its own.
func measure(ctx context.Context, opts Options, p Profile) (runs []ClientRun, err error) {
	dir, err := os.MkdirTemp(opts.Dir, "tgfetch-bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b, err := newBed(ctx, opts, p, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, b.sim.close()) }()
	clients := b.clients(opts)
	unprepared := map[string]error{} // by role
	for _, c := range clients {
		if _, done := unprepared[c.role]; done {
			continue
		}
		unprepared[c.role] = b.prepare(ctx, c)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	for n := range opts.Runs {
		// Whoever was first is last in the next round.
		for i := range clients {
			c := clients[(i+n)%len(clients)]
			run := ClientRun{Client: c.name}
			if err := unprepared[c.role]; err != nil {
				run.Error = fmt.Sprintf("it could not be prepared: %v", err)
				opts.Ran(p.Name, run)
			} else if run, err = b.runQuietly(ctx, c, opts); err != nil {
				return runs, err
			}
			run.Round = n + 1
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// clients are who takes part.
func (b *bed) clients(opts Options) []client {
	list := []client{{name: roleTgfetch, role: roleTgfetch}}
	if opts.Baseline && !b.profile.Refused && !b.profile.Auxiliary {
		for _, n := range opts.Threads {
			list = append(list, client{name: fmt.Sprintf("%s/%d", roleBaseline, n), role: roleBaseline, threads: n})
		}
	}
	return list
}

// runQuietly repeats a run that others disturbed, and returns the one that
// they disturbed least.
func (b *bed) runQuietly(ctx context.Context, c client, opts Options) (ClientRun, error) {
	var best ClientRun
	for repeats := 0; ; repeats++ {
		run, err := b.run(ctx, c)
		if err != nil {
			return run, err
		}
		opts.Ran(b.profile.Name, run)
		if repeats == 0 || run.Foreign < best.Foreign {
			best = run
		}
		best.Repeats = repeats
		if best.Foreign <= maxForeign.Seconds() || repeats == opts.Repeats {
			return best, nil
		}
	}
}
