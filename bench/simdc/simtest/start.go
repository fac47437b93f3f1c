package simtest

import (
	"context"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// Start starts a simulator of the default scenario, with beliefs turned round as the
// environment says, see [Turn]; edit has the last word, and may be nil. The end of the
// test closes it.
func Start(t testing.TB, edit func(*simdc.Scenario)) *simdc.Cluster {
	t.Helper()
	scenario := simdc.DefaultScenario()
	Turn(&scenario)
	if edit != nil {
		edit(&scenario)
	}
	cluster, err := simdc.Start(context.Background(), simdc.Options{Scenario: &scenario})
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
