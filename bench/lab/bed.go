package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/cluster"
)

// bed is a simulator with the sessions of the clients that are measured on it.
type bed struct {
	profile Profile
	self    []string
	dir     string
	sim     *simProcess
	digests map[string]int
	bytes   int64
}

// client is one way to fetch.
type client struct {
	name, role string
	threads    int
}

func newBed(ctx context.Context, opts Options, p Profile, dir string) (*bed, error) {
	sim, err := startSim(ctx, opts.Self, p.Scenario, dir)
	if err != nil {
		return nil, err
	}
	b := &bed{profile: p, self: opts.Self, dir: dir, sim: sim}
	access, err := cluster.ReadFile(sim.clusterFile)
	if err == nil {
		b.digests, b.bytes, err = expected(access, measuredChat)
	}
	if err != nil {
		return nil, errors.Join(err, sim.close())
	}
	return b, nil
}

func (b *bed) sessionDir(c client) string { return filepath.Join(b.dir, "session-"+c.role) }

// prepare logs a client in and has it fetch what it is to know before.
func (b *bed) prepare(ctx context.Context, c client) error {
	if err := os.Mkdir(b.sessionDir(c), 0o700); err != nil {
		return err
	}
	out := filepath.Join(b.dir, "warm-"+c.role)
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(out)
	p, err := b.start(ctx, c, fetchJob{
		Cluster: b.sim.clusterFile, Session: b.sessionDir(c), Out: out, Login: true, Links: b.profile.prepared(), Threads: 1,
	})
	if err != nil {
		return err
	}
	if p.Error != "" {
		return errors.New(p.Error)
	}
	return b.sim.reset()
}

// run is one measured process. A client that fails is a ClientRun with an Error.
func (b *bed) run(ctx context.Context, c client) (ClientRun, error) {
	run := ClientRun{Client: c.name, Files: len(b.profile.measured()), Bytes: b.bytes}
	// Each run starts from the session as it was prepared.
	session := filepath.Join(b.dir, "session")
	out := filepath.Join(b.dir, "out")
	defer os.RemoveAll(session)
	defer os.RemoveAll(out)
	if err := errors.Join(os.CopyFS(session, os.DirFS(b.sessionDir(c))), os.Mkdir(out, 0o700)); err != nil {
		return run, err
	}
	if err := b.sim.skipLog(); err != nil {
		return run, err
	}
	load := startLoad(b.sim.cmd.Process.Pid)
	p, err := b.start(ctx, c, fetchJob{
		Cluster: b.sim.clusterFile, Session: session, Out: out, Links: b.profile.links(measuredChat), Threads: c.threads,
	})
	if err != nil {
		return run, err
	}
	run.Wall, run.CPU, run.PeakRSS = p.wall.Seconds(), p.cpu.Seconds(), p.PeakRSS
	run.Foreign = load.foreign(p.cpu).Seconds()
	if err := b.sim.reset(); err != nil {
		return run, err
	}
	if run.Traffic, err = readTraffic(b.sim.log, p.started, b.profile); err != nil {
		return run, err
	}
	run.Error = b.verdict(p.outcome, run.Traffic, out)
	return run, nil
}

// verdict is why a run does not count, empty if it does.
func (b *bed) verdict(o outcome, t Traffic, out string) string {
	switch {
	case b.profile.Refused && o.Refused:
		return ""
	case b.profile.Refused:
		return fmt.Sprintf("there is no error that names the data centers, but: %q", o.Error)
	case o.Error != "":
		return o.Error
	case len(b.profile.Scenario.Link.Conns) > 0 && t.Exceptions == 0:
		return "no connection was one that the scenario makes an exception for"
	}
	if err := checkFiles(out, b.digests); err != nil {
		return err.Error()
	}
	return ""
}

// process is a client process that has ended.
type process struct {
	outcome
	started time.Time
	wall    time.Duration
	cpu     time.Duration
}

// start runs a client process to its end.
func (b *bed) start(ctx context.Context, c client, job fetchJob) (process, error) {
	path := filepath.Join(b.dir, "job.json")
	if err := writeJSON(path, job); err != nil {
		return process{}, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, maxRun, fmt.Errorf("stopped after %v", maxRun))
	defer cancel()
	cmd := workerCommand(limited, b.self, c.role, path)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	p := process{started: time.Now()}
	runErr := cmd.Run()
	p.wall = time.Since(p.started)
	if ctx.Err() != nil {
		return p, context.Cause(ctx)
	}
	if cmd.ProcessState == nil {
		return p, runErr // It did not even start.
	}
	p.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	switch {
	case limited.Err() != nil:
		p.Error = context.Cause(limited).Error()
	case runErr != nil:
		p.Error = fmt.Sprintf("%v: %s", runErr, strings.TrimSpace(stderr.String()))
	default:
		if err := json.Unmarshal(stdout.Bytes(), &p.outcome); err != nil {
			return p, fmt.Errorf("what %s says: %w", c.name, err)
		}
	}
	return p, nil
}
