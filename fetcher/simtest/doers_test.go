package simtest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/simtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPoolIsADoer(t *testing.T) {
	simtest.Doers(t, func(t *testing.T, s *simtest.Sim) fetcher.Doer { return s.Client(nil).Pool() })
}

func TestClientInOneLine(t *testing.T) {
	client := simtest.Client(t, nil)
	n := 0
	for _, err := range client.Resolve(t.Context(), fetcher.Link{Username: "simfiles", First: 9, Last: 9}) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d files", n)
	}
}
