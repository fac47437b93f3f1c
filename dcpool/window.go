package dcpool

const (
	windowMin = 1 << 20
	windowMax = 4 << 20
	// smallCall is what a call counts whose answer is not said to be large.
	smallCall = 4 << 10
)

// window bounds the bytes in flight on one connection. It starts small and
// doubles each time a whole window was delivered.
type window struct {
	size      int // In bytes; 0 is windowMin.
	delivered int // Since size last changed.
}

// limit is the most bytes that may be in flight.
func (w window) limit() int { return max(w.size, windowMin) }

// fits says whether n more bytes may be asked for. A connection without
// anything in flight takes any one call.
func (w window) fits(inFlight, n int) bool {
	return inFlight == 0 || inFlight+n <= w.limit()
}

// after is the window when n more bytes were delivered.
func (w window) after(n int) window {
	w.size = w.limit()
	w.delivered += n
	if w.delivered >= w.size && w.size < windowMax {
		w.size = min(2*w.size, windowMax)
		w.delivered = 0
	}
	return w
}

// shrunk is the window after the server asked to slow down.
func (w window) shrunk() window {
	return window{size: max(w.limit()/2, windowMin)}
}
