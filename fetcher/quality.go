package fetcher

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/gotd/td/tg"
)

// Quality picks one of the qualities that Telegram keeps of a video. A positive
// one is a bound on the lines of a picture, the shorter side in pixels: 1080
// takes the best of at most 1080 lines, and the smallest if all have more.
type Quality int

const (
	// QualityBest is what was sent, or what has more pixels.
	QualityBest Quality = 0
	// QualitySmallest is the fewest pixels.
	QualitySmallest Quality = -1
)

// ParseQuality reads "best", "smallest", or lines as in "1080" and "1080p".
func ParseQuality(s string) (Quality, error) {
	switch s = strings.ToLower(s); s {
	case "best":
		return QualityBest, nil
	case "smallest":
		return QualitySmallest, nil
	}
	lines, err := strconv.Atoi(strings.TrimSuffix(s, "p"))
	if err != nil || lines < 1 || lines > 1<<16 {
		return 0, fmt.Errorf("%q is no quality: give best, smallest or a number of lines such as 1080", s)
	}
	return Quality(lines), nil
}

// String is the quality as ParseQuality reads it.
func (q Quality) String() string {
	switch q {
	case QualityBest:
		return "best"
	case QualitySmallest:
		return "smallest"
	}
	return strconv.Itoa(int(q))
}

// lines is the shorter side of a picture.
func lines(f File) int { return min(f.Width, f.Height) }

// pick chooses among files of one video, the one that was sent first.
func (q Quality) pick(files []File) File {
	best := files[0]
	for _, f := range files[1:] {
		if q.prefers(f, best) {
			best = f
		}
	}
	return best
}

// prefers reports whether a is better than b.
func (q Quality) prefers(a, b File) bool {
	fewer := a.Width*a.Height < b.Width*b.Height
	more := a.Width*a.Height > b.Width*b.Height
	if q == QualitySmallest {
		return fewer
	}
	if q == QualityBest {
		return more
	}
	switch fitsA, fitsB := lines(a) <= int(q), lines(b) <= int(q); {
	case fitsA && fitsB:
		return more
	case fitsA != fitsB:
		return fitsA
	default:
		return fewer
	}
}

// qualities is the video a document is and its alternatives. Playlists among
// those are left out.
//
// https://core.telegram.org/constructor/messageMediaDocument
func qualities(sent File, others []tg.DocumentClass) []File {
	files := []File{sent}
	for _, class := range others {
		f, ok := documentFile(class)
		if !ok || f.Form != "video" || lines(f) == 0 || !strings.HasPrefix(f.MIME, "video/") {
			continue
		}
		if f.OriginalName == "" && sent.OriginalName != "" {
			stem := strings.TrimSuffix(sent.OriginalName, path.Ext(sent.OriginalName))
			f.OriginalName = fmt.Sprintf("%s_%dp%s", stem, lines(f), extensionOf(f))
		}
		files = append(files, f)
	}
	return files
}

// MarshalText implements encoding.TextMarshaler.
func (q Quality) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (q *Quality) UnmarshalText(text []byte) (err error) {
	*q, err = ParseQuality(string(text))
	return err
}
