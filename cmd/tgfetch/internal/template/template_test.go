package template

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func sample() fetcher.File {
	return fetcher.File{
		Kind: fetcher.Document, ID: 77, Name: "Film Ω é.mp4", Form: "video", Size: 5,
		Date: time.Date(2026, 1, 31, 23, 5, 0, 0, time.FixedZone("", -2*3600)), // the next day in UTC
		Source: fetcher.Source{
			Chat: session.Peer{ID: 9, Title: "Cats / & dogs", Username: "pets"}, Message: 42,
			Caption: "../../etc/passwd\nand  more of it",
		},
	}
}

func TestPaths(t *testing.T) {
	album := sample()
	album.Source.Album, album.Source.AlbumIndex = 5, 3
	nameless := sample()
	nameless.Source.Caption, nameless.Source.Chat.Title = "", ".."
	for _, c := range []struct {
		template string
		file     fetcher.File
		want     string
	}{
		{"{name}", sample(), "d/Film Ω é.mp4"},
		{"{stem}.{ext}", sample(), "d/Film Ω é.mp4"},
		{"{chat}/{date:2006}/{msg_id}_{name}", sample(), "d/Cats_& dogs/2026/42_Film Ω é.mp4"},
		{"{date}.{ext}", sample(), "d/2026-02-01.mp4"},
		{"{date:2006-01-02_15:04}", sample(), "d/2026-02-01_01_05"},
		{"{caption}.{ext}", sample(), "d/etc_passwd and more of it.mp4"},
		{"{caption:4}x", sample(), "d/x"},
		{"{index:2}-{album}-{msg_id:6}", album, "d/03-5-000042"},
		{"{index:2}-{album}", sample(), "d/_-"},
		{"{{{chat_name}}}", sample(), "d/{pets}"},
		{"plain.bin", sample(), "d/plain.bin"},
		{"videos/", sample(), "d/videos/Film Ω é.mp4"},
		{"", sample(), "d/Film Ω é.mp4"},
		{"{caption}/{chat}", nameless, "d/Film Ω é.mp4"},
		{"../mine/{name}", sample(), "mine/Film Ω é.mp4"}, // the user's own words
		{"/abs//{msg_id}", sample(), "/abs/42"},
		{"{chat}/..", sample(), "d/Film Ω é.mp4"},
		{"{id}", sample(), "d/document_77"},
	} {
		tmpl, err := Parse(c.template)
		if err != nil {
			t.Errorf("%s: %v", c.template, err)
			continue
		}
		if got := filepath.ToSlash(tmpl.Path("d", c.file, "")); got != c.want {
			t.Errorf("%s: %q, want %q", c.template, got, c.want)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for template, want := range map[string]string{
		"{chatt}":          `at character 1: there is no field "chatt"; did you mean chat?; there are name, stem, ext,`,
		"é/{":              "at character 3: a { without its }",
		"a}b":              "at character 2: a } without its {",
		"{path}":           `there is no field "path"`, // not known yet
		"{}":               `there is no field ""`,
		"{date:yesterday}": `"yesterday" is no layout of a date`,
		"{index:x}":        `"x" is no number of digits`,
		"{caption:0}":      "from 1 to 200",
	} {
		_, err := Parse(template)
		if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", template, err, want)
		}
	}
}

func TestASCII(t *testing.T) {
	for name, want := range map[string]string{
		"Film Ω é.mp4":   "Film_e.mp4",
		"a b & c.txt":    "a_b_c.txt",
		"видео.mp4":      "_.mp4",
		"-rf.sh":         "_-rf.sh",
		"ﬁle (1).tar.gz": "file_1_.tar.gz",
		"..":             "",
	} {
		f := sample()
		f.Name = name
		tmpl, err := Parse("{name}")
		if err != nil {
			t.Fatal(err)
		}
		if got := filepath.Base(tmpl.ASCII().Path("d", f, "")); got != want && want != "" {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// FuzzPath holds that whatever strangers write stays one part of the path for each part of the
// template.
func FuzzPath(f *testing.F) {
	f.Add("{chat}/{caption}/{name}", "../..", "/etc/passwd", "..")
	f.Add("{caption:3}{chat}", "\x00\\..", "C:", "con")
	f.Fuzz(func(t *testing.T, template, chat, caption, name string) {
		tmpl, err := Parse(template)
		if err != nil {
			return
		}
		for _, part := range tmpl.parts {
			for _, p := range part {
				if p.field == nil && strings.Contains(p.text, "..") || tmpl.absolute {
					return // The user's own words.
				}
			}
		}
		file := sample()
		file.Name = fetcher.SafeName(name)
		if file.Name == "" {
			file.Name = "x"
		}
		file.Source.Caption, file.Source.Chat.Title = caption, chat
		for _, tmpl := range []*Template{tmpl, tmpl.ASCII()} {
			path := filepath.ToSlash(tmpl.Path("d", file, ""))
			if !strings.HasPrefix(path, "d/") || strings.Count(path, "/") > max(len(tmpl.parts), 1)+1 {
				t.Errorf("%q, %q, %q, %q: %q", template, chat, caption, name, path)
			}
		}
	})
}
