package fetcher

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// FetchAll downloads many files, as many at once as the limits allow, and
// yields each as it ends, in no certain order. An error of one file, which
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
	var g errgroup.Group
	g.SetLimit(c.limits.Files)
	large := make(chan struct{}, c.limits.LargeFiles)
	for f, err := range files {
		if err != nil {
			ended <- outcome{Result{File: f}, err}
			continue
		}
		g.Go(func() error {
			if f.Size >= largeFile {
				large <- struct{}{} // Who holds a place ends with ctx.
				defer func() { <-large }()
			}
			result, err := c.Fetch(ctx, f, target(f))
			ended <- outcome{result, err}
			return nil
		})
		if ctx.Err() != nil {
			break
		}
	}
	_ = g.Wait() // No goroutine returns an error.
}
