package fetcher

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// TestStrictConnections fetches from data centers that check what real ones
// are known not to: the DC id in the header and the first msg_id.
func TestStrictConnections(t *testing.T) {
	c := startSim(t, func(s *scenario.Scenario) {
		simtest.Pin(s, scenario.AnyHeaderDC, true)
		simtest.Pin(s, scenario.AnyFirstMsgID, true)
	}).client(nil)
	for _, message := range []int{simSmall, simMedium, 18, simNoHashes} {
		if _, err := c.Fetch(t.Context(), file(t, c, message), Target{Dir: t.TempDir()}); err != nil {
			t.Errorf("message %d: %v", message, err)
		}
	}
}

// TestForbiddenDialogs looks for a chat that the account was thrown out of,
// whether or not it is still listed.
func TestForbiddenDialogs(t *testing.T) {
	for _, turned := range []bool{false, true} {
		c := startSim(t, func(s *scenario.Scenario) { simtest.Pin(s, scenario.ForbiddenDialogsHidden, turned) }).client(nil)
		link, err := ParseLink("t.me/c/1700000003/1")
		if err != nil {
			t.Fatal(err)
		}
		if got := outcomes(t.Context(), c, link); got != "1:no access" {
			t.Errorf("turned %v: %s", turned, got)
		}
	}
}
