package fetcher

import (
	"context"
	"slices"
)

// window is the messages of a chat that the last two calls asked for: an album
// may have some in each.
type window struct {
	chat         Link
	before, last call
}

// call is the ids that a call asked for, and what it found.
type call struct {
	asked map[int]bool
	found *page
}

func newWindow(chat Link) window {
	return window{chat: chat, before: newCall(), last: newCall()}
}

func newCall() call {
	return call{asked: map[int]bool{}, found: newPage()}
}

func (c *call) add(found *page, asked []int) {
	c.found.add(found)
	for _, id := range asked {
		c.asked[id] = true
	}
}

// next makes room for a call.
func (w *window) next(found *page, asked []int) {
	w.before, w.last = w.last, newCall()
	w.last.add(found, asked)
}

// found is the messages of both calls.
func (w *window) found() *page {
	both := newCall().found
	both.add(w.before.found)
	both.add(w.last.found)
	return both
}

// lacks is the ids that an album of the link may have and neither call asked
// for.
func (w *window) lacks(link Link) (ids []int) {
	if !wantsAlbum(link) || !w.before.found.inAlbum(link.First) && !w.last.found.inAlbum(link.First) {
		return nil
	}
	for _, id := range withNeighbours(link.First) {
		if !w.before.asked[id] && !w.last.asked[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// carried is the place in the group of the first link that waits for the next
// call. Only some at the end do, and never all, so that every call finishes
// links.
func (r *resolver) carried(g *group) int {
	for i := max(1, len(g.links)-2*albumReach); i < len(g.links); i++ {
		if len(r.window.lacks(g.links[i])) > 0 {
			return i
		}
	}
	return len(g.links)
}

// fetchAlbums adds what albums of the links have outside of the ids that were
// asked for.
func (r *resolver) fetchAlbums(ctx context.Context, chat *chat, g *group) error {
	missing := map[int]bool{}
	for _, link := range g.links {
		for _, id := range r.window.lacks(link) {
			missing[id] = true
		}
	}
	for ids := range slices.Chunk(sorted(missing), idsPerCall) {
		more, err := r.c.messages(ctx, chat, ids)
		if err != nil {
			return err
		}
		r.window.last.add(more, ids)
	}
	return nil
}
