package fetcher

import (
	"context"
	"slices"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// Bounds on the pictures that a user had.
const (
	picturesPerCall = 100
	maxPictures     = 10_000
)

// picture reports whether a chat's own pictures are wanted.
func (o ResolveOptions) picture() bool { return o.Picture || o.Pictures }

// pictures yields the pictures of a link's chat.
func (r *resolver) pictures(ctx context.Context, chat *chat, link Link) error {
	if r.opts.Pictures && chat.Kind == session.PeerUser {
		files, err := r.c.userPictures(ctx, chat)
		if err == nil && len(files) > 0 {
			r.files(link, files)
			return nil
		}
		if err != nil && !dcpool.MethodMissing(err) {
			return err
		}
	}
	files, err := r.c.picture(ctx, chat)
	if err == nil {
		r.files(link, files)
	}
	return err
}

// userPictures is all pictures of a user, the latest first.
//
// https://core.telegram.org/method/photos.getUserPhotos
func (c *Client) userPictures(ctx context.Context, chat *chat) (files []File, err error) {
	for offset := 0; offset < maxPictures; {
		answer, err := withFreshHash(ctx, c, chat, func() (tg.PhotosPhotosClass, error) {
			return c.home().PhotosGetUserPhotos(ctx, &tg.PhotosGetUserPhotosRequest{
				UserID: chat.inputUser(), Offset: offset, Limit: picturesPerCall,
			})
		})
		if err != nil {
			return nil, err
		}
		photos := answer.GetPhotos()
		for _, class := range photos {
			one := photoFiles(class)
			if len(one) == 0 {
				continue
			}
			for i := range one {
				one[i].Form = "picture"
			}
			finish(one, class.(*tg.Photo).Date, Source{Chat: chat.Peer, Picture: true})
			files = append(files, one...)
		}
		offset += len(photos)
		if slice, ok := answer.(*tg.PhotosPhotosSlice); !ok || len(photos) == 0 || offset >= slice.Count {
			break
		}
	}
	return files, nil
}

// everyPicture is what pictures can yield, to find one again.
func (c *Client) everyPicture(ctx context.Context, chat *chat) ([]File, error) {
	current, err := c.picture(ctx, chat)
	if err != nil {
		return nil, err
	}
	files := current
	if chat.Kind != session.PeerUser {
		return files, nil
	}
	older, err := c.userPictures(ctx, chat)
	if dcpool.MethodMissing(err) {
		return files, nil
	}
	return slices.Concat(files, older), err
}
