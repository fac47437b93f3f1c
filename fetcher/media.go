package fetcher

import (
	"fmt"
	"time"

	"github.com/gotd/td/tg"
)

// mediaFiles finds the files of a media; if there are none it says what there
// is in their place.
func mediaFiles(media tg.MessageMediaClass, w wish) (files []File, instead string) {
	switch m := media.(type) {
	case nil, *tg.MessageMediaEmpty:
		return nil, "it is text"
	case *tg.MessageMediaDocument:
		return w.video(m)
	case *tg.MessageMediaPhoto:
		return w.livePhoto(m)
	case *tg.MessageMediaWebPage:
		return webPageFiles(m.Webpage, w)
	case *tg.MessageMediaPaidMedia:
		return paidFiles(m.ExtendedMedia, w)
	case *tg.MessageMediaInvoice:
		if m.ExtendedMedia == nil {
			return nil, "it is an invoice"
		}
		return paidFiles([]tg.MessageExtendedMediaClass{m.ExtendedMedia}, w)
	case *tg.MessageMediaGame:
		if files, instead = w.document(m.Game.Document); files == nil {
			files, instead = w.photo(m.Game.Photo)
		}
		return files, instead
	case *tg.MessageMediaPoll:
		return pollFiles(m, w)
	case *tg.MessageMediaStory:
		if story, ok := m.Story.(*tg.StoryItem); ok {
			return mediaFiles(story.Media, w)
		}
		return nil, fmt.Sprintf("it shares story %d, which has a link of its own", m.ID)
	case *tg.MessageMediaUnsupported:
		return nil, "it needs a newer version of this program"
	default:
		return nil, "it is " + media.TypeName()
	}
}

// actionFiles finds the pictures that a message about the chat itself carries.
func actionFiles(action tg.MessageActionClass, w wish) (files []File) {
	switch a := action.(type) {
	case *tg.MessageActionChatEditPhoto:
		files, _ = w.photo(a.Photo)
	case *tg.MessageActionSuggestProfilePhoto:
		files, _ = w.photo(a.Photo)
	}
	return files
}

func (w wish) document(class tg.DocumentClass, alternatives ...tg.DocumentClass) ([]File, string) {
	sent, ok := documentFile(class)
	if !ok {
		return nil, "its media was removed"
	}
	files := qualities(sent, alternatives)
	thumbnail, hasThumbnail := thumbnailFile(class, sent)
	if !w.everything {
		files = []File{w.quality.pick(files)}
	}
	only := w.thumbnails == OnlyThumbnails && !w.everything
	switch {
	case only && !hasThumbnail:
		return nil, "its media has no thumbnail"
	case only:
		return []File{thumbnail}, ""
	case hasThumbnail && (w.everything || w.thumbnails == WithThumbnails):
		return append(files, thumbnail), ""
	}
	return files, ""
}

func (w wish) photo(class tg.PhotoClass) ([]File, string) {
	files := photoFiles(class)
	if len(files) == 0 {
		return nil, "its media was removed"
	}
	return files, ""
}

// livePhoto is a photo and, if it is a live one, the video that belongs to it.
func (w wish) livePhoto(m *tg.MessageMediaPhoto) ([]File, string) {
	files, instead := w.photo(m.Photo)
	if live, ok := documentFile(m.Video); ok {
		live.Form = "live"
		files = append(files, live)
	}
	return files, instead
}

// video is a document and, where thumbnails are wanted, the cover that its sender
// chose.
func (w wish) video(m *tg.MessageMediaDocument) ([]File, string) {
	files, instead := w.document(m.Document, m.AltDocuments...)
	cover, ok := photoFile(m.VideoCover)
	if !ok || w.thumbnails == NoThumbnails && !w.everything {
		return files, instead
	}
	cover.Form = "cover"
	if sent, ok := documentFile(m.Document); ok && sent.OriginalName != "" {
		cover.OriginalName = sent.OriginalName + ".cover.jpg"
	}
	return append(files, cover), ""
}

func webPageFiles(class tg.WebPageClass, w wish) ([]File, string) {
	p, ok := class.(*tg.WebPage)
	if !ok {
		return nil, "it is a link without a preview"
	}
	files, _ := w.document(p.Document)
	if files == nil {
		files, _ = w.photo(p.Photo)
	}
	for i := range files {
		files[i].Source.WebPage = p.URL
	}
	return files, "it is a link whose preview has no media"
}

func paidFiles(items []tg.MessageExtendedMediaClass, w wish) (files []File, instead string) {
	instead = unpaid
	for _, item := range items {
		if bought, ok := item.(*tg.MessageExtendedMedia); ok {
			var more []File
			more, instead = mediaFiles(bought.Media, w)
			files = append(files, more...)
		}
	}
	return files, instead
}

