package simdc

import (
	"sync"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// occasion is a request as the faults see it.
type occasion struct {
	dc       int
	endpoint string
	conn     int
	method   string
	account  int64
	file     int64 // 0 if the request is not about a file.
	off      int64
	limit    int
	parallel int // File requests of the account under way on the DC.
}

// strike is a fault that happens. At is where in the file it does, for
// faults that spoil bytes.
type strike struct {
	scenario.Fault
	at int64
}

// faults is the ordered list of a cluster.
type faults struct {
	mu   sync.Mutex
	list []*faultState // Guarded by mu, elements too.
}

type faultState struct {
	scenario.Fault
	matched, struck int
	windows         map[[2]int64]bool // struck file windows, for OncePerWindow
}

// set replaces the list; counting starts anew.
func (f *faults) set(list []scenario.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	for _, x := range list {
		f.list = append(f.list, &faultState{Fault: x, windows: map[[2]int64]bool{}})
	}
}

// add appends a fault and returns what removes it again.
func (f *faults) add(x scenario.Fault) (remove func()) {
	state := &faultState{Fault: x, windows: map[[2]int64]bool{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, state)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, s := range f.list {
			if s == state {
				f.list = append(f.list[:i:i], f.list[i+1:]...)
				return
			}
		}
	}
}

// next returns the fault that strikes this request. Every fault before it in
// the list has counted the request, those after it have not.
func (f *faults) next(o occasion) (strike, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.list {
		if at, ok := s.due(o); ok {
			return strike{Fault: s.Fault, at: at}, true
		}
	}
	return strike{}, false
}

// due counts the request if it matches and reports whether the fault strikes,
// and where in the file.
func (s *faultState) due(o occasion) (at int64, ok bool) {
	if s.DC != 0 && s.DC != o.dc ||
		s.Endpoint != "" && s.Endpoint != o.endpoint ||
		s.Conn != 0 && s.Conn != o.conn ||
		s.Account != 0 && s.Account != o.account ||
		s.File != 0 && s.File != o.file ||
		s.Parallel > o.parallel ||
		!s.matchesMethod(o) {
		return 0, false
	}
	at = o.off + int64(mixAll(uint64(o.file), uint64(o.off))%uint64(max(o.limit, 1)))
	if s.EveryWindow > 0 {
		if at, ok = s.window(o); !ok {
			return 0, false
		}
	}
	s.matched++
	first, every := max(s.First, 1), max(s.Every, 1)
	if s.matched < first || (s.matched-first)%every >= max(s.Burst, 1) || s.Times > 0 && s.struck >= s.Times {
		return 0, false
	}
	s.struck++
	if s.OncePerWindow {
		s.windows[[2]int64{o.file, at / HashWindow}] = true
	}
	return at, true
}

func (s *faultState) matchesMethod(o occasion) bool {
	switch s.Method {
	case "", o.method:
		return true
	case "files":
		return o.method == "upload.getFile" || o.method == "upload.getCdnFile"
	}
	return false
}

// window returns a place inside the first window of the range that the fault
// is about, and whether there is one.
func (s *faultState) window(o occasion) (at int64, ok bool) {
	if o.file == 0 {
		return 0, false
	}
	every := int64(s.EveryWindow)
	for w := o.off / HashWindow; w*HashWindow < o.off+int64(o.limit); w++ {
		if (w+1)%every != 0 || s.OncePerWindow && s.windows[[2]int64{o.file, w}] {
			continue
		}
		// The place depends on the window only, so that overlapping ranges are
		// spoiled alike as far as they can be.
		place := w*HashWindow + int64(mixAll(uint64(o.file), uint64(w))%HashWindow)
		return min(max(place, o.off), o.off+int64(o.limit)-1), true
	}
	return 0, false
}
