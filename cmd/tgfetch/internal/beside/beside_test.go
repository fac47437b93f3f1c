package beside

import (
	"context"
	"errors"
	"testing"
)

func TestDo(t *testing.T) {
	failed := errors.New("failed")
	if got, err := Do(t.Context(), func() (int, error) { return 5, failed }); got != 5 || !errors.Is(err, failed) {
		t.Errorf("%d, %v; want 5, failed", got, err)
	}
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	begun, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	go func() {
		<-begun
		cancel(stopped)
	}()
	if _, err := Do(ctx, func() (int, error) {
		close(begun)
		<-never
		return 0, nil
	}); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the context", err)
	}
}
