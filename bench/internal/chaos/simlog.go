package chaos

import (
	"encoding/json"
	"sync"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// simLog collects what a simulator writes, and pulls triggers after so many
// requests. It is the simulator's Options.Log.
type simLog struct {
	mu       sync.Mutex
	events   []simdc.Event // Guarded by mu.
	requests int           // Guarded by mu.
	triggers []trigger     // Guarded by mu.
}

// trigger is what happens once so many requests have been handled.
type trigger struct {
	after int
	pull  func() // Must be quick: the simulator waits.
}

// Write implements io.Writer; the simulator writes whole lines.
func (l *simLog) Write(p []byte) (int, error) {
	var e simdc.Event
	if err := json.Unmarshal(p, &e); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	if e.Event == simdc.EventRequest {
		l.requests++
		l.fireLocked()
	}
	return len(p), nil
}

func (l *simLog) fireLocked() {
	kept := l.triggers[:0]
	for _, t := range l.triggers {
		if l.requests >= t.after {
			t.pull()
		} else {
			kept = append(kept, t)
		}
	}
	l.triggers = kept
}

// when pulls once so many requests of this step have been handled.
func (l *simLog) when(after int, pull func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.triggers = append(l.triggers, trigger{after, pull})
	l.fireLocked()
}

// take returns the events since the last take, and counts anew.
func (l *simLog) take() []simdc.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.events
	l.events, l.requests, l.triggers = nil, 0, nil
	return out
}
