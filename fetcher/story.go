package fetcher

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// stories yields what the stories of a link have.
func (r *resolver) stories(ctx context.Context, chat *chat, link Link) error {
	for first := link.First; first <= link.Last && r.more; {
		var ids []int
		for ; first <= link.Last && len(ids) < idsPerCall && r.more; first++ {
			if item := link.Item(first); r.skipsItem(item) {
				r.skip(link, item)
			} else {
				ids = append(ids, first)
			}
		}
		if len(ids) == 0 {
			break
		}
		found, err := r.c.storiesByID(ctx, chat, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			files, err := r.c.filesOfStory(found, chat, id, r.wish())
			if err != nil {
				r.fail(link, link.Item(id), err)
				continue
			}
			r.files(link, files)
		}
	}
	return nil
}

// stories is stories of one chat, by id, and why those that are there and cannot be
// read are not in items.
type stories struct {
	items      map[int]*tg.StoryItem
	unreadable map[int]error
}

// storiesByID asks for stories. One that cannot be read hides the others of its
// answer, so these are asked for by halves.
//
// https://core.telegram.org/method/stories.getStoriesByID
func (c *Client) storiesByID(ctx context.Context, chat *chat, ids []int) (stories, error) {
	items, err := c.storiesOnce(ctx, chat, ids)
	_, undecoded := errors.AsType[*dcpool.DecodeError](err)
	switch {
	case !undecoded:
		return stories{items: items}, err
	case len(ids) == 1:
		return stories{unreadable: map[int]error{ids[0]: &UnreadableError{Err: err}}}, nil
	}
	all := stories{items: map[int]*tg.StoryItem{}, unreadable: map[int]error{}}
	for _, half := range [][]int{ids[:len(ids)/2], ids[len(ids)/2:]} {
		some, err := c.storiesByID(ctx, chat, half)
		if err != nil {
			return stories{}, err
		}
		maps.Copy(all.items, some.items)
		maps.Copy(all.unreadable, some.unreadable)
	}
	return all, nil
}

func (c *Client) storiesOnce(ctx context.Context, chat *chat, ids []int) (map[int]*tg.StoryItem, error) {
	answer, err := withFreshHash(ctx, c, chat, func() (*tg.StoriesStories, error) {
		return c.home().StoriesGetStoriesByID(ctx, &tg.StoriesGetStoriesByIDRequest{Peer: chat.inputPeer(), ID: ids})
	})
	if err != nil {
		return nil, err
	}
	found := map[int]*tg.StoryItem{}
	for _, class := range answer.Stories {
		if item, ok := class.(*tg.StoryItem); ok {
			found[item.ID] = item
		}
	}
	return found, nil
}

// filesOfStory is the files of one of the stories found. The error is a
// *SkipError or an *UnreadableError.
func (c *Client) filesOfStory(found stories, chat *chat, id int, w wish) ([]File, error) {
	if err := found.unreadable[id]; err != nil {
		return nil, err
	}
	item := found.items[id]
	if item == nil {
		return nil, &SkipError{Reason: SkipDeleted, Err: fmt.Errorf("story %d: %w", id, ErrNotFound)}
	}
	files, instead := mediaFiles(item.Media, w)
	if len(files) == 0 {
		return nil, nothingIn(instead, nil)
	}
	finish(files, item.Date, Source{Chat: chat.Peer, Story: id, Caption: item.Caption})
	return files, nil
}
