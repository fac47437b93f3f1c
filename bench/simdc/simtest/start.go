package simtest

import (
	"context"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Start starts a simulator of the default scenario, with beliefs turned round as the
// environment says, see [Turn]; edit has the last word, and may be nil. The end of the
// test closes it.
func Start(t testing.TB, edit func(*scenario.Scenario)) *simdc.Cluster {
	t.Helper()
	world := scenario.Default()
	Turn(&world)
	if edit != nil {
		edit(&world)
	}
	cluster, err := simdc.Start(context.Background(), simdc.Options{Scenario: &world})
	if err != nil {
		t.Fatalf("simtest: %v", err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Errorf("simtest: %v", err)
		}
	})
	return cluster
}
