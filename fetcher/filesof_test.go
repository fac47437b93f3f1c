package fetcher

import (
	"slices"
	"testing"
)

func TestWhatAFileTells(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simVideo)
	if f.Form != "video" || f.Width != 1280 || f.Height != 720 || f.Duration.Seconds() != 60 || f.Ext() != "mp4" {
		t.Errorf("video %+v", f)
	}
	source := f.Source
	if source.Chat.Title != "Simulated files" || source.Chat.Username != "simfiles" || source.Sender.Title != "Simulated files" ||
		source.Caption != "A video on DC 4" || source.Link != simLink(t, simVideo) {
		t.Errorf("source %+v", source)
	}
	if got := source.Item().String(); got != "https://t.me/simfiles/6?single" {
		t.Errorf("item %s", got)
	}
	for i, f := range resolve(t, c, simLink(t, 4)) {
		if f.Source.AlbumIndex != i+1 || f.Source.Message != simAlbum+i || f.Form != "photo" || f.Width != 1280 {
			t.Errorf("item %d of the album: %+v", i+1, f)
		}
	}
}

func TestThumbnails(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	thumbnails := ResolveOptions{Thumbnails: OnlyThumbnails}
	if got := resolveAll(t, c, []Link{simLink(t, simSmall)}, thumbnails); got != "9:no media" {
		t.Errorf("a document without one: %s", got)
	}
	for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{simLink(t, simVideo)}), thumbnails) {
		if err != nil {
			t.Fatal(err)
		}
		s.ExpireReferences() // So that it has to be found again.
		dir := t.TempDir()
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if f.Key() != "document:2001:m" || f.Width != 320 || result.Bytes != f.Size || result.Bytes > 10_000 {
			t.Errorf("thumbnail %+v, %d bytes", f, result.Bytes)
		}
		checkDir(t, dir, "video.mp4.thumb.jpg")
	}
	var forms []string
	for f := range c.ResolveAll(t.Context(), slices.Values([]Link{simLink(t, simVideo)}), ResolveOptions{Thumbnails: WithThumbnails}) {
		forms = append(forms, f.Form)
	}
	if want := []string{"video", "thumbnail"}; !slices.Equal(forms, want) {
		t.Errorf("with thumbnails: %s, want %s", forms, want)
	}
}
