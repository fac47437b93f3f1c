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
	ids   map[int]bool // of messages that links name and the last call did not
	near  map[int]bool // of messages that links name, or albums of theirs may reach
}

// groups reports whether a link may share a call with others.
func groups(link Link, opts ResolveOptions) bool {
	return link.First != 0 && !link.Story && link.Comment == 0 && !link.Comments && !opts.picture() && link.Last-link.First < idsPerCall
}

// takes reports whether a link may share a call with the group's. An empty
// group takes every link that names at most as many messages as a call may ask
// for.
func (r *resolver) takes(link Link) bool {
	if !groups(link, r.opts) {
		return false
	}
	if len(r.group.links) == 0 {
		return true
	}
	if !r.sharesChat(link) {
		return false
	}
	ids := len(r.group.ids)
	for id := link.First; id <= link.Last; id++ {
		if !r.group.ids[id] && !r.knows(link, id) {
			ids++
		}
	}
	return ids <= idsPerCall
}

// knows reports whether the last call asked for a message of the link's chat.
func (r *resolver) knows(link Link, id int) bool {
	return r.window.chat == link.Chat() && r.window.last.asked[id]
}

// sharesChat reports whether a link may share the call after the group's.
func (r *resolver) sharesChat(link Link) bool {
	return groups(link, r.opts) && len(r.group.links) > 0 && r.group.links[0].Chat() == link.Chat()
}

func (r *resolver) add(link Link) {
	g := &r.group
	if g.ids == nil {
		g.ids, g.near = map[int]bool{}, map[int]bool{}
	}
	g.links = append(g.links, link)
	for id := link.First; id <= link.Last; id++ {
		if !r.knows(link, id) {
			g.ids[id] = true
		}
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

// flush resolves the links of the group. If more links of the chat follow, the
// last few may be left in the group: those with albums that go on among the
// messages of the next call.
func (r *resolver) flush(ctx context.Context, more bool) {
	g := r.group
	r.group = group{}
	if len(g.links) == 0 || !r.more {
		return
	}
	chat, err := r.fetch(ctx, &g)
	if more && err == nil {
		at := r.carried(&g)
		for _, link := range g.links[at:] {
			r.add(link)
		}
		g.links = g.links[:at]
	}
	if err == nil {
		err = r.fetchAlbums(ctx, chat, &g)
	}
	if err != nil {
		r.failGroup(ctx, &g, err)
		return
	}
	found := r.window.found()
	for _, link := range g.links {
		r.grouped(ctx, found, chat, link)
		r.done(link)
	}
}

// fetch fetches the group's messages, and their albums where that fits into the
// same call.
func (r *resolver) fetch(ctx context.Context, g *group) (*chat, error) {
	for _, link := range g.links {
		if link.First == link.Last {
			continue // Skip was asked already.
		}
		for id := link.First; id <= link.Last; id++ {
			if r.skipsItem(link.Item(id)) {
				delete(g.ids, id)
			}
		}
	}
	for _, link := range g.links { // What one link skips another may name.
		if link.First == link.Last && !r.knows(link, link.First) {
			g.ids[link.First] = true
		}
	}
	chat, err := r.c.chatOf(ctx, g.links[0])
	if err != nil {
		return nil, err
	}
	if of := g.links[0].Chat(); r.window.chat != of {
		r.window = newWindow(of)
	}
	ids := maps.Clone(g.near)
	maps.DeleteFunc(ids, func(id int, _ bool) bool { return r.window.last.asked[id] || !g.ids[id] && !g.reached(id) })
	if len(ids) > idsPerCall {
		ids = g.ids
	}
	if len(ids) == 0 {
		return chat, nil
	}
	asked := sorted(ids)
	found, err := r.c.messages(ctx, chat, asked)
	if err == nil {
		r.window.next(found, asked)
	}
	return chat, err
}

func (r *resolver) failGroup(ctx context.Context, g *group, err error) {
	for _, link := range g.links {
		r.failAll(ctx, link, err)
		r.done(link)
	}
}

// reached reports whether an album of one of the links may have a message.
func (g *group) reached(id int) bool {
	return slices.ContainsFunc(g.links, func(link Link) bool {
		return wantsAlbum(link) && max(id-link.First, link.First-id) <= albumReach
	})
}

// grouped yields what one link of a group leads to.
func (r *resolver) grouped(ctx context.Context, found *page, chat *chat, link Link) {
	if found.isTopic(link) {
		if r.opts.Topic != nil {
			r.opts.Topic(link)
		}
		if err := r.topic(ctx, chat, link, link.First); err != nil {
			r.failAll(ctx, link, err)
		}
		return
	}
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
		if !found.elsewhere(id, link.Topic) {
			r.itemUnlessSkipped(found, chat, link, id)
		}
	}
}
