package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// interruptible returns a context that the first SIGINT or SIGTERM cancels with exit.ErrInterrupted.
// The second one ends the process at once. Stop releases the signals and waits for the listener.
//
// A reader of stdout that has gone away ends nothing: the write fails instead, and it is for the
// writer to say whether that matters.
func interruptible(parent context.Context, talk io.Writer) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for first := true; ; first = false {
			select {
			case <-quit:
				return
			case <-signals:
			}
			if !first {
				os.Exit(int(exit.Interrupted))
			}
			plain.Fprintf(talk, "tgfetch: stopping; press Ctrl-C again to stop at once\n")
			cancel(exit.ErrInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(quit)
		<-done
		cancel(nil)
	}
}
