package fetcher

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/tgfetch/tgfetch/dcpool"
)

// ResolveOptions say which of the files behind links are wanted. The zero value
// wants what Telegram's apps show.
type ResolveOptions struct {
	// Quality picks one of the qualities of a video; zero is the best.
	Quality Quality
	// Thumbnails says whether the largest thumbnail of each document is wanted,
	// beside it or in its place; zero is not.
	Thumbnails Thumbnails
	// Variants yields every quality of a video and the thumbnail of each document
	// as well, whatever Quality and Thumbnails say: to find a certain one again.
	Variants bool
	// Picture yields the chat's own picture in place of its messages, and the
	// thumbnail of a sticker set in place of its stickers.
	Picture bool
	// Pictures does the same, and of a user or bot yields the pictures of before,
	// too, as far as the account may see them; the latest comes first.
	Pictures bool
	// OldestFirst reads whole chats, topics and discussions from their
	// beginning; else the newest messages come first. Messages that are named
	// come in the order of their ids.
	OldestFirst bool
	// MinID and MaxID bound the messages of whole chats, topics and
	// discussions, both included; zero does not.
	MinID, MaxID int
	// Kinds, if there are any, are the forms, see [Forms], of the files wanted from
	// whole chats, topics and discussions, as far as messages carry them themselves:
	// what is in previews of links, polls, paid media and messages about the chat is
	// left out. Where Telegram can search for them, text costs no calls.
	Kinds []string
	// Skip, if set, is asked before any call is made for a link, and about each
	// message of a range, an album or a chat by the link that Source.Item gives.
	// What it answers true for is not asked for, as far as that saves a call,
	// and yields a SkipError with SkipFiltered. About a link of many messages it
	// is asked again before each call: true ends the link there.
	Skip func(Link) bool
	// Topic, if set, is told a link to one message that turns out to be a forum's
	// topic, before anything of it is yielded: like a link that [Link.Grows], it
	// leads to all messages of the topic.
	Topic func(Link)
	// Done, if set, is told each link after the last that it yields. It is
	// not called for links that were still open when the sequence ended.
	Done func(Link)
}

// Resolve finds the files behind a link, with default options: see
// [Client.ResolveAll].
func (c *Client) Resolve(ctx context.Context, link Link) iter.Seq2[File, error] {
	return c.ResolveAll(ctx, func(yield func(Link) bool) { yield(link) }, ResolveOptions{})
}

// ResolveAll finds the files behind links, link by link and in each in the
// order of their messages: of one message, of the whole album if it belongs to
// one, of a range or of all messages of a chat. Source.Link of a File says
// which link led to it. Calls are made as the sequence is consumed;
// consecutive links of one chat share them, a hundred messages to a call.
//
// What gives no file yields an [*ItemError] and the rest follows, other
// items of the link as well as other links. Its cause is a [*SkipError] where
// nothing went wrong, or wraps [ErrNotFound], [ErrNoAccess], [*InviteError] or
// an error of dcpool's Do. When ctx ends the sequence does, with the cause of
// ctx.
func (c *Client) ResolveAll(ctx context.Context, links iter.Seq[Link], opts ResolveOptions) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		if links == nil {
			yield(File{}, errors.New("fetcher: ResolveAll of a nil sequence of links"))
			return
		}
		r := &resolver{c: c, opts: opts, yield: yield, more: true}
		for link := range links {
			if r.skips(link) {
				r.skip(link, link)
				r.done(link)
			} else if !r.takes(link) {
				r.flush(ctx, r.sharesChat(link))
				r.begin(ctx, link)
			} else {
				r.add(link)
			}
			if !r.more {
				return
			}
		}
		r.flush(ctx, false)
	}
}

// resolver is one run of ResolveAll.
type resolver struct {
	// Immutable.
	c     *Client
	opts  ResolveOptions
	yield func(File, error) bool

	// Owned by the goroutine that consumes the sequence.
	more   bool   // is wanted
	group  group  // of links that wait for their call
	window window // of messages that are known
}

func (r *resolver) wish() wish {
	return wish{quality: r.opts.Quality, thumbnails: r.opts.Thumbnails, everything: r.opts.Variants}
}

func (r *resolver) skips(link Link) bool { return r.opts.Skip != nil && r.opts.Skip(link) }

// ends reports whether no more of a link is wanted, of which it was asked
// before.
func (r *resolver) ends(link Link) bool {
	if !r.skips(link) {
		return false
	}
	r.skip(link, link)
	return true
}

// skipsItem is for what a link leads to: one message or story.
func (r *resolver) skipsItem(item Link) bool {
	item.Single = !item.Story
	return r.skips(item)
}

