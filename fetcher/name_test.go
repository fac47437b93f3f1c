package fetcher

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

func TestSafeName(t *testing.T) {
	for given, want := range map[string]string{
		"film.mp4":                         "film.mp4",
		"с пробелом.txt":                   "с пробелом.txt",
		"../../x":                          "x",
		"/etc/passwd":                      "etc_passwd",
		`C:\x`:                             "C_x",
		`\\server\share\x`:                 "server_share_x",
		"a/../../b":                        "a_b",
		"..":                               "",
		".":                                "",
		"...":                              "",
		"":                                 "",
		"   ":                              "",
		"/":                                "",
		".bashrc":                          "bashrc",
		"..hidden":                         "hidden",
		"x\x00y":                           "xy",
		"two\nlines\r\n":                   "twolines",
		"a\u202egpj.exe":                   "agpj.exe",
		"\u200e\u2066a\u2069":              "a",
		"\u200fa\u202a\u061c\u2068b":       "ab",
		"می\u200cخواهم.pdf":                "می\u200cخواهم.pdf", // Persian for "I want".
		"\U0001F469\u200d\U0001F680.jpg":   "\U0001F469\u200d\U0001F680.jpg",
		"क्\u200dष":                        "क्\u200dष",
		"\u200d":                           "",
		" \u200b\u200d/ \u00ad":            "",
		"tab\tname":                        "tabname",
		"what?*<>|\".txt":                  "what______.txt",
		"trailing. . .":                    "trailing",
		"trailing ":                        "trailing",
		"CON":                              "_CON",
		"nul.txt":                          "_nul.txt",
		"com1.tar.gz":                      "_com1.tar.gz",
		"LPT¹":                             "_LPT¹",
		"COM10":                            "COM10",
		"-rf":                              "_-rf",
		"_-rf":                             "_-rf", // What is safe stays as it is.
		".. --x.sh":                        "_--x.sh",
		"a-b":                              "a-b",
		"film.mp4.part":                    "film.mp4.part_",
		"film.mp4.PART.journal":            "film.mp4.PART.journal_",
		"film.mp4.info.j\u017fon":          "film.mp4.info.j\u017fon_",
		"film.mp4.info.j\u200dson":         "film.mp4.info.json_",
		"film.mp4.\uff50art":               "film.mp4.\uff50art_",
		"film.mp4.PAR\u0054":               "film.mp4.PART_",
		"film.mp4.info.json. ":             "film.mp4.info.json_",
		"film.mp4.Caption.txt":             "film.mp4.Caption.txt_",
		"caption.txt":                      "caption.txt",
		"data.json":                        "data.json",
		strings.Repeat("a", 300) + ".part": strings.Repeat("a", maxName-5) + ".part_",
		"CONSOLE":                          "CONSOLE",
		"\U0001FACD\U0001FAC8.mp4":         "\U0001FACD\U0001FAC8.mp4", // newer than Go's tables, or may be
		"\u200b\u202e.mp4":                 "",
		"  .tar.gz":                        "",
		"\ufe0f.mp4":                       "",
		"\u200b/.mp4":                      "",
		"/.bashrc":                         "bashrc",
		"葛\U000e0100.txt":                  "葛\U000e0100.txt",
		"bad\xff\xfeutf8":                  "bad_utf8",
		"name:stream":                      "name_stream",
		strings.Repeat("a", 300):           strings.Repeat("a", maxName),
		strings.Repeat("a", 300) + ".mp4":  strings.Repeat("a", maxName-4) + ".mp4",
		strings.Repeat("я", 150) + ".mp4":  strings.Repeat("я", 98) + ".mp4",
		"." + strings.Repeat("e", 300):     strings.Repeat("e", maxName),
	} {
		if got := SafeName(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, seed := range []string{"../../x", `C:\x`, "con.", "a\x00", "\u202e", ". .", strings.Repeat("я", 200)} {
		f.Add(seed)
	}
	f.Add("x.part.journal")
	f.Add(" -rf")
	f.Add("\u200d\U000e0041é\u200d.é")
	f.Add(strings.Repeat("é\u200dé", 60))
	f.Fuzz(func(t *testing.T, given string) {
		name := fileName(File{Kind: Document, ID: 7, OriginalName: given})
		switch {
		case SafeName(name) != name:
			t.Fatalf("%q becomes %q, which becomes %q", given, name, SafeName(name))
		case name == "" || name == "." || name == ".." || len(name) > longestName:
			t.Fatalf("%q becomes %q", given, name)
		case filepath.Base(name) != name || !filepath.IsLocal(name) || strings.ContainsAny(name, "/\\:\x00\n"):
			t.Fatalf("%q becomes %q, which is no element of a path", given, name)
		case !utf8.ValidString(name) || strings.ContainsAny(name[:1], ".-") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
			t.Fatalf("%q becomes %q", given, name)
		case plain.Text(name) != name:
			t.Fatalf("%q becomes %q, which a terminal gets as %q", given, name, plain.Text(name))
		case bookkeepingName(name):
			t.Fatalf("%q becomes %q, which could be taken for our own", given, name)
		case reservedName(name):
			t.Fatalf("%q becomes %q, which is a device", given, name)
		}
	})
}

func TestDerivedName(t *testing.T) {
	document := func(mime string, attributes ...tg.DocumentAttributeClass) File {
		f, _ := documentFile(&tg.Document{ID: 42, MimeType: mime, Attributes: attributes})
		return f
	}
	for want, f := range map[string]File{
		"document_42.bin":   document("application/octet-stream"),
		"document_42.pdf":   document("Application/PDF; x=y"),
		"video_42.mp4":      document("video/mp4", &tg.DocumentAttributeVideo{}),
		"round_42.mp4":      document("video/mp4", &tg.DocumentAttributeVideo{RoundMessage: true}),
		"voice_42.ogg":      document("audio/ogg", &tg.DocumentAttributeAudio{Voice: true}),
		"audio_42.mp3":      document("audio/mpeg", &tg.DocumentAttributeAudio{}),
		"sticker_42.webp":   document("image/webp", &tg.DocumentAttributeSticker{}),
		"animation_42.mp4":  document("video/mp4", &tg.DocumentAttributeAnimated{}),
		"photo_42.jpg":      {Kind: Photo, ID: 42, MIME: "image/jpeg", Form: "photo"},
		"photo_43.jpg":      {Kind: Photo, ID: 43, MIME: "image/jpeg"},
		"video_42.mkv":      document("video/x-matroska", &tg.DocumentAttributeVideo{}, &tg.DocumentAttributeFilename{FileName: "\u200b\u2060.mkv"}),
		"the sender's.name": document("video/mp4", &tg.DocumentAttributeFilename{FileName: "the sender's.name"}),
	} {
		if got := fileName(f); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNumbered(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		want string
	}{
		{"film.mp4", 0, "film.mp4"}, {"film.mp4", 1, "film.42.mp4"}, {"film.mp4", 2, "film.42-2.mp4"},
		{"film", 1, "film.42"}, {".x", 1, ".x.42"}, {"a.tar.gz", 1, "a.tar.42.gz"},
	} {
		if got := numbered(tt.name, 42, tt.n); got != tt.want {
			t.Errorf("%q number %d is %q, want %q", tt.name, tt.n, got, tt.want)
		}
	}
}
