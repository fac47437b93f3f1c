package pick

import (
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/fetcher"
)

func size(t *testing.T, text string) (s Size) {
	t.Helper()
	if err := s.Set(text); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "500k": 500_000, "5M": 5_000_000, "5MiB": 5 << 20, "1.5 GiB": 3 << 29, "2 GB": 2_000_000_000,
	} {
		if got := size(t, text); got.Bytes != want || !got.Given || got.String() != text {
			t.Errorf("%q is %+v, want %d bytes", text, got, want)
		}
	}
	for _, text := range []string{"", "-1", "x", "5 parsecs", "99999999999 EB"} {
		var s Size
		if err := s.Set(text); err == nil || s.Given {
			t.Errorf("%q is %+v, want an error", text, s)
		}
	}
}

func TestMoments(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.Local)
	for _, c := range []struct {
		text  string
		until bool
		want  time.Time
	}{
		{"2026-01-31", false, time.Date(2026, 1, 31, 0, 0, 0, 0, time.Local)},
		{"2026-01-31", true, time.Date(2026, 2, 1, 0, 0, 0, 0, time.Local)},
		{"2026-01-31T12:00:00Z", true, time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)},
		{"7d", false, now.AddDate(0, 0, -7)},
		{"2w", false, now.AddDate(0, 0, -14)},
		{"90m", false, now.Add(-90 * time.Minute)},
	} {
		m := Moment{EndOfDay: c.until}
		got, err := m.parse(c.text, now)
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%q is %v, %v; want %v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "-7d", "d", "-5m"} {
		if got, err := new(Moment).parse(text, now); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

func TestFilter(t *testing.T) {
	file := fetcher.File{Name: "Film.MP4", Size: 5 << 20, Date: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)}
	unknown := fetcher.File{Name: "film", Size: fetcher.UnknownSize}
	jan := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name   string
		filter Filter
		file   fetcher.File
		want   string // empty: wanted
	}{
		{"no filter", Filter{}, file, ""},
		{"extension", Filter{Ext: []string{"jpg", ".mp4"}}, file, ""},
		{"other extension", Filter{Ext: []string{"jpg", "png"}}, file, "not one of jpg, png"},
		{"no extension", Filter{Ext: []string{"mp4"}}, unknown, "not one of mp4"},
		{"exactly the least size", Filter{Min: size(t, "5MiB")}, file, ""},
		{"too small", Filter{Min: size(t, "6MiB")}, file, "5.0 MiB is smaller than 6MiB"},
		{"exactly the largest size", Filter{Max: size(t, "5MiB")}, file, ""},
		{"too large", Filter{Max: size(t, "1")}, file, "larger than 1"},
		{"size not known", Filter{Min: size(t, "1"), Max: size(t, "2")}, unknown, ""},
		{"since that moment", Filter{Since: jan(15)}, file, ""},
		{"too old", Filter{Since: jan(16)}, file, "2026-01-15 is too old"},
		{"until that moment", Filter{Until: jan(15)}, file, "2026-01-15 is too new"},
		{"between", Filter{Since: jan(1), Until: jan(16)}, file, ""},
		{"date not known", Filter{Since: jan(1)}, unknown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.filter.Why(c.file); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	for _, f := range []Filter{
		{Min: size(t, "2"), Max: size(t, "1")},
		{Since: jan(2), Until: jan(2)},
	} {
		if f.Check() == "" {
			t.Errorf("%+v: no contradiction found", f)
		}
	}
	if why := (Filter{Min: size(t, "1"), Max: size(t, "1"), Since: jan(1), Until: jan(2)}).Check(); why != "" {
		t.Error(why)
	}
}