// The following yield if there is more wanted, and report whether there still
// is.

func (r *resolver) files(link Link, files []File) bool {
	for _, f := range files {
		f.Source.Link = link
		r.more = r.more && r.yield(f, nil)
	}
	return r.more
}

func (r *resolver) fail(link, item Link, err error) bool {
	r.more = r.more && r.yield(File{}, &ItemError{Link: link, Item: item.String(), Err: err})
	return r.more
}

func (r *resolver) skip(link, item Link) bool {
	return r.fail(link, item, &SkipError{Reason: SkipFiltered})
}

// failAll is for an error of all of a link, or of ctx, which ends everything.
func (r *resolver) failAll(ctx context.Context, link Link, err error) {
	if ctx.Err() == nil {
		r.fail(link, link, err)
		return
	}
	if r.more {
		r.yield(File{}, dcpool.Ended(ctx, context.Cause(ctx)))
	}
	r.more = false
}

func (r *resolver) done(link Link) {
	if r.more && r.opts.Done != nil {
		r.opts.Done(link)
	}
}

// begin resolves a link that shares no calls with others, or starts a group
// with it.
func (r *resolver) begin(ctx context.Context, link Link) {
	if !r.more {
		return
	}
	if r.takes(link) {
		r.add(link)
		return
	}
	if err := r.alone(ctx, link); err != nil {
		r.failAll(ctx, link, err)
	}
	r.done(link)
}

// alone resolves a link that shares no calls. The error is one of all of the
// link.
func (r *resolver) alone(ctx context.Context, link Link) error {
	if link.Stickers != "" {
		return r.stickers(ctx, link)
	}
	chat, err := r.c.chatOf(ctx, link)
	switch {
	case err != nil:
		return err
	case r.opts.picture():
		return r.pictures(ctx, chat, link)
	case link.Story:
		return r.stories(ctx, chat, link)
	case link.Comment != 0, link.Comments:
		return r.discussion(ctx, chat, link)
	case link.First == 0 && link.Topic != 0:
		return r.topic(ctx, chat, link, link.Topic)
	case link.First == 0:
		return r.whole(ctx, chat, link)
	default:
		return r.span(ctx, chat, link)
	}
}

// span resolves a range that is too long for one call.
func (r *resolver) span(ctx context.Context, chat *chat, link Link) error {
	for first := link.First; first <= link.Last && r.more; {
		var ids []int
		for ; first <= link.Last && len(ids) < idsPerCall; first++ {
			if item := chat.link.Item(first); r.skipsItem(item) {
				r.skip(link, item)
			} else {
				ids = append(ids, first)
			}
			if !r.more || ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if len(ids) == 0 {
			break
		}
		if r.ends(link) {
			return nil
		}
		found, err := r.c.messages(ctx, chat, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !found.elsewhere(id, link.Topic) {
				r.item(found, chat, link, id)
			}
		}
	}
	return nil
}

// item yields what one message has.
func (r *resolver) item(found *page, chat *chat, link Link, id int) bool {
	files, err := r.c.filesIn(found, chat, id, r.wish())
	if err != nil {
		return r.fail(link, chat.link.Item(id), err)
	}
	return r.files(link, files)
}

// itemUnlessSkipped is item for a message that nobody asked about before.
func (r *resolver) itemUnlessSkipped(found *page, chat *chat, link Link, id int) bool {
	if item := chat.link.Item(id); r.skipsItem(item) {
		return r.skip(link, item)
	}
	return r.item(found, chat, link, id)
}

// discussion resolves a comment on a post, or all of them: they are messages of
// the linked group.
//
// https://core.telegram.org/api/discussion
func (r *resolver) discussion(ctx context.Context, post *chat, link Link) error {
	group, root, err := r.c.discussionOf(ctx, post, link.First)
	if err != nil {
		return err
	}
	if link.Comments {
		return r.history(ctx, group, link, r.searching(group, root, r.c.replies(group, root)), 0)
	}
	ids := []int{link.Comment}
	if !link.Single {
		ids = withNeighbours(link.Comment)
	}
	found, err := r.c.messages(ctx, group, ids)
	if err != nil {
		return err
	}
	for _, id := range albumUnlessSingle(found, link.Single, link.Comment) {
		r.itemUnlessSkipped(found, group, link, id)
	}
	return nil
}

func albumUnlessSingle(found *page, single bool, id int) []int {
	if single {
		return []int{id}
	}
	return found.album(id)
}

// sorted is a set of ids in ascending order.
func sorted(set map[int]bool) []int {
	ids := make([]int, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
