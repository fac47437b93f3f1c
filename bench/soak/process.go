package soak

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
	cmd         *exec.Cmd
	stdout      doneCounter
	stderr      bytes.Buffer
	log, failed string

	mu        sync.Mutex
	ended     bool // Guarded by mu.
	signalled bool // Guarded by mu.
}

// start starts a command whose files of its own are in dir. It gets the signals
// of end that depend on what it says.
func start(argv, env []string, dir string, end End) (*process, error) {
	p := &process{log: filepath.Join(dir, "log"), failed: filepath.Join(dir, "failed.txt")}
	if end.Done > 0 {
		p.stdout.counts = p.signals(end, end.Done, 1)
	}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p, p.cmd.Start()
}

// signals are the triggers of an end: at a count, and for the second signal,
// when the first has been noticed, so many later.
func (p *process) signals(end End, at, later int) []trigger {
	switch end.Signal {
	case Kill:
		return []trigger{{at, func() { p.signal(os.Kill) }}}
	case Interrupt:
		return []trigger{{at, func() { p.signal(os.Interrupt) }}}
	case Insist:
		return []trigger{{at, func() { p.signal(os.Interrupt) }}, {at + later, func() { p.signal(os.Interrupt) }}}
	}
	return nil
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
	seen.Stdout, seen.Stderr = p.stdout.text.String(), p.stderr.String()
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

// doneCounter keeps what a process says, and counts the files that it calls done.
// Only the goroutine that copies stdout writes to it.
type doneCounter struct {
	text   bytes.Buffer
	read   int // bytes of text in which all events are counted
	done   int
	counts []trigger
}

// Write implements io.Writer.
func (d *doneCounter) Write(p []byte) (int, error) {
	d.text.Write(p)
	whole := bytes.LastIndexByte(d.text.Bytes(), '\n') + 1
	if whole <= d.read {
		return len(p), nil
	}
	d.done += bytes.Count(d.text.Bytes()[d.read:whole], []byte(`{"event":"done"`))
	d.read = whole
	d.counts = fire(d.counts, d.done)
	return len(p), nil
}

// text is what a file holds, if it is there.
func text(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}
