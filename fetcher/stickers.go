package fetcher

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"
)

// stickers yields the documents of a sticker set, or its thumbnail.
func (r *resolver) stickers(ctx context.Context, link Link) error {
	if r.opts.picture() {
		f, err := r.c.stickerThumb(ctx, link.Stickers)
		if err == nil {
			r.files(link, []File{f})
		}
		return err
	}
	set, err := r.c.stickerSet(ctx, link.Stickers)
	if err != nil {
		return err
	}
	for _, class := range set.Documents {
		files, instead := r.wish().document(class)
		if len(files) == 0 {
			r.fail(link, link, nothingIn(instead, nil))
			continue
		}
		finishStickers(files, class, link.Stickers)
		if !r.files(link, files) {
			break
		}
	}
	return nil
}

// stickerSet: https://core.telegram.org/method/messages.getStickerSet
func (c *Client) stickerSet(ctx context.Context, name string) (*tg.MessagesStickerSet, error) {
	answer, err := c.home().MessagesGetStickerSet(ctx, &tg.MessagesGetStickerSetRequest{
		Stickerset: &tg.InputStickerSetShortName{ShortName: name},
	})
	if err != nil {
		return nil, explain(err)
	}
	set, ok := answer.(*tg.MessagesStickerSet)
	if !ok {
		return nil, fmt.Errorf("sticker set %s: %w", name, ErrNotFound)
	}
	return set, nil
}

// stickerFiles is all files of a sticker set.
func (c *Client) stickerFiles(ctx context.Context, name string) (files []File, err error) {
	set, err := c.stickerSet(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, class := range set.Documents {
		more, _ := wish{everything: true}.document(class)
		finishStickers(more, class, name)
		files = append(files, more...)
	}
	return files, nil
}

func finishStickers(files []File, class tg.DocumentClass, set string) {
	date := 0
	if d, ok := class.(*tg.Document); ok {
		date = d.Date
	}
	finish(files, date, Source{Stickers: set})
}

// stickerThumb is the thumbnail of a set, in its largest size. Its location has
// no file reference.
//
// https://core.telegram.org/api/files#downloading-files
func (c *Client) stickerThumb(ctx context.Context, name string) (File, error) {
	answer, err := c.stickerSet(ctx, name)
	if err != nil {
		return File{}, err
	}
	set := answer.Set
	largest, ok := largestSize(set.Thumbs)
	if !ok {
		return File{}, &SkipError{Reason: SkipNoMedia, Err: fmt.Errorf("%w: the sticker set has no thumbnail", ErrNoMedia)}
	}
	files := []File{{
		Kind:    Photo,
		ID:      set.ID,
		Variant: fmt.Sprintf("set:%s:%d", largest.kind, set.ThumbVersion),
		DC:      set.ThumbDCID,
		Size:    largest.bytes,
		MIME:    thumbMIME(largest.kind),
		Form:    "thumbnail",
		Width:   largest.w,
		Height:  largest.h,
		Location: &tg.InputStickerSetThumb{
			Stickerset:   &tg.InputStickerSetID{ID: set.ID, AccessHash: set.AccessHash},
			ThumbVersion: set.ThumbVersion,
		},
	}}
	finish(files, 0, Source{Stickers: name, Picture: true})
	return files[0], nil
}

// thumbMIME is the type of a set's thumbnail, by that of its size.
//
// https://core.telegram.org/api/files#image-thumbnail-types
func thumbMIME(size string) string {
	switch size {
	case "a":
		return "application/x-tgsticker"
	case "v":
		return "video/webm"
	}
	return "image/webp"
}
