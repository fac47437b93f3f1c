package fetcher

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/tgfetch/tgfetch/dcpool"
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
// target says where a file goes, just before it begins. It is called for one file at a
// time, on goroutines of FetchAll's; nil puts all into the current folder.
//
//	for result, err := range client.FetchAll(ctx, client.Resolve(ctx, link), target) {
func (c *Client) FetchAll(ctx context.Context, files iter.Seq2[File, error], target func(File) Target) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		if files == nil {
			yield(Result{}, errors.New("fetcher: FetchAll of a nil sequence of files"))
			return
		}
		caller := ctx
		ctx, cancel := context.WithCancel(ctx)
		outcomes := make(chan outcome)
		go func() {
			defer close(outcomes)
			c.fetchEach(ctx, files, oneByOne(target), outcomes)
		}()
		defer func() {
			cancel()
			for range outcomes { // Everyone is heard, so everyone ends.
			}
		}()
		for o := range outcomes {
			if !yield(o.result, dcpool.Ended(caller, o.err)) {
				return
			}
		}
	}
}

// oneByOne calls target for one file at a time. Without target all have the zero
// Target.
func oneByOne(target func(File) Target) func(File) Target {
	if target == nil {
		return func(File) Target { return Target{} }
	}
	var mu sync.Mutex
	return func(f File) Target {
		mu.Lock()
		defer mu.Unlock()
		return target(f)
	}
}

type outcome struct {
	result Result
	err    error
}

func (c *Client) fetchEach(ctx context.Context, files iter.Seq2[File, error], target func(File) Target, outcomes chan<- outcome) {
	turn := newTurnstile(newQueues(c.limits, c.queueSizes), func(f File) {
		defer c.finder.forget(f.Source)
		c.active.queued.Add(-1)
		if ctx.Err() != nil { // It leaves nothing on disk.
			err := fmt.Errorf("%s: %w", f.label(), context.Cause(ctx))
			c.active.ended(err)
			outcomes <- outcome{Result{File: f}, err}
			return
		}
		result := Result{File: f}
		t, err := askTarget(target, f)
		if err == nil {
			result, err = c.Fetch(ctx, f, t)
		} else {
			c.active.ended(err)
		}
		outcomes <- outcome{result, err}
	})
	defer turn.wait()
	if err := c.takeIn(ctx, files, turn, outcomes); err != nil {
		outcomes <- outcome{Result{}, err}
	}
}

// takeIn gives the files of a sequence their turns. The error is that of a sequence
// that panicked.
func (c *Client) takeIn(ctx context.Context, files iter.Seq2[File, error], turn *turnstile, outcomes chan<- outcome) (err error) {
	defer guard("the sequence of files of FetchAll", &err)
	for f, err := range files {
		if err != nil {
			outcomes <- outcome{Result{File: f}, err}
		} else {
			c.finder.expect(f.Source)
			c.active.queued.Add(1)
			turn.add(f)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
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
