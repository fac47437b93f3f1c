package fetcher

import (
	"fmt"
	"time"

	"github.com/gotd/td/tg"
)

// filesOf finds what a message has to download. The error is ErrNoMedia with
// what the message has instead.
func filesOf(m *tg.Message, chat *chat) ([]File, error) {
	files, instead := mediaFiles(m.Media)
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoMedia, instead)
	}
	for i := range files {
		f := &files[i]
		f.Date = time.Unix(int64(m.Date), 0)
		f.Source = Source{Chat: chat.Peer, Message: m.ID, Album: m.GroupedID, Caption: m.Message}
		f.Name = fileName(*f)
	}
	return files, nil
}

// mediaFiles finds the files of a media; if there are none it says what there
// is in their place.
func mediaFiles(media tg.MessageMediaClass) (files []File, instead string) {
	switch m := media.(type) {
	case nil, *tg.MessageMediaEmpty:
		return nil, "it is text"
	case *tg.MessageMediaDocument:
		return one(documentFile(m.Document))
	case *tg.MessageMediaPhoto:
		return one(photoFile(m.Photo))
	case *tg.MessageMediaWebPage:
		return webPageFiles(m.Webpage)
	case *tg.MessageMediaPaidMedia:
		return paidFiles(m.ExtendedMedia)
	case *tg.MessageMediaGame:
		if files, instead = one(documentFile(m.Game.Document)); files == nil {
			files, instead = one(photoFile(m.Game.Photo))
		}
		return files, instead
	case *tg.MessageMediaUnsupported:
		return nil, "it needs a newer version of this program"
	default:
		return nil, "it is " + media.TypeName()
	}
}

func one(f File, ok bool) ([]File, string) {
	if !ok {
		return nil, "its media was removed"
	}
	return []File{f}, ""
}

func webPageFiles(page tg.WebPageClass) ([]File, string) {
	p, ok := page.(*tg.WebPage)
	if !ok {
		return nil, "it is a link without a preview"
	}
	if f, ok := documentFile(p.Document); ok {
		return []File{f}, ""
	}
	if f, ok := photoFile(p.Photo); ok {
		return []File{f}, ""
	}
	return nil, "it is a link whose preview has no media"
}

func paidFiles(items []tg.MessageExtendedMediaClass) (files []File, instead string) {
	instead = "its paid media was not bought"
	for _, item := range items {
		if bought, ok := item.(*tg.MessageExtendedMedia); ok {
			more, _ := mediaFiles(bought.Media)
			files = append(files, more...)
		}
	}
	return files, instead
}

func documentFile(class tg.DocumentClass) (File, bool) {
	d, ok := class.(*tg.Document)
	if !ok {
		return File{}, false
	}
	return File{
		Kind:         Document,
		ID:           d.ID,
		DC:           d.DCID,
		Size:         d.Size,
		OriginalName: originalName(d.Attributes),
		MIME:         d.MimeType,
		form:         formOf(d),
		Location: &tg.InputDocumentFileLocation{
			ID:            d.ID,
			AccessHash:    d.AccessHash,
			FileReference: d.FileReference,
		},
	}, true
}

func photoFile(class tg.PhotoClass) (File, bool) {
	p, ok := class.(*tg.Photo)
	if !ok {
		return File{}, false
	}
	largest, ok := largestSize(p.Sizes)
	if !ok {
		return File{}, false
	}
	return File{
		Kind:    Photo,
		ID:      p.ID,
		Variant: largest.kind,
		DC:      p.DCID,
		Size:    largest.bytes,
		MIME:    "image/jpeg",
		form:    "photo",
		Location: &tg.InputPhotoFileLocation{
			ID:            p.ID,
			AccessHash:    p.AccessHash,
			FileReference: p.FileReference,
			ThumbSize:     largest.kind,
		},
	}, true
}

type photoSize struct {
	kind  string
	area  int64 // in pixels
	bytes int64
}

// largestSize picks the size with the most pixels, or bytes where pixels are
// equal.
//
// https://core.telegram.org/api/files#image-thumbnail-types
func largestSize(sizes []tg.PhotoSizeClass) (best photoSize, found bool) {
	for _, class := range sizes {
		size, ok := sizeOf(class)
		if !ok {
			continue
		}
		if !found || size.area > best.area || size.area == best.area && size.bytes > best.bytes {
			best, found = size, true
		}
	}
	return best, found
}

func sizeOf(class tg.PhotoSizeClass) (photoSize, bool) {
	switch s := class.(type) {
	case *tg.PhotoSize:
		return newPhotoSize(s.Type, s.W, s.H, s.Size), true
	case *tg.PhotoSizeProgressive:
		largest := 0
		for _, n := range s.Sizes {
			largest = max(largest, n)
		}
		return newPhotoSize(s.Type, s.W, s.H, largest), true
	case *tg.PhotoCachedSize:
		return newPhotoSize(s.Type, s.W, s.H, len(s.Bytes)), true
	default: // Stripped and outline previews are no files.
		return photoSize{}, false
	}
}

func newPhotoSize(kind string, w, h, bytes int) photoSize {
	size := photoSize{kind: kind, area: int64(w) * int64(h), bytes: int64(bytes)}
	if bytes <= 0 {
		size.bytes = UnknownSize
	}
	return size
}
