package hostile_test

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/hostile"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// A server without attacks serves: else what an attack brings about would show nothing.
func TestWithoutAttacks(t *testing.T) {
	for name, how := range map[string]client{
		"logged in":   {transport: dcpool.Intermediate},
		"obfuscated":  {},
		"abridged":    {transport: dcpool.Abridged},
		"all proven":  {verify: fetcher.VerifyFull},
		"new account": {fresh: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hostile.New()
			out := play(t, s, how)
			if len(out.files) != hostile.Files || len(out.errs) > 0 {
				t.Errorf("%d files, errors %v\n%s", len(out.files), out.errs, out.said)
			}
			for _, result := range out.files {
				if result.File.ID == 3 && result.Route != "4, CDN 203" {
					t.Errorf("the file that the CDN has came by %q", result.Route)
				}
			}
			t.Logf("%v, %d messages, %d connections", out.took, s.Messages(), s.Dials())
		})
	}
}
