package fetcher

import (
	"errors"
	"strings"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

func TestLargestSize(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sizes []tg.PhotoSizeClass
		want  photoSize
		found bool
	}{
		{"none", nil, photoSize{}, false},
		{"no files", []tg.PhotoSizeClass{
			&tg.PhotoStrippedSize{Type: "i"}, &tg.PhotoSizeEmpty{Type: "s"}, &tg.PhotoPathSize{Type: "j"},
		}, photoSize{}, false},
		{"by pixels", []tg.PhotoSizeClass{
			&tg.PhotoSize{Type: "s", W: 90, H: 90, Size: 5000}, &tg.PhotoSize{Type: "x", W: 800, H: 600, Size: 4000},
			&tg.PhotoSize{Type: "m", W: 320, H: 240, Size: 3000},
		}, photoSize{"x", 800, 600, 4000}, true},
		{"progressive", []tg.PhotoSizeClass{
			&tg.PhotoSize{Type: "x", W: 800, H: 600, Size: 4000},
			&tg.PhotoSizeProgressive{Type: "y", W: 1280, H: 960, Sizes: []int{100, 9000, 5000}},
		}, photoSize{"y", 1280, 960, 9000}, true},
		{"cached only", []tg.PhotoSizeClass{&tg.PhotoCachedSize{Type: "s", W: 1, H: 1, Bytes: make([]byte, 7)}}, photoSize{"s", 1, 1, 7}, true},
		{"size not given", []tg.PhotoSizeClass{&tg.PhotoSize{Type: "x", W: 8, H: 6}}, photoSize{"x", 8, 6, UnknownSize}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found := largestSize(tt.sizes)
			if got != tt.want || found != tt.found {
				t.Errorf("got %+v, %v", got, found)
			}
		})
	}
}

func TestFilesOf(t *testing.T) {
	document := &tg.Document{ID: 1, DCID: 4, Size: 10, MimeType: "video/mp4"}
	photo := &tg.Photo{ID: 2, DCID: 1, Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "x", W: 8, H: 6, Size: 9}}}
	for _, tt := range []struct {
		name  string
		media tg.MessageMediaClass
		keys  string
		why   string
	}{
		{"text", nil, "", "text"},
		{"document", &tg.MessageMediaDocument{Document: document}, "document:1", ""},
		{"removed document", &tg.MessageMediaDocument{Document: &tg.DocumentEmpty{}}, "", "removed"},
		{"expired document", &tg.MessageMediaDocument{}, "", "removed"},
		{"photo", &tg.MessageMediaPhoto{Photo: photo}, "photo:2:x", ""},
		{"removed photo", &tg.MessageMediaPhoto{Photo: &tg.PhotoEmpty{}}, "", "removed"},
		{"page with both", &tg.MessageMediaWebPage{Webpage: &tg.WebPage{Document: document, Photo: photo}}, "document:1", ""},
		{"page with a photo", &tg.MessageMediaWebPage{Webpage: &tg.WebPage{Photo: photo}}, "photo:2:x", ""},
		{"page with neither", &tg.MessageMediaWebPage{Webpage: &tg.WebPage{}}, "", "no media"},
		{"page to come", &tg.MessageMediaWebPage{Webpage: &tg.WebPagePending{}}, "", "preview"},
		{"bought", &tg.MessageMediaPaidMedia{ExtendedMedia: []tg.MessageExtendedMediaClass{
			&tg.MessageExtendedMedia{Media: &tg.MessageMediaPhoto{Photo: photo}},
			&tg.MessageExtendedMedia{Media: &tg.MessageMediaDocument{Document: document}},
		}}, "photo:2:x document:1", ""},
		{"not bought", &tg.MessageMediaPaidMedia{ExtendedMedia: []tg.MessageExtendedMediaClass{&tg.MessageExtendedMediaPreview{}}}, "", "not bought"},
		{"place", &tg.MessageMediaGeo{}, "", "messageMediaGeo"},
		{"paid invoice", &tg.MessageMediaInvoice{ExtendedMedia: &tg.MessageExtendedMedia{Media: &tg.MessageMediaPhoto{Photo: photo}}}, "photo:2:x", ""},
		{"invoice", &tg.MessageMediaInvoice{}, "", "invoice"},
		{"poll", &tg.MessageMediaPoll{
			AttachedMedia: &tg.MessageMediaDocument{Document: document},
			Poll:          tg.Poll{Answers: []tg.PollAnswerClass{&tg.PollAnswer{}, &tg.PollAnswer{Media: &tg.MessageMediaPhoto{Photo: photo}}}},
		}, "document:1 photo:2:x", ""},
		{"plain poll", &tg.MessageMediaPoll{}, "", "poll"},
		{"shared story", &tg.MessageMediaStory{ID: 4, Story: &tg.StoryItem{Media: &tg.MessageMediaPhoto{Photo: photo}}}, "photo:2:x", ""},
		{"shared story elsewhere", &tg.MessageMediaStory{ID: 4}, "", "story 4"},
		{"game", &tg.MessageMediaGame{Game: tg.Game{Photo: photo}}, "photo:2:x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := &chat{Peer: session.Peer{Kind: session.PeerChannel, ID: 5}}
			files, err := filesOf(&tg.Message{ID: 7, Date: 1000, GroupedID: 8, Message: "words", Media: tt.media}, from, wish{})
			var keys []string
			for _, f := range files {
				keys = append(keys, f.Key())
				if f.Source.Message != 7 || f.Source.Chat.ID != 5 || f.Source.Album != 8 || f.Source.Caption != "words" ||
					f.Date.Unix() != 1000 || f.Name == "" {
					t.Errorf("file %+v", f)
				}
			}
			if got := strings.Join(keys, " "); got != tt.keys {
				t.Errorf("files %q, want %q", got, tt.keys)
			}
			if tt.why != "" && (!errors.Is(err, ErrNoMedia) || !strings.Contains(err.Error(), tt.why)) {
				t.Errorf("error %v, want %q", err, tt.why)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	from := &chat{Peer: session.Peer{Kind: session.PeerChannel, ID: 5}}
	restricted := &tg.Message{RestrictionReason: []tg.RestrictionReason{{Platform: "all", Reason: "terms", Text: "This is gone."}}}
	unbought := &tg.Message{Media: &tg.MessageMediaPaidMedia{ExtendedMedia: []tg.MessageExtendedMediaClass{&tg.MessageExtendedMediaPreview{}}}}
	for _, tt := range []struct {
		name    string
		message tg.NotEmptyMessage
		want    SkipReason
	}{
		{"text", &tg.Message{}, SkipNoMedia},
		{"service", &tg.MessageService{Action: &tg.MessageActionEmpty{}}, SkipNoMedia},
		{"restricted", restricted, SkipRestricted},
		{"not bought", unbought, SkipRestricted},
	} {
		_, err := filesOf(tt.message, from, wish{})
		if skipped, ok := errors.AsType[*SkipError](err); !ok || skipped.Reason != tt.want || !errors.Is(err, ErrNoMedia) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	photo := &tg.Photo{ID: 2, Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "x", W: 8, H: 6, Size: 9}}}
	files, err := filesOf(&tg.MessageService{ID: 3, Action: &tg.MessageActionChatEditPhoto{Photo: photo}}, from, wish{})
	if err != nil || len(files) != 1 || files[0].Source.Message != 3 {
		t.Errorf("a new picture of the chat: %+v, %v", files, err)
	}
}
