package simdc

import (
	"cmp"
	"mime"
	"path"
	"strconv"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// variant is one size of a photo or a thumbnail of a document: a file of its
// own under the id of the whole.
type variant struct {
	name string // as in thumb_size
	w, h int
	size int64
}

// variants returns the sizes of a photo, or the thumbnails of a document,
// smallest first. A photo's largest is the file itself.
func (f *file) variants() []variant {
	switch f.Kind {
	case scenario.KindPhoto:
		return []variant{
			{"m", 320, 240, int64(f.Size)/16 + 1},
			{"x", 800, 600, int64(f.Size)/4 + 1},
			{"y", 1280, 960, int64(f.Size)},
		}
	case scenario.KindVideo, scenario.KindAnimation:
		return []variant{{"m", 320, 180, 9_000 + f.ID%1000}}
	}
	return nil
}

// pictureSizes are the sizes of a photo that shows an account or a chat:
// square ones. https://core.telegram.org/api/files#image-thumbnail-types
func (f *file) pictureSizes() []variant {
	return []variant{
		{smallPicture, 160, 160, int64(f.Size)/16 + 1},
		{"b", 320, 320, int64(f.Size)/4 + 1},
		{bigPicture, 640, 640, int64(f.Size)},
	}
}

// Names of the sizes of a picture that peers are shown with in lists, and of
// the largest.
const (
	smallPicture = "a"
	bigPicture   = "c"
)

// variantID is the id whose [Content] the variant of a file has.
func (f *file) variantID(name string) int64 {
	if name == "" || f.Kind == scenario.KindPhoto && (name == "y" || name == bigPicture) {
		return f.ID
	}
	return int64(mixAll(uint64(f.ID), uint64(name[0])) >> 1)
}

// accessHash of a file is the same for every account.
func (w *world) accessHash(f *file) int64 {
	return int64(mixAll(w.scenario.Seed, uint64(f.ID)) | 1)
}

// media describes a message's file.
func (c *call) media(s source, m *message) tg.MessageMediaClass {
	at := origin{s.id(), m.ID}
	if m.WebPage != "" {
		return &tg.MessageMediaWebPage{Webpage: c.webPage(at, m)}
	}
	if len(m.Poll) > 0 {
		return c.poll(at, m)
	}
	media := c.fileMedia(m.file, at, m.Date, m.Alternatives...)
	if m.Live == 0 && m.Cover == 0 {
		return media
	}
	return c.accompanied(media, at, m)
}

// accompanied is media with the video of a live photo, or the cover of a video, as
// far as the caller's layer has them.
func (c *call) accompanied(media tg.MessageMediaClass, at origin, m *message) tg.MessageMediaClass {
	switch media := media.(type) {
	case *tg.MessageMediaPhoto:
		media.LivePhoto = true
		media.SetVideo(c.document(c.cluster.world.files[m.Live], at, m.Date))
	case *tg.MessageMediaDocument:
		media.SetVideoCover(c.photo(c.cluster.world.files[m.Cover], at, m.Date))
	}
	return media
}

// unknownMedia is media of a constructor that no layer has.
type unknownMedia struct{ *tg.MessageMediaEmpty }

// unknownConstructor is that constructor.
const unknownConstructor = 0x5eed0001

func (m unknownMedia) Encode(b *bin.Buffer) error {
	b.PutID(unknownConstructor)
	b.PutLong(unknownConstructor)
	return nil
}

// origin is where a file was seen: a message or something like it.
type origin struct {
	source int64
	number int
}

// fileMedia describes a file as messages and stories do. Alternatives are the
// ids of its other qualities.
func (c *call) fileMedia(f *file, at origin, date int, alternatives ...int64) tg.MessageMediaClass {
	if f.Kind == scenario.KindPhoto {
		return c.layeredPhoto(&tg.MessageMediaPhoto{Photo: c.photo(f, at, date)})
	}
	out := &tg.MessageMediaDocument{Video: f.Kind == scenario.KindVideo, Voice: f.Kind == scenario.KindVoice, Document: c.document(f, at, date)}
	for _, id := range alternatives {
		out.AltDocuments = append(out.AltDocuments, c.document(c.cluster.world.files[id], at, date))
	}
	return c.layeredDocument(out)
}

func (f *file) sizes() []tg.PhotoSizeClass {
	list := f.variants()
	if f.Kind == scenario.KindPhoto {
		list[len(list)-1].size = statedSize(f.File) // Of the file itself.
	}
	return sizes(list)
}

func sizes(list []variant) []tg.PhotoSizeClass {
	var out []tg.PhotoSizeClass
	for _, v := range list {
		out = append(out, &tg.PhotoSize{Type: v.name, W: v.w, H: v.h, Size: int(v.size)})
	}
	return out
}

func (c *call) photo(f *file, at origin, date int) *tg.Photo {
	w := c.cluster.world
	out := &tg.Photo{
		ID: f.ID, AccessHash: w.accessHash(f), FileReference: w.reference(f, at.source, at.number),
		Date: date, Sizes: f.sizes(), DCID: statedDC(f.File),
	}
	if f.Motion > 0 {
		out.SetVideoSizes([]tg.VideoSizeClass{&tg.VideoSize{Type: motion, W: 640, H: 640, Size: int(f.Motion)}})
	}
	return out
}

// motion is the type of the video of a photo that moves.
const motion = "u"

func (c *call) document(f *file, at origin, date int) *tg.Document {
	w := c.cluster.world
	size := statedSize(f.File)
	if c.strike.Do == scenario.DoSize {
		size = -1
	}
	return &tg.Document{
		ID: f.ID, AccessHash: w.accessHash(f), FileReference: w.reference(f, at.source, at.number),
		Date: date, MimeType: f.mime(), Size: size, Thumbs: f.sizes(), DCID: statedDC(f.File), Attributes: f.attributes(),
	}
}

// webPage describes the page that a message previews.
func (c *call) webPage(at origin, m *message) *tg.WebPage {
	out := &tg.WebPage{ID: int64(mixAll(uint64(at.source), uint64(m.ID)) >> 1), URL: m.WebPage, DisplayURL: m.WebPage}
	switch {
	case m.file == nil:
	case m.file.Kind == scenario.KindPhoto:
		out.Photo = c.photo(m.file, at, m.Date)
	default:
		out.Document = c.document(m.file, at, m.Date)
	}
	return out
}

// poll describes a poll whose question and answers carry files.
func (c *call) poll(at origin, m *message) tg.MessageMediaClass {
	out := &tg.MessageMediaPoll{Poll: tg.Poll{ID: int64(m.ID), Question: tg.TextWithEntities{Text: m.Text}}}
	for i, id := range m.Poll {
		answer := &tg.PollAnswer{Text: tg.TextWithEntities{Text: strconv.Itoa(i + 1)}, Option: []byte{byte(i)}}
		answer.SetMedia(c.fileMedia(c.cluster.world.files[id], at, m.Date))
		out.Poll.Answers = append(out.Poll.Answers, answer)
	}
	if m.file != nil {
		out.SetAttachedMedia(c.fileMedia(m.file, at, m.Date))
	}
	return c.layeredPoll(out)
}

func (f *file) mime() string {
	byKind := map[string]string{
		scenario.KindVideo: "video/mp4", scenario.KindAnimation: "video/mp4", scenario.KindAudio: "audio/mpeg", scenario.KindVoice: "audio/ogg", scenario.KindPhoto: "image/jpeg",
	}
	return cmp.Or(f.MIME, byKind[f.Kind], mime.TypeByExtension(path.Ext(f.Name)), "application/octet-stream")
}

func (f *file) attributes() []tg.DocumentAttributeClass {
	var out []tg.DocumentAttributeClass
	switch f.Kind {
	case scenario.KindVideo:
		lines := cmp.Or(f.Lines, 720)
		out = append(out, &tg.DocumentAttributeVideo{SupportsStreaming: true, Duration: 60, W: lines * 16 / 9, H: lines})
	case scenario.KindAnimation:
		out = append(out, &tg.DocumentAttributeVideo{Nosound: true, Duration: 3, W: 480, H: 270}, &tg.DocumentAttributeAnimated{})
	case scenario.KindAudio:
		out = append(out, &tg.DocumentAttributeAudio{Duration: 180, Title: "Title", Performer: "Performer"})
	case scenario.KindVoice:
		out = append(out, &tg.DocumentAttributeAudio{Voice: true, Duration: 10})
	}
	for _, name := range f.Names {
		out = append(out, &tg.DocumentAttributeFilename{FileName: name})
	}
	if f.Name != "" && len(f.Names) == 0 {
		out = append(out, &tg.DocumentAttributeFilename{FileName: f.Name})
	}
	return out
}

// storage is the file type that upload.getFile states.
func (f *file) storage() tg.StorageFileTypeClass {
	switch f.Kind {
	case scenario.KindPhoto:
		return &tg.StorageFileJpeg{}
	case scenario.KindVideo, scenario.KindAnimation:
		return &tg.StorageFileMp4{}
	case scenario.KindAudio:
		return &tg.StorageFileMp3{}
	}
	return &tg.StorageFileUnknown{}
}
