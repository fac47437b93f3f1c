package fetcher

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gotd/td/tg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// maxName bounds a file's name, in bytes. File systems allow 255; the rest is
// for the id and the suffixes a name may get.
const maxName = 200

// longestName is the longest that SafeName makes of it: guardName adds to it.
const longestName = maxName + 2

// maxExt is the longest extension, in bytes, that is kept when a name is cut.
const maxExt = 16

// fileName is the name to save a file under: what its sender called it, made
// safe, or else its kind and id.
func fileName(f File) string {
	if name := SafeName(f.OriginalName); name != "" {
		return name
	}
	form := f.Form
	if form == "" {
		form = string(f.Kind)
	}
	return SafeName(fmt.Sprintf("%s_%d%s", form, f.ID, extensionOf(f)))
}

// SafeName makes one path element of a name that may be hostile. It is empty
// if nothing is left of it, or nothing before its extension.
func SafeName(name string) string {
	given := name
	name = strings.Map(safeRune, plain.Name(strings.ToValidUTF8(name, "_")))
	if !strings.ContainsFunc(name, visible) {
		return ""
	}
	var kept []string
	for piece := range strings.SplitSeq(name, "/") {
		if piece = strings.Trim(piece, " "); strings.Trim(piece, ".") != "" {
			kept = append(kept, piece)
		}
	}
	name = strings.Join(kept, "_")
	if strings.HasPrefix(name, ".") && !strings.ContainsAny(given[:1], `./\:`) {
		return "" // Only the extension is left.
	}
	name = strings.TrimLeft(name, ". ")
	if safe := guardName(strings.TrimRight(name, ". ")); safe == given && len(safe) <= longestName {
		return given // What is safe stays as it is.
	}
	return guardName(strings.TrimRight(plain.Name(cutName(name)), ". "))
}

// guardName changes names that mean something to others than people: a dash in
// front would be taken for an option, by rm * for one.
func guardName(name string) string {
	if reservedName(name) || strings.HasPrefix(name, "-") {
		name = "_" + name
	}
	if bookkeepingName(name) {
		name += "_"
	}
	return name
}

// bookkeepingName reports names that belong to what is kept beside a file. A sender
// who could choose them could plant the remains of another file's download.
func bookkeepingName(name string) bool {
	name = foldName(name)
	for _, suffix := range []string{".part", ".journal", ".info.json", ".caption.txt"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// foldName is a name as the file systems that fold most take it: APFS, HFS+ and NTFS take
// letters of either case, composed or not, for one, ſ for s among them, and HFS+ leaves
// out what does not show.
func foldName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, name)
	return cases.Fold().String(norm.NFKC.String(name))
}

// visible reports runes that make a name.
func visible(r rune) bool { return r != '/' && !unicode.IsSpace(r) }

// safeRune makes a slash of everything that separates path elements somewhere.
// What does not show, or turns text around, is gone already.
func safeRune(r rune) rune {
	switch {
	case strings.ContainsRune(`/\:`, r):
		return '/'
	case strings.ContainsRune(`<>"|?*`, r):
		return '_'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// cutName shortens a name to maxName bytes and keeps its extension.
func cutName(name string) string {
	if len(name) <= maxName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > maxExt {
		ext = ""
	}
	end := maxName - len(ext)
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + ext
}

// reservedName reports names that are devices on Windows, with any extension.
func reservedName(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if rest, ok := strings.CutPrefix(stem, "COM"); ok {
		return isPortNumber(rest)
	}
	rest, ok := strings.CutPrefix(stem, "LPT")
	return ok && isPortNumber(rest)
}

func isPortNumber(s string) bool {
	return utf8.RuneCountInString(s) == 1 && strings.ContainsAny(s, "0123456789¹²³")
}

func originalName(attributes []tg.DocumentAttributeClass) string {
	for _, a := range attributes {
		// Some senders state several, or an empty one.
		if name, ok := a.(*tg.DocumentAttributeFilename); ok && SafeName(name.FileName) != "" {
			return name.FileName
		}
	}
	return ""
}

// formOf is what a document is to people: the beginning of its derived name.
func formOf(d *tg.Document) string {
	form := string(Document)
	for _, a := range d.Attributes {
		switch a := a.(type) {
		case *tg.DocumentAttributeVideo:
			form = "video"
			if a.RoundMessage {
				return "round"
			}
		case *tg.DocumentAttributeAudio:
			form = "audio"
			if a.Voice {
				return "voice"
			}
		case *tg.DocumentAttributeSticker, *tg.DocumentAttributeCustomEmoji:
			return "sticker"
		case *tg.DocumentAttributeAnimated:
			return "animation"
		}
	}
	return form
}

// extensions is by MIME type, for what Telegram carries without a name. A
// table of our own gives the same names on every system.
var extensions = map[string]string{
	"application/pdf":             ".pdf",
	"application/x-tgsticker":     ".tgs",
	"application/zip":             ".zip",
	"audio/aac":                   ".aac",
	"audio/flac":                  ".flac",
	"audio/m4a":                   ".m4a",
	"audio/mp4":                   ".m4a",
	"audio/mpeg":                  ".mp3",
	"audio/ogg":                   ".ogg",
	"audio/wav":                   ".wav",
	"audio/x-wav":                 ".wav",
	"image/gif":                   ".gif",
	"image/heic":                  ".heic",
	"image/jpeg":                  ".jpg",
	"image/png":                   ".png",
	"image/webp":                  ".webp",
	"text/plain":                  ".txt",
	"video/mp4":                   ".mp4",
	"video/quicktime":             ".mov",
	"video/webm":                  ".webm",
	"video/x-matroska":            ".mkv",
	"application/x-tgwallpattern": ".tgv",
}

func extensionOf(f File) string {
	mime, _, _ := strings.Cut(strings.ToLower(f.MIME), ";")
	if ext, ok := extensions[strings.TrimSpace(mime)]; ok {
		return ext
	}
	return ".bin"
}
