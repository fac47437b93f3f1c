package wire

// replayWindow is how many message ids a generation of the replay set holds.
const replayWindow = 1024

// replaySet remembers the ids of received messages so that none is handled
// twice. It keeps the last 1024 to 2048 exactly, out of order as they come; an id
// at or below the largest one forgotten counts as seen. Its zero value is empty.
//
// See https://core.telegram.org/mtproto/security_guidelines#checking-msg-id.
type replaySet struct {
	young, old map[int64]struct{}
	floor      int64
}

// add reports whether id is new, and remembers it.
func (r *replaySet) add(id int64) bool {
	if r.has(id) {
		return false
	}
	if len(r.young) >= replayWindow {
		for id := range r.old {
			r.floor = max(r.floor, id)
		}
		clear(r.old)
		r.young, r.old = r.old, r.young
	}
	if r.young == nil {
		r.young = make(map[int64]struct{})
	}
	r.young[id] = struct{}{}
	return true
}

// has reports whether id was received.
func (r *replaySet) has(id int64) bool { return r.state(id) != stateNotReceived }

// States of a message in msgs_state_info.
const (
	stateForgotten   = 1 // Its id is too low to be remembered.
	stateNotReceived = 2
	stateReceived    = 4
)

// state is what is known of the message id.
func (r *replaySet) state(id int64) byte {
	if id <= r.floor {
		return stateForgotten
	}
	if _, ok := r.young[id]; ok {
		return stateReceived
	}
	if _, ok := r.old[id]; ok {
		return stateReceived
	}
	return stateNotReceived
}
