package simdctest_test

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/simdctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSimulator(t *testing.T) {
	c, err := simdc.Start(t.Context(), simdc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	simdctest.Run(t, c.File())

	seen := map[string]bool{}
	for _, conn := range c.Log().Conns() {
		seen[conn.Transport] = true
	}
	for _, tr := range simdctest.Transports() {
		if !seen[tr.Name] {
			t.Errorf("nothing was sent over %s", tr.Name)
		}
	}
	checkLog(t, c.Log())
}

// checkLog checks that the log tells what gotd's client does: it asks for
// every file at home first.
func checkLog(t *testing.T, log *simdc.Log) {
	t.Helper()
	for dc := 2; dc <= 5; dc++ {
		if n := log.DC(1).Errors[fmt.Sprintf("FILE_MIGRATE_%d", dc)]; n == 0 {
			t.Errorf("no FILE_MIGRATE_%d at home", dc)
		}
		if d := log.DC(dc); d.Imports == 0 || d.FileBytes == 0 {
			t.Errorf("DC %d: %d imports, %d bytes", dc, d.Imports, d.FileBytes)
		}
	}
	if home := log.DC(1); home.Handshakes != 1 || home.Logins != 1 || home.Errors["PHONE_CODE_INVALID"] != 1 {
		t.Errorf("home: %+v", home)
	}
	cdn := log.DC(203)
	if cdn.Handshakes == 0 || cdn.Imports+cdn.Logins != 0 || cdn.FileBytes < 54<<20 {
		t.Errorf("CDN: %+v", cdn)
	}
	for _, conn := range log.Conns() {
		if conn.DC == 203 && conn.Device != "n/a" {
			t.Errorf("the CDN was told the device %q", conn.Device)
		}
	}
}
