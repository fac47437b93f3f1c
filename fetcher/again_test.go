package fetcher

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

const (
	simGroup = 900001 // A basic group.
	againDC  = 3      // Of all files of showAll.
)

// showAll has a file in every place that Telegram shows files in. Each takes
// several requests.
func showAll(s *scenario.Scenario) {
	s.Files = append(s.Files,
		scenario.File{ID: 9001, DC: againDC, Size: 5 << 20, Kind: scenario.KindPhoto, Count: 4},
		scenario.File{ID: 9011, DC: againDC, Size: 5 << 20, Name: "document%d.bin", Count: 8},
		scenario.File{ID: 9021, DC: againDC, Size: 5 << 20, Kind: scenario.KindVideo, Name: "video.mp4"},
		scenario.File{ID: 9022, DC: againDC, Size: 6 << 20, Kind: scenario.KindVideo, Name: "better.mp4"},
	)
	s.Accounts[0].Photos = []int64{9001}
	s.Accounts[0].Stories = []scenario.Story{{ID: 8, File: 9011}}
	for i := range s.Chats {
		if s.Chats[i].Username == "simfiles" {
			s.Chats[i].Photo = 9002
			s.Chats[i].Stories = []scenario.Story{{ID: 9, File: 9012}}
			s.Chats[i].Messages = append(s.Chats[i].Messages,
				scenario.Message{ID: 101, File: 9013},
				scenario.Message{ID: 102, File: 9014, WebPage: "https://example.com/document"},
				scenario.Message{ID: 103, File: 9003, WebPage: "https://example.com/photo"},
				scenario.Message{ID: 104, File: 9015, Text: "Which one?", Poll: []int64{9016}},
				scenario.Message{ID: 105, File: 9021, Alternatives: []int64{9022}},
			)
		}
	}
	s.Chats = append(s.Chats, scenario.Chat{
		ID: simGroup, Title: "Group", Basic: true, Photo: 9004, Messages: []scenario.Message{{ID: 500, File: 9017}},
	})
	s.StickerSets = []scenario.StickerSet{{ID: 6009, Name: "Simset", Files: []int64{9018, 3002}, Thumb: 9004}}
}

// A reference that expires in mid-download is renewed by what fits where the file was
// found: one call, for the picture of a user one more, since it may be an older one.
func TestEverySourceRenewsItsReference(t *testing.T) {
	s := startSim(t, showAll)
	c := s.client(nil)
	picture := ResolveOptions{Picture: true}
	for _, tt := range []struct {
		name, link string
		opts       ResolveOptions
		want       []int64 // the link's files
		calls      string  // what renews each of them, once
	}{
		{"message of a channel", "t.me/simfiles/101", ResolveOptions{}, []int64{9013}, "channels.getMessages"},
		{"message of a basic group", "tg://openmessage?chat_id=900001&message_id=500", ResolveOptions{}, []int64{9017}, "messages.getMessages"},
		{"document of a web page", "t.me/simfiles/102", ResolveOptions{}, []int64{9014}, "channels.getMessages"},
		{"photo of a web page", "t.me/simfiles/103", ResolveOptions{}, []int64{9003}, "channels.getMessages"},
		{"poll and its answers", "t.me/simfiles/104", ResolveOptions{}, []int64{9015, 9016}, "channels.getMessages"},
		{"video in several qualities", "t.me/simfiles/105", ResolveOptions{}, []int64{9021}, "channels.getMessages"},
		{"story of a user", "t.me/simada/s/8", ResolveOptions{}, []int64{9011}, "stories.getStoriesByID"},
		{"story of a channel", "t.me/simfiles/s/9", ResolveOptions{}, []int64{9012}, "stories.getStoriesByID"},
		{"picture of a user", "t.me/simada", picture, []int64{9001}, "photos.getUserPhotos users.getFullUser"},
		{"picture of a channel", "t.me/simfiles", picture, []int64{9002}, "channels.getFullChannel"},
		{"picture of a basic group", "tg://openmessage?chat_id=900001", picture, []int64{9004}, "messages.getFullChat"},
		{"sticker set", "t.me/addstickers/SimSet", ResolveOptions{}, []int64{9018, 3002}, "messages.getStickerSet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			link, err := ParseLink(tt.link)
			if err != nil {
				t.Fatal(err)
			}
			var files []File
			for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{link}), tt.opts) {
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, f)
			}
			if len(files) != len(tt.want) {
				t.Fatalf("%d files, want %d", len(files), len(tt.want))
			}
			for i, f := range files {
				if f.ID != tt.want[i] {
					t.Errorf("file %d, want %d", f.ID, tt.want[i])
				}
				if f.Size < 1<<20 {
					continue // One request.
				}
				s.renews(t, c, f, tt.calls)
			}
		})
	}
}

