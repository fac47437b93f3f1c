package soak

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

// trigger is what happens once something was counted so often.
type trigger struct {
	after int
	pull  func() // Must be quick: who counts waits.
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
		l.triggers = fire(l.triggers, l.requests)
	}
	return len(p), nil
}

// fire pulls the triggers that a count has reached and returns the others.
func fire(triggers []trigger, count int) []trigger {
	kept := triggers[:0]
	for _, t := range triggers {
		if count >= t.after {
			t.pull()
		} else {
			kept = append(kept, t)
		}
	}
	return kept
}

// when adds triggers on the requests of this step.
func (l *simLog) when(triggers ...trigger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.triggers = fire(append(l.triggers, triggers...), l.requests)
}

// take returns the events since the last take, and counts anew.
func (l *simLog) take() []simdc.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.events
	l.events, l.requests, l.triggers = nil, 0, nil
	return out
}
