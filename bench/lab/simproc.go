package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// simJob is what a simulator process runs on.
type simJob struct {
	Scenario string `json:"scenario"`
	Cluster  string `json:"cluster"`
	Log      string `json:"log"`
}

// Answers of the simulator process.
const (
	simReady = "ready"
	simOK    = "ok"
)

// simReset is the one command that a simulator process takes, on stdin: wait
// until no connection is open, then count connections and faults anew.
const simReset = "reset"

// simulator is the main function of the simulator process. It ends with in.
func simulator(ctx context.Context, job simJob, in io.Reader, out io.Writer) (err error) {
	world, err := scenario.Read(job.Scenario)
	if err != nil {
		return err
	}
	log, err := os.Create(job.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	cluster, err := simdc.Start(ctx, simdc.Options{Scenario: &world, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	if err := cluster.WriteFile(job.Cluster); err != nil {
		return err
	}
	fmt.Fprintln(out, simReady)
	commands := bufio.NewScanner(in)
	for commands.Scan() {
		if commands.Text() != simReset {
			return fmt.Errorf("unknown command %q", commands.Text())
		}
		if err := settle(ctx, cluster); err != nil {
			return err
		}
		if err := cluster.SetFaults(world.Faults...); err != nil {
			return err
		}
		cluster.Renumber()
		cluster.Log().Reset()
		fmt.Fprintln(out, simOK)
	}
	return commands.Err()
}

// settle waits until the cluster has noticed that its clients are gone.
func settle(ctx context.Context, cluster *simdc.Cluster) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errors.New("connections stay open after their client ended"))
	defer cancel()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		open := 0
		for _, c := range cluster.Log().Conns() {
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

// simProcess is a running simulator.
type simProcess struct {
	clusterFile string
	log         *os.File // The log, read up to where the last reset was.
	cmd         *exec.Cmd
	in          io.WriteCloser
	out         *bufio.Scanner
	errors      *strings.Builder
}

// startSim starts a simulator for a scenario, with its files in dir.
func startSim(ctx context.Context, self []string, world scenario.Scenario, dir string) (*simProcess, error) {
	job := simJob{
		Scenario: filepath.Join(dir, "scenario.json"),
		Cluster:  filepath.Join(dir, "cluster.json"),
		Log:      filepath.Join(dir, "log.jsonl"),
	}
	if err := writeJSON(job.Scenario, world); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "sim-job.json")
	if err := writeJSON(path, job); err != nil {
		return nil, err
	}
	p := &simProcess{clusterFile: job.Cluster, errors: &strings.Builder{}}
	p.cmd = workerCommand(ctx, self, roleSim, path)
	p.cmd.Stderr = p.errors
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	err = p.expect(simReady)
	if err == nil {
		p.log, err = os.Open(job.Log)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// workerCommand is a process of this program that calls Worker.
func workerCommand(ctx context.Context, self []string, role, job string) *exec.Cmd {
	args := append(self[1:len(self):len(self)], WorkerCommand, role, job)
	return exec.CommandContext(ctx, self[0], args...)
}

func (p *simProcess) expect(answer string) error {
	if p.out.Scan() && p.out.Text() == answer {
		return nil
	}
	return fmt.Errorf("the simulator said %q instead of %q", p.out.Text(), answer)
}

// reset waits until all clients are gone and makes the simulator count anew.
func (p *simProcess) reset() error {
	if _, err := fmt.Fprintln(p.in, simReset); err != nil {
		return err
	}
	return p.expect(simOK)
}

// skipLog makes the log begin here.
func (p *simProcess) skipLog() error {
	_, err := p.log.Seek(0, io.SeekEnd)
	return err
}

// close ends the simulator and waits for it.
func (p *simProcess) close() error {
	var err error
	if p.log != nil {
		err = p.log.Close()
	}
	err = errors.Join(err, p.in.Close())
	if waitErr := p.cmd.Wait(); waitErr != nil {
		err = errors.Join(err, fmt.Errorf("simulator: %w: %s", waitErr, strings.TrimSpace(p.errors.String())))
	}
	return err
}
