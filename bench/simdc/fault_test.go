package simdc

import (
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// strikes returns the numbers (from 1) of the requests that f hits out of n.
func strikes(f scenario.Fault, n int, request func(i int) occasion) []int {
	var list faults
	list.set([]scenario.Fault{f})
	var hit []int
	for i := 1; i <= n; i++ {
		if _, ok := list.next(request(i)); ok {
			hit = append(hit, i)
		}
	}
	return hit
}

func TestFaultTiming(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault scenario.Fault
		want  []int
	}{
		{"always", scenario.Fault{}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"once", scenario.Fault{Times: 1}, []int{1}},
		{"the third", scenario.Fault{First: 3, Times: 1}, []int{3}},
		{"every third", scenario.Fault{First: 3, Every: 3}, []int{3, 6}},
		{"every second, twice", scenario.Fault{Every: 2, Times: 2}, []int{1, 3}},
		{"from the sixth", scenario.Fault{First: 6}, []int{6, 7, 8}},
	} {
		if got := strikes(c.fault, 8, func(int) occasion { return occasion{} }); !slices.Equal(got, c.want) {
			t.Errorf("%s: requests %v, want %v", c.name, got, c.want)
		}
	}
}

func TestFaultMatching(t *testing.T) {
	o := occasion{dc: 4, endpoint: "media", conn: 2, method: "upload.getFile", account: 7, file: 9, limit: 1 << 20}
	for _, c := range []struct {
		name  string
		fault scenario.Fault
		want  bool
	}{
		{"dc", scenario.Fault{DC: 4}, true},
		{"other dc", scenario.Fault{DC: 2}, false},
		{"endpoint", scenario.Fault{Endpoint: "media"}, true},
		{"other endpoint", scenario.Fault{Endpoint: "main"}, false},
		{"connection", scenario.Fault{Conn: 2}, true},
		{"other connection", scenario.Fault{Conn: 1}, false},
		{"method", scenario.Fault{Method: "upload.getFile"}, true},
		{"other method", scenario.Fault{Method: "upload.getCdnFile"}, false},
		{"files", scenario.Fault{Method: "files"}, true},
		{"account", scenario.Fault{Account: 7}, true},
		{"other account", scenario.Fault{Account: 8}, false},
		{"file", scenario.Fault{File: 9}, true},
		{"other file", scenario.Fault{File: 10}, false},
		{"all of them", scenario.Fault{DC: 4, Conn: 2, File: 9}, true},
		{"all but one", scenario.Fault{DC: 4, Conn: 2, File: 10}, false},
	} {
		if got := strikes(c.fault, 1, func(int) occasion { return o }); (len(got) == 1) != c.want {
			t.Errorf("%s: strikes %v, want %v", c.name, len(got) == 1, c.want)
		}
	}
}

func TestFaultWindows(t *testing.T) {
	// Eight requests for half a MiB each: windows 4(i-1) to 4i-1.
	ranges := func(i int) occasion {
		return occasion{file: 1, off: int64(i-1) % 4 * 512 << 10, limit: 512 << 10}
	}
	for _, c := range []struct {
		name  string
		fault scenario.Fault
		want  []int
	}{
		{"each window", scenario.Fault{EveryWindow: 1}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"every eighth", scenario.Fault{EveryWindow: 8}, []int{2, 4, 6, 8}},
		{"every eighth, once each", scenario.Fault{EveryWindow: 8, OncePerWindow: true}, []int{2, 4}},
		{"every eighth, once", scenario.Fault{EveryWindow: 8, Times: 1}, []int{2}},
		{"beyond the end", scenario.Fault{EveryWindow: 100}, nil},
	} {
		if got := strikes(c.fault, 8, ranges); !slices.Equal(got, c.want) {
			t.Errorf("%s: requests %v, want %v", c.name, got, c.want)
		}
	}
}

func TestFaultOrderAndRemoval(t *testing.T) {
	var list faults
	list.set([]scenario.Fault{{Do: scenario.DoDrop, First: 2, Times: 1}, {Do: scenario.DoEmpty}})
	remove := list.add(scenario.Fault{Do: scenario.DoLong})
	want := []string{scenario.DoEmpty, scenario.DoDrop, scenario.DoEmpty}
	for i, w := range want {
		if s, ok := list.next(occasion{}); !ok || s.Do != w {
			t.Errorf("request %d: %q, want %q", i+1, s.Do, w)
		}
	}
	list.set(nil)
	remove() // Of a list that was replaced: nothing happens.
	if _, ok := list.next(occasion{}); ok {
		t.Error("an empty list strikes")
	}
}
