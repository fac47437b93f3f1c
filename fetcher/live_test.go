package fetcher

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestWhatBelongsToMedia: live photos have a video, videos a cover, and pictures
// may move.
func TestWhatBelongsToMedia(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		for i := range s.Files {
			if s.Files[i].ID == 1002 {
				s.Files[i].Motion = 30_000
			}
		}
		s.Files = append(s.Files, scenario.File{ID: 9001, Kind: scenario.KindVideo, DC: 3, Size: 40_000},
			scenario.File{ID: 9002, Kind: scenario.KindVideo, DC: 3, Size: 50_000, Name: "film.mp4"})
		s.Chats = append(s.Chats, scenario.Chat{ID: 1800000010, Title: "Live", Username: "simlive", Photo: 1002, Messages: []scenario.Message{
			{ID: 1, File: 1001, Live: 9001}, {ID: 2, File: 9002, Cover: 1003}, {ID: 3, File: 1002},
		}})
	})
	c := s.client(nil)
	dir := t.TempDir()
	for _, tt := range []struct {
		message int
		opts    ResolveOptions
		want    string
	}{
		{1, ResolveOptions{}, "photo photo_1001.jpg, live live_9001.mp4"},
		{2, ResolveOptions{}, "video film.mp4"},
		{2, ResolveOptions{Thumbnails: WithThumbnails}, "video film.mp4, thumbnail film.mp4.thumb.jpg, cover film.mp4.cover.jpg"},
		{2, ResolveOptions{Thumbnails: OnlyThumbnails}, "thumbnail film.mp4.thumb.jpg, cover film.mp4.cover.jpg"},
		{3, ResolveOptions{}, "photo photo_1002.jpg, animation animation_1002.mp4"},
		{0, ResolveOptions{Picture: true}, "picture picture_1002.jpg, picture picture_1002.mp4"},
	} {
		link := Link{Username: "simlive", First: tt.message, Last: tt.message}
		var got []string
		var files []File
		for f, err := range c.ResolveAll(t.Context(), func(yield func(Link) bool) { yield(link) }, tt.opts) {
			if err != nil {
				t.Fatal(err)
			}
			got, files = append(got, fmt.Sprintf("%s %s", f.Form, f.Name)), append(files, f)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("message %d: got %s, want %s", tt.message, strings.Join(got, ", "), tt.want)
		}
		s.ExpireReferences()
		for _, f := range files {
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
			if err != nil || result.Bytes != f.Size {
				t.Errorf("%s: %d bytes of %d, %v", f.Name, result.Bytes, f.Size, err)
			}
		}
	}
}
