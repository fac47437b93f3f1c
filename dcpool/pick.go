package dcpool

// candidate is a connection as pick sees it.
type candidate struct {
	id    ConnID
	load  float64 // The share of the window that would be used with the call.
	fits  bool    // The window has room for the call.
	leave bool    // It takes no more calls.
}

// pick chooses the connection for a call: of those with room the one whose
// window would be least full, since a window is what the connection delivers in
// about a round trip. The avoided one is chosen only when it is alone and no
// other can be opened. It returns the index, or -1 when the call must wait.
func pick(conns []candidate, avoid ConnID, canOpen bool) int {
	best, avoided, staying := -1, -1, 0
	for i, c := range conns {
		if c.leave {
			continue
		}
		staying++
		switch {
		case !c.fits:
		case c.id == avoid && avoid != 0:
			avoided = i
		case best < 0 || c.load < conns[best].load:
			best = i
		}
	}
	if best < 0 && avoided >= 0 && staying == 1 && !canOpen {
		return avoided
	}
	return best
}
