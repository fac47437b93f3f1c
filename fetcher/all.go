package fetcher

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// FetchAll downloads many files, as many at once as [Limits] allow, and yields
// each as it ends: in no certain order, small files before large ones that were
// named first. Up to 512 files are taken from the sequence before their turn, so
// that large files in the queue hold up no small ones. An error of one file, which
// comes with Result.File, stops no other; an error that files itself yields,
// as [Client.Resolve] does, is passed on. A caller who stops early
// cancels what runs and waits for it. When ctx ends, files that were not taken
// from the sequence yet have no outcome.
//
//	for result, err := range client.FetchAll(ctx, client.Resolve(ctx, link), target) {
func (c *Client) FetchAll(ctx context.Context, files iter.Seq2[File, error], target func(File) Target) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		ended := make(chan outcome)
		go func() {
			defer close(ended)
			c.fetchEach(ctx, files, target, ended)
		}()
		defer func() {
			cancel()
			for range ended { // Everyone is heard, so everyone ends.
			}
		}()
		for o := range ended {
			if !yield(o.result, o.err) {
				return
			}
		}
	}
}

type outcome struct {
	result Result
	err    error
}

func (c *Client) fetchEach(ctx context.Context, files iter.Seq2[File, error], target func(File) Target, ended chan<- outcome) {
	turn := newTurnstile(newQueues(c.limits, c.queueSizes), func(f File) {
		defer c.finder.forget(f.Source)
		if ctx.Err() != nil { // It leaves nothing on disk.
			ended <- outcome{Result{File: f}, fmt.Errorf("%s: %w", f.label(), context.Cause(ctx))}
			return
		}
		result, err := c.Fetch(ctx, f, target(f))
		ended <- outcome{result, err}
	})
	defer turn.wait()
	for f, err := range files {
		if err != nil {
			ended <- outcome{Result{File: f}, err}
		} else {
			c.finder.expect(f.Source)
			turn.add(f)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// turnstile lets files begin as their queues allow.
type turnstile struct {
	run   func(File)     // Immutable.
	ahead chan struct{}  // The places of those who wait.
	runs  sync.WaitGroup // The calls of run.

	mu     sync.Mutex
	queues *queues // Guarded by mu.
}

func newTurnstile(q *queues, run func(File)) *turnstile {
	return &turnstile{run: run, ahead: make(chan struct{}, lookAhead), queues: q}
}

// add has run called on a file, later, on a goroutine of its own. It blocks while
// too many wait: each of them ends some day.
func (t *turnstile) add(f File) {
	t.ahead <- struct{}{}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queues.add(f)
	t.beginLocked()
}

func (t *turnstile) beginLocked() {
	for {
		f, ok := t.queues.next()
		if !ok {
			return
		}
		<-t.ahead
		t.runs.Go(func() {
			defer t.ended(f)
			t.run(f)
		})
	}
}

func (t *turnstile) ended(f File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queues.ended(f)
	t.beginLocked()
}

// wait waits until run has returned for every file.
func (t *turnstile) wait() { t.runs.Wait() }
