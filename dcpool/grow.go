package dcpool

import "time"

// grow decides how many connections a group should have.
type grow struct {
	// limit is the most connections ever.
	limit int
	// crowded lowers limit until crowdedUntil, after a server said that there
	// are too many connections.
	crowded      int
	crowdedUntil time.Time
}

// crowdedFor is how long fewer connections are kept after a refusal.
const crowdedFor = time.Minute

// wanted is the number of connections that demand, the bytes in flight and
// waiting together, is worth: one for each first window of it.
func (g grow) wanted(now time.Time, demand int) int {
	if demand <= 0 {
		return 0
	}
	limit := g.limit
	if now.Before(g.crowdedUntil) {
		limit = min(limit, g.crowded)
	}
	return min(limit, (demand+windowMin-1)/windowMin)
}

// refused is the policy after the server turned a connection away while open
// others were accepted.
func (g grow) refused(now time.Time, open int) grow {
	g.crowded = max(1, open)
	g.crowdedUntil = now.Add(crowdedFor)
	return g
}
