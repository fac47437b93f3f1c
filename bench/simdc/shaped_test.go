package simdc_test

import (
	"context"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simdctest"
)

// TestShapedLinks checks that scenarios reach the links: the finer points are
// those of the shaping itself.
func TestShapedLinks(t *testing.T) {
	const size = 5<<20 + 1 // Of message 901's file, on DC 2.
	for _, tc := range []struct {
		name string
		link scenario.Link
	}{
		{"connection", scenario.Link{RTT: scenario.Duration(20 * time.Millisecond), Rate: 10e6}},
		{"dc", scenario.Link{DCRate: 10e6}},
		{"account", scenario.Link{AccountRate: 10e6}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := atHome()
			s.Link = tc.link
			c := start(t, s)
			client := judge(t, c, nil)
			run(t, client, func(ctx context.Context) error {
				if err := simdctest.Login(ctx, client, account(c, 1)); err != nil {
					return err
				}
				return wantFetch(ctx, t, client, link(t, c, 901))
			})
			for _, conn := range c.Log().Conns() {
				if len(conn.Ranges) == 0 {
					t.Fatal("no file was read")
				}
				first, last := conn.Ranges[0].First, conn.Ranges[len(conn.Ranges)-1].Last
				// What waits in buffers counts as sent, so a little is missing.
				least := time.Duration(float64(size-1<<20-1<<18) / 10e6 * float64(time.Second))
				if took := last.Sub(first); took < least {
					t.Errorf("%d bytes in %v, want %v at least", size, took, least)
				}
				if h := conn.Handshakes[0]; h.Ended.Sub(h.Started) < tc.link.RTT.Std() {
					t.Errorf("key exchange in %v", h.Ended.Sub(h.Started))
				}
			}
		})
	}
}
