package main

import (
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/dcpool"
)

func TestWaitIsToldOnce(t *testing.T) {
	now := time.Unix(1000, 0)
	at := func(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }
	told := waits{}
	for _, c := range []struct {
		name string
		list []dcpool.Wait
		want int
	}{
		{"first", []dcpool.Wait{{DC: 4, Method: "file", Until: at(23)}}, 1},
		{"the same", []dcpool.Wait{{DC: 4, Method: "file", Until: at(23)}}, 0},
		{"a little longer", []dcpool.Wait{{DC: 4, Method: "file", Until: at(23).Add(300 * time.Millisecond)}}, 0},
		{"longer", []dcpool.Wait{{DC: 4, Method: "file", Until: at(40)}}, 1},
		{"elsewhere", []dcpool.Wait{{DC: 4, Method: "file", Until: at(40)}, {DC: 2, Method: "file", Until: at(5)}}, 1},
		{"over", []dcpool.Wait{{DC: 5, Method: "file", Until: at(-1)}}, 0},
	} {
		if got := told.fresh(c.list, now); len(got) != c.want {
			t.Errorf("%s: %d waits told, want %d", c.name, len(got), c.want)
		}
	}
}
