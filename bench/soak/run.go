package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// runner runs one round in a folder of its own:
//
//	round.json     the plan
//	cluster.json   how to reach the simulator
//	home/          the clients' session and settings
//	out-0/, …      target folders
//	step-1/        events.jsonl of the simulator; client-1/ with log, failed.txt, …
//	…
type runner struct {
	self     []string
	round    Round
	dir      string
	cluster  *simdc.Cluster
	log      *simLog
	evidence Evidence
}

// run runs a round and returns what was to be seen of it. An error means that
// the round could not be run, or that ctx ended.
func run(ctx context.Context, self []string, round Round, dir string) (_ Evidence, err error) {
	r := &runner{self: self, round: round, dir: dir, log: &simLog{}, evidence: Evidence{Round: round, Digests: map[int64]string{}}}
	if err := r.prepare(ctx); err != nil {
		return r.evidence, err
	}
	r.cluster, err = simdc.Start(ctx, simdc.Options{Scenario: &round.Scenario, Log: r.log})
	if err != nil {
		return r.evidence, err
	}
	defer func() { err = errors.Join(err, r.cluster.Close()) }()
	if err := r.cluster.WriteFile(r.path("cluster.json")); err != nil {
		return r.evidence, err
	}
	login := true
	for n := range round.Steps {
		if login {
			if err := r.login(ctx); err != nil {
				return r.evidence, err
			}
		}
		seen, err := r.step(ctx, n)
		if err != nil {
			return r.evidence, fmt.Errorf("step %d: %w", n+1, err)
		}
		r.evidence.Steps = append(r.evidence.Steps, seen)
		login = lostLogin(seen)
	}
	r.evidence.Strays, err = r.strays()
	return r.evidence, err
}

func (r *runner) path(name ...string) string {
	return filepath.Join(append([]string{r.dir}, name...)...)
}

// prepare makes the folders, and the digests to compare with.
func (r *runner) prepare(ctx context.Context) error {
	if err := os.MkdirAll(r.path("home"), 0o700); err != nil {
		return err
	}
	plan, err := json.MarshalIndent(r.round, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path("round.json"), plan, 0o600); err != nil {
		return err
	}
	for _, i := range r.round.Items {
		if r.evidence.Digests[i.File], err = simdc.Digest(ctx, i.File, i.Size); err != nil {
			return err
		}
	}
	account := r.round.Scenario.Accounts[0]
	r.evidence.Secrets = []string{r.round.Scenario.APIHash, account.Code, strings.TrimPrefix(account.Phone, "+")}
	return nil
}

// env is what the clients' environment is: nothing of the user's own but what
// processes need anyway.
func (r *runner) env() []string {
	home := r.path("home")
	env := []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CONFIG_HOME=" + home}
	for _, name := range []string{"PATH", "TMPDIR", "GORACE", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// login logs in, in calm weather.
func (r *runner) login(ctx context.Context) error {
	if err := r.calm(ctx); err != nil {
		return err
	}
	account := r.round.Scenario.Accounts[0]
	argv := append(r.argv(), "login", "--phone", account.Phone, "--code", account.Code)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = r.dir, r.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("login: %w: %s", err, out)
	}
	return nil
}

func (r *runner) argv() []string {
	return append(r.self[:len(r.self):len(r.self)], "--cluster", r.path("cluster.json"))
}

// calm ends all faults, and what they did to data centers.
func (r *runner) calm(ctx context.Context) error {
	if err := r.cluster.SetFaults(); err != nil {
		return err
	}
	for _, dc := range r.round.Scenario.DCs {
		if err := r.cluster.StartDC(ctx, dc.ID); err != nil {
			return err
		}
	}
	return r.settle(ctx)
}

// settle waits until the simulator has noticed that its clients are gone.
func (r *runner) settle(ctx context.Context) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		open := 0
		for _, c := range r.cluster.Log().Conns() {
			if c.Closed.IsZero() {
				open++
			}
		}
		if open == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-poll.C:
		}
	}
}

// step runs the clients of step n to their ends.
func (r *runner) step(ctx context.Context, n int) (seen StepEvidence, err error) {
	step := r.round.Steps[n]
	if err := r.calm(ctx); err != nil {
		return seen, err
	}
	r.cluster.Log().Reset()
	r.cluster.Renumber()
	r.log.take()
	if err := r.cluster.SetFaults(step.Faults...); err != nil {
		return seen, err
	}
	var running []*process
	for i, c := range step.Clients {
		p, err := r.client(n, i, c)
		if err != nil {
			return seen, errors.Join(err, stop(running))
		}
		running = append(running, p)
	}
	for i, p := range running {
		client, err := p.wait(ctx)
		if err != nil {
			return seen, errors.Join(err, stop(running[i+1:]))
		}
		seen.Clients = append(seen.Clients, client)
		if err := r.keep(n, i, client); err != nil {
			return seen, errors.Join(err, stop(running[i+1:]))
		}
	}
	if err := r.settle(ctx); err != nil {
		return seen, err
	}
	seen.Events = r.log.take()
	if err := writeEvents(r.path(stepDir(n), "events.jsonl"), seen.Events); err != nil {
		return seen, err
	}
	if seen.Files, err = r.files(); err != nil {
		return seen, err
	}
	keys, err := keyMaterial(r.path("home"))
	r.evidence.Secrets = append(r.evidence.Secrets, keys...)
	return seen, err
}

// stop kills what is not waited for any more.
func stop(running []*process) (err error) {
	for _, p := range running {
		err = errors.Join(err, p.cmd.Process.Kill())
		_ = p.cmd.Wait()
	}
	return err
}

// clientDir is the folder of client i of step n.
func (r *runner) clientDir(n, i int) string { return r.path(stepDir(n), fmt.Sprintf("client-%d", i+1)) }

func stepDir(n int) string { return fmt.Sprintf("step-%d", n+1) }

// client starts client i of step n.
func (r *runner) client(n, i int, c Client) (*process, error) {
	own := r.clientDir(n, i)
	out := r.path(fmt.Sprintf("out-%d", c.Dir))
	if err := errors.Join(os.MkdirAll(own, 0o700), os.MkdirAll(out, 0o700)); err != nil {
		return nil, err
	}
	argv := append(r.argv(), "--json", "--log-file", filepath.Join(own, "log"), "--failed-file", filepath.Join(own, "failed.txt"), "-P", out)
	argv = append(append(append(argv, r.round.Flags...), c.Flags...), r.round.Links...)
	var err error
	if c.FileLimit > 0 {
		if argv, err = confined(r.self, argv, c.FileLimit, own); err != nil {
			return nil, err
		}
	}
	p, err := start(argv, r.env(), own, c.End)
	if err == nil && c.End.Done == 0 {
		r.log.when(p.signals(c.End, c.End.After, 2)...)
	}
	return p, err
}

// keep writes down what a client said.
func (r *runner) keep(n, i int, c ClientEvidence) error {
	own := r.clientDir(n, i)
	return errors.Join(
		os.WriteFile(filepath.Join(own, "stdout"), []byte(c.Stdout), 0o600),
		os.WriteFile(filepath.Join(own, "stderr"), []byte(c.Stderr), 0o600),
		os.WriteFile(filepath.Join(own, "code"), fmt.Appendln(nil, c.Code), 0o600),
	)
}

// lostLogin reports whether a client of the step says that the login is gone.
func lostLogin(seen StepEvidence) bool {
	for _, c := range seen.Clients {
		if c.Code == codeLogin || strings.Contains(c.Stdout, fmt.Sprintf(`"code":%d,`, codeLogin)) {
			return true
		}
	}
	return false
}
