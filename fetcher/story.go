package fetcher

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"
)

// stories yields what the stories of a link have.
func (r *resolver) stories(ctx context.Context, chat *chat, link Link) error {
	for first := link.First; first <= link.Last && r.more; {
		var ids []int
		for ; first <= link.Last && len(ids) < idsPerCall && r.more; first++ {
			if item := link.item(first); r.skipsItem(item) {
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
				r.fail(link, link.item(id), err)
				continue
			}
			r.files(link, files)
		}
	}
	return nil
}

// storiesByID: https://core.telegram.org/method/stories.getStoriesByID
func (c *Client) storiesByID(ctx context.Context, chat *chat, ids []int) (map[int]*tg.StoryItem, error) {
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
// *SkipError.
func (c *Client) filesOfStory(found map[int]*tg.StoryItem, chat *chat, id int, w wish) ([]File, error) {
	item := found[id]
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
