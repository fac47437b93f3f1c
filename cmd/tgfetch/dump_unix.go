//go:build unix

package main

import (
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// dumpSignals are those that a person or a supervisor sends to see where a process is.
var dumpSignals = []os.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGTRAP, syscall.SIGSYS}

// dumpExit is the exit code of a process that Go ends after a dump.
const dumpExit = 2

// dumpSafely answers the signals that have Go print the stacks of all goroutines. Go prints words of each
// frame as its arguments, among them what earlier calls left there, such as bytes of auth keys; the profile
// has the functions and lines alone. It stays for the life of the process.
func dumpSafely(talk io.Writer) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, dumpSignals...)
	go func() {
		s := <-signals
		plain.Fprintf(talk, "tgfetch: %s; where each goroutine is:\n", s)
		_ = pprof.Lookup("goroutine").WriteTo(talk, 1) // Nobody is left to tell.
		os.Exit(dumpExit)
	}()
}
