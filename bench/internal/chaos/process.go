package chaos

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// patience is how long a process may take: far longer than any does, also on a
// machine with too much to do.
const patience = 5 * time.Minute

// process is a client on its way.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	log, failed    string

	mu        sync.Mutex
	ended     bool // Guarded by mu.
	signalled bool // Guarded by mu.
}

// start starts a command whose files of its own are in dir.
func start(argv, env []string, dir string) (*process, error) {
	p := &process{log: filepath.Join(dir, "log"), failed: filepath.Join(dir, "failed.txt")}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p, p.cmd.Start()
}

// signal sends a signal unless the process has ended.
func (p *process) signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended && p.cmd.Process.Signal(s) == nil {
		p.signalled = true
	}
}

// wait waits for the end and returns what the process left. One that does not
// end in time shows its goroutines.
func (p *process) wait(ctx context.Context) (ClientEvidence, error) {
	var seen ClientEvidence
	over := make(chan error, 1)
	go func() { over <- p.cmd.Wait() }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var err error
	select {
	case err = <-over:
	case <-ctx.Done():
		err = errors.Join(p.cmd.Process.Kill(), <-over, context.Cause(ctx))
		return seen, err
	case <-timer.C:
		seen.Hung = true
		err = p.quit(over)
	}
	p.mu.Lock()
	p.ended = true
	seen.Signalled = p.signalled
	p.mu.Unlock()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return seen, err
	}
	seen.Code = p.cmd.ProcessState.ExitCode()
	seen.Stdout, seen.Stderr = p.stdout.String(), p.stderr.String()
	seen.Log, seen.Failed = text(p.log), text(p.failed)
	return seen, nil
}

// quit makes a Go process print its goroutines and end.
func (p *process) quit(over <-chan error) error {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case err := <-over:
		return err
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		return <-over
	}
}

// text is what a file holds, if it is there.
func text(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}