// renews fetches a file whose reference expires in mid-download and checks that
// it took one call of a method, and of no other that is about messages or the like.
func (s *sim) renews(t *testing.T, c *Client, f File, methods string) {
	t.Helper()
	if err := s.SetFaults(scenario.Fault{Do: scenario.DoExpire, Method: "upload.getFile", File: f.ID, First: 3, Times: 1}); err != nil {
		t.Fatal(err)
	}
	s.Log().Reset()
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if s.Log().DC(againDC).Errors["FILE_REFERENCE_EXPIRED"] == 0 {
		t.Error("no reference expired")
	}
	got := map[string]int{}
	for name, n := range s.Log().DC(1).Methods {
		if strings.Contains("messages channels stories users photos", strings.Split(name, ".")[0]) {
			got[name] = n
		}
	}
	want := map[string]int{}
	for _, name := range strings.Fields(methods) {
		want[name] = 1
	}
	if !maps.Equal(got, want) {
		t.Errorf("renewed by %v, want %v", got, want)
	}
}

// The picture of a page is there even if the message that shows it is gone.
func TestWebPageOutlivesItsMessage(t *testing.T) {
	s := startSim(t, showAll)
	c := s.client(nil)
	f := file(t, c, 102)
	s.ExpireReferences(f.ID)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "channels.getMessages", Code: 400, Text: "MSG_ID_INVALID"})
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if n := s.Log().DC(1).Methods["messages.getWebPage"]; n != 1 {
		t.Errorf("%d calls for the page", n)
	}
}

// A file whose message is deleted in mid-download ends with that as its reason,
// and what was downloaded stays.
func TestDeletedMessageEndsTheFile(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		showAll(s)
		s.Link = scenario.Link{Rate: 20e6} // So that something came before.
	})
	c := s.client(nil)
	f := file(t, c, simVideo)
	f.Source.Message = simDeleted // As if it had been this one.
	s.fault(scenario.Fault{Do: scenario.DoExpire, Method: "upload.getFile", File: f.ID, First: 40, Times: 1})
	dir := t.TempDir()
	_, err := c.Fetch(t.Context(), f, Target{Dir: dir})
	gone, ok := errors.AsType[*ReferenceError](err)
	if !ok || !errors.Is(err, ErrNotFound) || !strings.Contains(gone.Error(), "message 14: not found") {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "video.mp4.part")); err != nil || info.Size() == 0 {
		t.Errorf("the part: %v", err)
	}
	checkDir(t, dir, "video.mp4.part", "video.mp4.part.journal")
}

// A certain variant can be found again.
func TestVariants(t *testing.T) {
	s := startSim(t, showAll)
	c := s.client(nil)
	var got []string
	link, err := ParseLink("t.me/simfiles/105?single")
	if err != nil {
		t.Fatal(err)
	}
	for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{link}), ResolveOptions{Variants: true, Thumbnails: OnlyThumbnails}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Key())
	}
	if want := []string{"document:9021", "document:9022", "document:9021:m"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What has no reference is fetched by who shows it.
func TestStickerSetThumb(t *testing.T) {
	s := startSim(t, showAll)
	c := s.client(nil)
	link := Link{Stickers: "simset"}
	for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{link}), ResolveOptions{Picture: true}) {
		if err != nil {
			t.Fatal(err)
		}
		result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
		if err != nil || result.Bytes != f.Size || f.Size == 0 || f.Source.Item() != link {
			t.Errorf("%+v, %v", result, err)
		}
	}
	if _, err := ParseLink("t.me/addstickers/a/b"); err == nil {
		t.Error("a set with a message was taken")
	}
}
