package dcpool

// candidate is a connection as pick sees it.
type candidate struct {
	id       ConnID
	inFlight int // In bytes.
	window   window
}

// pick chooses the connection for a call of n bytes: the one with the least
// bytes in flight among those with room. The avoided one is chosen only when it
// is alone and no other can be opened. It returns the index, or -1 when the
// call must wait.
func pick(conns []candidate, n int, avoid ConnID, canOpen bool) int {
	best, avoided := -1, -1
	for i, c := range conns {
		switch {
		case !c.window.fits(c.inFlight, n):
		case c.id == avoid && avoid != 0:
			avoided = i
		case best < 0 || c.inFlight < conns[best].inFlight:
			best = i
		}
	}
	if best < 0 && avoided >= 0 && len(conns) == 1 && !canOpen {
		return avoided
	}
	return best
}