const unpaid = "its paid media was not bought"

// pollFiles is what is attached to a poll and to its answers.
func pollFiles(m *tg.MessageMediaPoll, w wish) (files []File, instead string) {
	files, _ = mediaFiles(m.AttachedMedia, w)
	for _, class := range m.Poll.Answers {
		if a, ok := class.(*tg.PollAnswer); ok {
			more, _ := mediaFiles(a.Media, w)
			files = append(files, more...)
		}
	}
	return files, "it is a poll without media"
}

func documentFile(class tg.DocumentClass) (File, bool) {
	d, ok := class.(*tg.Document)
	if !ok {
		return File{}, false
	}
	f := File{
		Kind:         Document,
		ID:           d.ID,
		DC:           d.DCID,
		Size:         statedSize(d.Size),
		OriginalName: originalName(d.Attributes),
		MIME:         d.MimeType,
		Form:         formOf(d),
		Location: &tg.InputDocumentFileLocation{
			ID:            d.ID,
			AccessHash:    d.AccessHash,
			FileReference: d.FileReference,
		},
	}
	for _, class := range d.Attributes {
		switch a := class.(type) {
		case *tg.DocumentAttributeVideo:
			f.Width, f.Height, f.Duration = a.W, a.H, seconds(a.Duration)
		case *tg.DocumentAttributeImageSize:
			f.Width, f.Height = a.W, a.H
		case *tg.DocumentAttributeAudio:
			f.Duration = seconds(float64(a.Duration))
		}
	}
	return f, true
}

// statedSize is the size that a message says: there are no empty documents, so
// one that says 0 says nothing.
func statedSize(n int64) int64 {
	if n <= 0 {
		return UnknownSize
	}
	return n
}

// seconds is a duration that a stranger stated.
func seconds(s float64) time.Duration {
	const most = 1e9 // Thirty years, well inside what a Duration holds.
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, most) * float64(time.Second))
}

// thumbnailFile is the largest thumbnail of a document.
func thumbnailFile(class tg.DocumentClass, of File) (File, bool) {
	d, ok := class.(*tg.Document)
	if !ok {
		return File{}, false
	}
	largest, ok := largestSize(d.Thumbs)
	if !ok {
		return File{}, false
	}
	f := of
	f.Variant, f.Size, f.MIME, f.Form = largest.kind, largest.bytes, "image/jpeg", "thumbnail"
	extension := ".thumb.jpg"
	if of.Form == "sticker" {
		f.MIME, extension = "image/webp", ".thumb.webp"
	}
	f.Width, f.Height, f.Duration = largest.w, largest.h, 0
	if of.OriginalName != "" {
		f.OriginalName = of.OriginalName + extension
	}
	f.Location = &tg.InputDocumentFileLocation{
		ID:            d.ID,
		AccessHash:    d.AccessHash,
		FileReference: d.FileReference,
		ThumbSize:     largest.kind,
	}
	return f, true
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
		Form:    "photo",
		Width:   largest.w,
		Height:  largest.h,
		Location: &tg.InputPhotoFileLocation{
			ID:            p.ID,
			AccessHash:    p.AccessHash,
			FileReference: p.FileReference,
			ThumbSize:     largest.kind,
		},
	}, true
}

// photoFiles is a photo and, if it moves, the video of it.
func photoFiles(class tg.PhotoClass) (files []File) {
	still, ok := photoFile(class)
	if ok {
		files = append(files, still)
	}
	p, isPhoto := class.(*tg.Photo)
	if !isPhoto {
		return files
	}
	var best *tg.VideoSize
	for _, class := range p.VideoSizes {
		if size, ok := class.(*tg.VideoSize); ok && (best == nil || size.W*size.H > best.W*best.H) {
			best = size
		}
	}
	if best == nil {
		return files // Emoji and stickers that move are no files of the photo's.
	}
	return append(files, File{
		Kind: Photo, ID: p.ID, Variant: best.Type, DC: p.DCID, Size: statedSize(int64(best.Size)),
		MIME: "video/mp4", Form: "animation", Width: best.W, Height: best.H,
		Location: &tg.InputPhotoFileLocation{
			ID: p.ID, AccessHash: p.AccessHash, FileReference: p.FileReference, ThumbSize: best.Type,
		},
	})
}

type photoSize struct {
	kind  string
	w, h  int // in pixels
	bytes int64
}

func (s photoSize) area() int64 { return int64(s.w) * int64(s.h) }

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
		if !found || size.area() > best.area() || size.area() == best.area() && size.bytes > best.bytes {
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
	return photoSize{kind: kind, w: w, h: h, bytes: statedSize(int64(bytes))}
}
