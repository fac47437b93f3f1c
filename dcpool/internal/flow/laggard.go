package flow

import (
	"slices"
	"time"
)

const (
	// lagging is the share of the median rate below which a connection is a burden.
	lagging = 0.3
	// grace is how long a connection may take to show what it can do.
	grace = time.Second
	// graceRounds is the same in round trips, for long paths.
	graceRounds = 6
)

// Member is one connection among its siblings.
type Member struct {
	Age  time.Duration // Since its first request was sent.
	Rate float64       // Bytes per second it delivers while busy; 0 if it has delivered nothing.
	RTT  time.Duration
	Busy bool // It has had enough to do to show its rate.
}

// Laggard returns the index of the connection that is clearly slower than its
// siblings and should be replaced, or −1. It needs three busy siblings to compare
// with, so a path that is slow for everybody costs nobody its place.
func Laggard(members []Member) int {
	var rates []float64
	worst := -1
	for i, m := range members {
		if !m.Busy || m.Age < max(grace, graceRounds*m.RTT) {
			continue
		}
		rates = append(rates, m.Rate)
		if worst < 0 || m.Rate < members[worst].Rate {
			worst = i
		}
	}
	if len(rates) < 3 {
		return -1
	}
	slices.Sort(rates)
	if members[worst].Rate < lagging*rates[len(rates)/2] {
		return worst
	}
	return -1
}
