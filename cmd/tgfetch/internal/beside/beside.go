// Package beside waits for what cannot be stopped, such as reading from a terminal or a pipe, no longer
// than a context allows.
package beside

import "context"

// Do returns what work returns. When ctx ends first, Do returns its cause at once; work is left
// behind with whatever it waits for, so this is for a process that is about to exit.
func Do[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		value, err := work()
		got <- answer{value, err}
	}()
	select {
	case a := <-got:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
