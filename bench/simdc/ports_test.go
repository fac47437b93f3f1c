package simdc_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// TestSamePorts starts a cluster twice on the same ports and finds the second
// where the first was.
func TestSamePorts(t *testing.T) {
	first, port := startOnPorts(t)
	want := first.File()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := simdc.Start(t.Context(), simdc.Options{Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	got := second.File()
	if !slices.Equal(got.DCs, want.DCs) || !slices.Equal(got.Keys, want.Keys) {
		t.Errorf("%v, want %v", got.DCs, want.DCs)
	}
	for i, dc := range got.DCs {
		if dc.Port != port+i {
			t.Errorf("endpoint %d has port %d, want %d", i, dc.Port, port+i)
		}
	}
	// A port that is taken is named.
	if _, err := simdc.Start(t.Context(), simdc.Options{Port: port}); err == nil || !strings.Contains(err.Error(), strconv.Itoa(port)) {
		t.Errorf("on ports that are taken: %v", err)
	}
	for _, port := range []int{-1, 65536} {
		if _, err := simdc.Start(t.Context(), simdc.Options{Port: port}); err == nil || !strings.Contains(err.Error(), "65535") {
			t.Errorf("port %d: %v", port, err)
		}
	}
}

// startOnPorts starts a cluster on a row of ports that are free.
func startOnPorts(t *testing.T) (c *simdc.Cluster, port int) {
	t.Helper()
	var err error
	for port = 21000; port < 31000; port += 100 {
		if c, err = simdc.Start(t.Context(), simdc.Options{Port: port}); err == nil {
			return c, port
		}
	}
	t.Fatal(err)
	return nil, 0
}
