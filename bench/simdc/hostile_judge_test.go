package simdc_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestJudgeHostile checks that hostile messages reach a client and that the
// connection is good afterwards, if the client keeps it.
func TestJudgeHostile(t *testing.T) {
	c := start(t, nil)
	client := judge(t, c, nil)
	harmless := []string{scenario.DoNest, scenario.DoEndless}
	if testing.Short() { // Under the race detector gotd takes minutes to read what does not end.
		harmless = harmless[:1]
	}
	run(t, client, func(ctx context.Context) error {
		for _, do := range harmless {
			if err := c.SetFaults(scenario.Fault{Do: do, Method: "help.getNearestDc", Times: 1}); err != nil {
				return err
			}
			if _, err := client.API().HelpGetNearestDC(ctx); err != nil {
				return fmt.Errorf("%s: %w", do, err)
			}
		}
		// A frame that never ends costs the connection.
		if err := c.SetFaults(scenario.Fault{Do: scenario.DoFrame, Method: "help.getNearestDc", Times: 1}); err != nil {
			return err
		}
		before := c.Log().DC(2).Conns
		if _, err := client.API().HelpGetNearestDC(ctx); err != nil {
			return fmt.Errorf("%s: %w", scenario.DoFrame, err)
		}
		if after := c.Log().DC(2).Conns; after == before {
			t.Error("a frame of 2 GiB did not reach the client")
		}
		if err := c.SetFaults(scenario.Fault{Do: scenario.DoBomb, Method: "help.getNearestDc", Times: 1}); err != nil {
			return err
		}
		// gotd's client drops an answer that it cannot unpack, and goes on waiting.
		waiting, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if near, err := client.API().HelpGetNearestDC(waiting); err == nil {
			t.Errorf("a bomb was taken for %v", near)
		}
		_, err := client.API().HelpGetConfig(ctx)
		return err
	})
}
