package dcpool

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"
)

// Event is a rare fact about a Pool: one of the types below. Its String is a sentence
// for a person, without secrets.
type Event interface {
	fmt.Stringer
	event()
}

// Events.
type (
	// NewKey: a key was agreed on with a data center.
	NewKey struct {
		DC   int
		CDN  bool
		Addr string
		Took time.Duration // Without connecting.
	}
	// KeyLost: a data center does not know its key any more.
	KeyLost struct {
		DC  int
		CDN bool
	}
	// LoginImported: the login works on a data center other than home.
	LoginImported struct{ DC int }
	// HomeMoved: the account lives on another data center.
	HomeMoved struct{ From, To int }
	// ConnLost: a connection ended while calls were under way on it. They go to others.
	ConnLost struct {
		DC   int
		Kind Kind
		Conn ConnID
		Addr string
		Err  error
	}
	// ConnSlow: a connection is much slower than its siblings and is replaced.
	ConnSlow struct {
		DC   int
		Kind Kind
		Conn ConnID
		Addr string
	}
	// FloodBegan: Telegram asks to wait. A further one for the same method extends
	// the wait.
	FloodBegan struct {
		DC     int
		Method string // "file" for the reads of files together.
		Until  time.Time
	}
	// FloodEnded: the method is answered again.
	FloodEnded struct {
		DC     int
		Method string
	}
	// AddrResting: an address is not used for a while, unless there is no other.
	AddrResting struct {
		Addr  string
		Until time.Time
	}
	// TransportChanged: an address is tried with another transport, since it did not
	// answer to the one before.
	TransportChanged struct {
		Addr     string
		From, To Transport
	}
	// CDNResting: a CDN data center cannot be reached, or is too slow, and is left alone
	// for a while; files come from their own data centers.
	CDNResting struct {
		DC    int
		Until time.Time
		Slow  bool
		Err   error
	}
	// EventsMissed: who listens was too slow, and this many events were dropped here.
	EventsMissed struct{ Count int }
)

func (NewKey) event()           {}
func (KeyLost) event()          {}
func (LoginImported) event()    {}
func (HomeMoved) event()        {}
func (ConnLost) event()         {}
func (ConnSlow) event()         {}
func (FloodBegan) event()       {}
func (FloodEnded) event()       {}
func (AddrResting) event()      {}
func (TransportChanged) event() {}
func (CDNResting) event()       {}
func (EventsMissed) event()     {}

// dcName is what a data center is called.
func dcName(id int, cdn bool) string {
	if cdn {
		return fmt.Sprintf("CDN DC %d", id)
	}
	return fmt.Sprintf("DC %d", id)
}

func (e NewKey) String() string {
	return fmt.Sprintf("%s: new key, made in %v", dcName(e.DC, e.CDN), e.Took.Round(time.Millisecond))
}

func (e KeyLost) String() string {
	return dcName(e.DC, e.CDN) + " does not know its key any more"
}

func (e LoginImported) String() string { return fmt.Sprintf("DC %d: login imported", e.DC) }

func (e HomeMoved) String() string {
	return fmt.Sprintf("the account lives on DC %d now, not on DC %d", e.To, e.From)
}

func (e ConnLost) String() string {
	return fmt.Sprintf("DC %d: %s connection to %s was lost: %v", e.DC, e.Kind, e.Addr, e.Err)
}

func (e ConnSlow) String() string {
	return fmt.Sprintf("DC %d: %s connection to %s is much slower than the others and is replaced", e.DC, e.Kind, e.Addr)
}

func (e FloodBegan) String() string {
	return fmt.Sprintf("DC %d: Telegram asks to wait with %s until %s", e.DC, e.Method, e.Until.Format(time.TimeOnly))
}

func (e FloodEnded) String() string {
	return fmt.Sprintf("DC %d: the wait for %s is over", e.DC, e.Method)
}

func (e AddrResting) String() string {
	return fmt.Sprintf("%s is left alone until %s", e.Addr, e.Until.Format(time.TimeOnly))
}

func (e TransportChanged) String() string {
	return fmt.Sprintf("%s does not answer to %s, trying %s", e.Addr, e.From, e.To)
}

func (e CDNResting) String() string {
	why := "cannot be reached"
	if e.Slow {
		why = "is too slow"
	}
	return fmt.Sprintf("%s %s and is left alone until %s: %v", dcName(e.DC, true), why, e.Until.Format(time.TimeOnly), e.Err)
}

func (e EventsMissed) String() string { return fmt.Sprintf("%d events were missed", e.Count) }

// Events listens from now on, until ctx ends or the Pool is closed. The sequence gives
// each event with its time, to be ranged over once. The Pool never waits for it: of
// more than 256 events that were not taken the oldest are dropped, and [EventsMissed]
// stands in their place.
func (p *Pool) Events(ctx context.Context) iter.Seq2[time.Time, Event] {
	l := &listener{wake: make(chan struct{}, 1)}
	p.events.add(l)
	stop := context.AfterFunc(ctx, func() { p.events.remove(l) })
	return func(yield func(time.Time, Event) bool) {
		defer stop()
		defer p.events.remove(l)
		for {
			for _, e := range l.take() {
				if !yield(e.at, e.Event) {
					return
				}
			}
			select {
			case <-l.wake:
			case <-ctx.Done():
				return
			case <-p.ctx.Done():
				for _, e := range l.take() {
					if !yield(e.at, e.Event) {
						return
					}
				}
				return
			}
		}
	}
}

// maxEvents is how many events wait for a listener.
const maxEvents = 256

// events tells listeners. The zero value and nil have none.
type events struct {
	mu        sync.Mutex
	listeners []*listener // Guarded by mu.
}

func (e *events) add(l *listener) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listeners = append(e.listeners, l)
}

func (e *events) remove(l *listener) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listeners = slices.DeleteFunc(e.listeners, func(o *listener) bool { return o == l })
}

// tell never blocks: it may be called under any lock.
func (e *events) tell(event Event) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.listeners {
		l.put(timed{at: time.Now(), Event: event})
	}
}

type timed struct {
	Event
	at time.Time
}

// listener holds the events that one who listens has not taken.
type listener struct {
	wake chan struct{} // Capacity 1.

	mu     sync.Mutex
	events []timed // Guarded by mu.
	missed int     // Guarded by mu; older than events.
}

func (l *listener) put(e timed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) == maxEvents {
		l.events = slices.Delete(l.events, 0, 1)
		l.missed++
	}
	l.events = append(l.events, e)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *listener) take() []timed {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.events
	if l.missed > 0 {
		list = slices.Insert(list, 0, timed{at: list[0].at, Event: EventsMissed{Count: l.missed}})
	}
	l.events, l.missed = nil, 0
	return list
}
