package fetcher

import (
	"context"
	"maps"
	"math"
	"slices"
)

// albumReach is how far the items of an album are from one another at most,
// in message ids: an album has up to ten.
const albumReach = 9

// group is consecutive links of one chat whose messages fit one call.
type group struct {
	links []Link
	ids   map[int]bool // of messages that links name
	near  map[int]bool // those, and ids that albums of theirs may reach
}

// takes reports whether a link may share a call with the group. An empty group
// takes every link that names at most as many messages as a call may ask for.
func (g *group) takes(link Link, opts ResolveOptions) bool {
	named := link.Last - link.First
	if link.First == 0 || link.Story || link.Comment != 0 || link.Comments || opts.Picture || named >= idsPerCall {
		return false
	}
	if len(g.links) == 0 {
		return true
	}
	if g.links[0].chat() != link.chat() {
		return false
	}
	ids, near := len(g.ids), len(g.near)
	for id := link.First; id <= link.Last; id++ {
		if !g.ids[id] {
			ids++
		}
	}
	for _, id := range nearIDs(link) {
		if !g.near[id] {
			near++
		}
	}
	// Where messages are side by side, albums come along in the call. Where they
	// are far apart that would cost more calls than it saves.
	return ids <= idsPerCall && (near <= idsPerCall || near > 2*ids)
}

func (g *group) add(link Link) {
	if g.ids == nil {
		g.ids, g.near = map[int]bool{}, map[int]bool{}
	}
	g.links = append(g.links, link)
	for id := link.First; id <= link.Last; id++ {
		g.ids[id] = true
	}
	for _, id := range nearIDs(link) {
		g.near[id] = true
	}
}

// nearIDs is the ids that a link names or may mean.
func nearIDs(link Link) (ids []int) {
	if wantsAlbum(link) {
		return withNeighbours(link.First)
	}
	for id := link.First; id <= link.Last; id++ {
		ids = append(ids, id)
	}
	return ids
}

// wantsAlbum reports whether a link to one message means its album.
func wantsAlbum(link Link) bool { return link.First == link.Last && !link.Single }

// withNeighbours is a message's id and those that its album may reach.
func withNeighbours(id int) (ids []int) {
	last := min(id, math.MaxInt32-albumReach) + albumReach
	for n := max(id-albumReach, 1); n <= last; n++ {
		ids = append(ids, n)
	}
	return ids
}

// flush resolves the links of the group.
func (r *resolver) flush(ctx context.Context) {
	g := r.group
	r.group = group{}
	if len(g.links) == 0 || !r.more {
		return
	}
	found, chat, err := r.fetch(ctx, &g)
	for _, link := range g.links {
		if err != nil {
			r.failAll(ctx, link, err)
		} else {
			r.grouped(found, chat, link)
		}
		r.done(link)
	}
}

// fetch fetches the group's messages, and their albums.
func (r *resolver) fetch(ctx context.Context, g *group) (*page, *chat, error) {
	for _, link := range g.links {
		if link.First == link.Last {
			continue // Skip was asked already.
		}
		for id := link.First; id <= link.Last; id++ {
			if r.skipsItem(link.item(id)) {
				delete(g.ids, id)
			}
		}
	}
	for _, link := range g.links { // What one link skips another may name.
		if link.First == link.Last {
			g.ids[link.First] = true
		}
	}
	chat, err := r.c.chatOf(ctx, g.links[0])
	if err != nil {
		return nil, nil, err
	}
	ids := g.ids
	if near := maps.Clone(g.near); len(near) <= idsPerCall {
		maps.DeleteFunc(near, func(id int, _ bool) bool { return !g.ids[id] && !g.reached(id) })
		ids = near
	}
	found := &page{}
	if len(ids) == 0 {
		return found, chat, nil
	}
	if found, err = r.c.messages(ctx, chat, sorted(ids)); err != nil {
		return nil, nil, err
	}
	return found, chat, r.fetchAlbums(ctx, chat, g, found, ids)
}

// reached reports whether an album of one of the links may have a message.
func (g *group) reached(id int) bool {
	return slices.ContainsFunc(g.links, func(link Link) bool {
		return wantsAlbum(link) && max(id-link.First, link.First-id) <= albumReach
	})
}

// fetchAlbums adds what albums of the links have outside of the ids that were
// asked for.
func (r *resolver) fetchAlbums(ctx context.Context, chat *chat, g *group, found *page, asked map[int]bool) error {
	missing := map[int]bool{}
	for _, link := range g.links {
		if !wantsAlbum(link) || !found.inAlbum(link.First) {
			continue
		}
		for _, id := range withNeighbours(link.First) {
			if !asked[id] {
				missing[id] = true
			}
		}
	}
	for ids := range slices.Chunk(sorted(missing), idsPerCall) {
		more, err := r.c.messages(ctx, chat, ids)
		if err != nil {
			return err
		}
		found.add(more)
	}
	return nil
}

// grouped yields what one link of a group leads to.
func (r *resolver) grouped(found *page, chat *chat, link Link) {
	if link.First == link.Last {
		for _, id := range albumUnlessSingle(found, link.Single, link.First) {
			if id == link.First {
				r.item(found, chat, link, id)
			} else {
				r.itemUnlessSkipped(found, chat, link, id)
			}
		}
		return
	}
	for id := link.First; id <= link.Last; id++ {
		r.itemUnlessSkipped(found, chat, link, id)
	}
}
