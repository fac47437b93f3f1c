package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"
)

// Characters of which none may arrive: all of C0 and C1, DEL, what turns text around, line and
// paragraph separators, what has no width, tags, fillers, private use.
func hostile() []rune {
	list := []rune{0x7f, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x180b, 0x180e, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029,
		0x2060, 0x2064, 0x2065, 0x206a, 0x3164, 0xfe00, 0xfeff, 0xffa0, 0xfff9, 0xe000, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0x1d173}
	for r := range rune(0x20) {
		list = append(list, r, 0x80+r)
	}
	for r := rune(0x202a); r <= 0x202e; r++ {
		list = append(list, r)
	}
	for r := rune(0x2066); r <= 0x2069; r++ {
		list = append(list, r)
	}
	return list
}

func TestNothingHostileArrives(t *testing.T) {
	for _, r := range hostile() {
		s := "a" + string(r) + "b"
		if got := Text(s); strings.ContainsRune(got, r) || !strings.HasPrefix(got, "a") || !strings.HasSuffix(got, "b") {
			t.Errorf("%U: Text is %q", r, got)
		}
		if got := Name(s); got != "ab" {
			t.Errorf("%U: Name is %q", r, got)
		}
		var written bytes.Buffer
		if _, err := NewWriter(&written).Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if got := written.String(); strings.ContainsRune(got, r) && r != '\n' && r != '\t' {
			t.Errorf("%U: Writer wrote %q", r, got)
		}
		var line bytes.Buffer
		if err := Encode(&line, map[string]string{"x": s}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(strings.TrimSuffix(line.String(), "\n"), r) {
			t.Errorf("%U: JSON is %q", r, line.String())
		}
		var back map[string]string
		if err := json.Unmarshal(line.Bytes(), &back); err != nil || back["x"] != s {
			t.Errorf("%U: JSON is %q, which reads as %q, %v", r, line.String(), back["x"], err)
		}
	}
}

func TestText(t *testing.T) {
	england := "\U0001F3F4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
	family := "\U0001F469\u200d\U0001F469\u200d\U0001F467"
	for given, want := range map[string]string{
		"":                         "",
		"plain, and \\ \"quoted\"": "plain, and \\ \"quoted\"",
		"Отчёт 日本　語 \u00a0é e\u0301":           "Отчёт 日本　語 \u00a0é e\u0301",
		"می\u200cخواهم":                        "می\u200cخواهم",
		"क्\u200dष":                            "क्\u200dष",
		family:                                 family,
		"❤\ufe0f\u200d\U0001F525":              "❤\ufe0f\u200d\U0001F525",
		"pass\u200dword":                       `pass\u200dword`,
		"é\u200d":                              `é\u200d`,
		"one\ntwo\r\nthree\rfour\tx":           "one two three four x",
		"\x1b[2J\x9b2J":                        `\u001b[2J` + "\ufffd2J",
		"\u202egpj.exe":                        `\u202egpj.exe`,
		"\U000e0041":                           `\udb40\udc41`,
		"\U0001FAC8\U0001FACD\u0870\U0001FADC": "\U0001FAC8\U0001FACD\u0870\U0001FADC", // newer than Go's tables, or may be
		"\ufffe\U0001ffff\ufdd0\U0010ffff":     `\ufffe\ud83f\udfff\ufdd0\udbff\udfff`,
		"\u2065\ufff0\U000e0080\U000e0fff":     `\u2065\ufff0\udb40\udc80\udb43\udfff`, // set apart for what hides
		england + "!":                          england + "!",
		england[:len(england)-4]:               "\U0001F3F4" + `\udb40\udc67\udb40\udc62\udb40\udc65\udb40\udc6e\udb40\udc67`,
		"\U0001F3F4\U000e0067\U000e007f":       "\U0001F3F4" + `\udb40\udc67\udb40\udc7f`,
		"a" + england[4:8]:                     `a\udb40\udc67`,
		"葛\U000e0100城 﨑\ufe00":                 "葛\U000e0100城 﨑\ufe00",
		"葛\U000e0100\U000e0101":                "葛\U000e0100" + `\udb40\udd01`,
		"é\U000e0100 葛\ufe0d":                  `é\udb40\udd00 葛\ufe0d`,
		"ᠮ\u180bᠣ a\u180b":                     "ᠮ\u180bᠣ " + `a\u180b`,
		"അവന\u0d4d\u200d, ക\u0d4d\u200c":       "അവന\u0d4d\u200d, ക\u0d4d\u200c",
		"\u06dd١ \u0600\u0605\u08e2\U000110bd": "\u06dd١ \u0600\u0605\u08e2\U000110bd",
		"1\ufe0f\u20e3 1\ufe0f a\ufe0e\ufe0e":  "1\ufe0f\u20e3 " + `1\ufe0f a\ufe0e\ufe0e`,
		"é\ufe00\u200dé\u200d\ufe00":           `é\ufe00\u200dé\u200d\ufe00`,
		"\xff\xfea\xc3":                        "\ufffd\ufffda\ufffd",
	} {
		if got := Text(given); got != want {
			t.Errorf("Text(%q) = %q, want %q", given, got, want)
		}
	}
}

// Marks without end stand on the lines above and below.
func TestMarksAreBounded(t *testing.T) {
	for _, between := range []string{"", "\u200d"} {
		got := Text("a" + strings.Repeat("\u0301"+between, 1000))
		if n := strings.Count(got, "\u0301"); n > maxMarks {
			t.Errorf("%d marks are left", n)
		}
	}
}

func TestLongTextIsCut(t *testing.T) {
	for _, unit := range []string{"a", "é", "\u202e", "\x1b", "\xff", "日", "\n", "a\u0301", "\U000e0041", "é\u200d", "1\ufe0f\u20e3", "葛\U000e0100",
		"\U0001F3F4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"} {
		for _, extra := range []int{-3, -2, -1, 0, 1, 2, 10 << 20 / len(unit)} {
			s := strings.Repeat(unit, MaxText/utf8.RuneCountInString(unit)+extra)
			got := Text(s)
			if n := utf8.RuneCountInString(got); n > MaxText {
				t.Fatalf("%d of %q: %d characters are left", len(s), unit, n)
			}
			if again := Text(got); again != got {
				t.Fatalf("%d of %q: Text of Text differs", len(s), unit)
			}
			if strings.Count(got, `\u`)*6 != strings.Count(got, `\`)*6 || strings.HasSuffix(strings.TrimSuffix(got, ellipsis), `\u`) {
				t.Fatalf("%d of %q: an escape is cut: %q", len(s), unit, got[len(got)-20:])
			}
		}
	}
	if s := strings.Repeat("a", MaxText); Text(s) != s {
		t.Error("a text of the longest length is cut")
	}
}

func TestFileKeepsWhatLanguagesNeed(t *testing.T) {
	const given = "line\n\tשלום\u200f! \x1b]0;x\a\u009b\x7f\xff\r\n"
	const want = "line\n\tשלום\u200f! " + `\u001b]0;x\u0007\u009b\u007f` + "\ufffd" + `\u000d` + "\n"
	if got := File(given); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestValuesForgeNoLine(t *testing.T) {
	var b strings.Builder
	forged := errors.New("no\ntgfetch: all files done\r\x1b[2K")
	if _, err := Fprintf(&b, "%s: %v, %q in %v, %5d, %.1f\n", "na\nme", forged, "x\u202e", 2*time.Second, 7, 1.5); err != nil {
		t.Fatal(err)
	}
	const want = `na me: no tgfetch: all files done \u001b[2K, "x\\u202e" in 2s,     7, 1.5` + "\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

func TestWriter(t *testing.T) {
	const given = "日本\r\nx\rover\ttab \x1b[31mred\x1b[0m \x1b[2J\u202e\xff end\n"
	const plainly = "日本\nx\nover\ttab "
	const rest = `\u001b[2J\u202e` + "\ufffd end\n"
	for _, c := range []struct {
		make func(io.Writer) *Writer
		want string
	}{
		{NewWriter, plainly + `\u001b[31mred\u001b[0m ` + rest},
		{NewColourWriter, plainly + "\x1b[31mred\x1b[0m " + rest},
	} {
		var whole bytes.Buffer
		if n, err := c.make(&whole).Write([]byte(given)); n != len(given) || err != nil {
			t.Fatal(n, err)
		}
		if whole.String() != c.want {
			t.Errorf("%q, want %q", whole.String(), c.want)
		}
	}
	// However it is cut into pieces, nothing of it is lost.
	var bytewise bytes.Buffer
	w := NewWriter(&bytewise)
	if _, err := io.Copy(w, iotest.OneByteReader(strings.NewReader(given))); err != nil {
		t.Fatal(err)
	}
	if want := plainly + `\u001b[31mred\u001b[0m ` + rest; bytewise.String() != want {
		t.Errorf("byte by byte: %q, want %q", bytewise.String(), want)
	}
	failing := NewWriter(iotest.TruncateWriter(io.Discard, 0))
	if _, err := failing.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	broken, end := io.Pipe()
	broken.Close()
	if _, err := NewWriter(end).Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want the other writer's", err)
	}
}

func TestJSONIsCutAndStaysJSON(t *testing.T) {
	for _, unit := range []string{"a", `"`, `\`, "\x01", "é", "\u202e", "\U000e0041", "\x7f", "\u2028"} {
		var b bytes.Buffer
		in := []string{strings.Repeat(unit, 1<<20/len(unit)), "next" + unit}
		if err := Encode(&b, in); err != nil {
			t.Fatal(err)
		}
		var back []string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatalf("%q: %v", unit, err)
		}
		cut, ok := strings.CutSuffix(back[0], ellipsis)
		if !ok || !strings.HasPrefix(in[0], cut) || len(cut) < MaxString/6-1 || len(cut) > MaxString || back[1] != in[1] {
			t.Errorf("%q: %d bytes are left, then %q", unit, len(cut), back[1])
		}
	}
	for _, same := range []string{`{"a\"b":[1,-2.5e3,true,null,"é\u00e9\\"],"":{}}`, strings.Repeat(`["`+strings.Repeat("b", MaxString)+`"]`, 2)} {
		if got := string(JSON([]byte(same))); got != same {
			t.Errorf("%.60s… became %.60s…", same, got)
		}
	}
}

func TestAttr(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: Attr}))
	log.Warn("mess\nage", "text", "a\nb\u202e", "err", fmt.Errorf("x: %w", errors.New("\x1b[2J\n")), "n", 3, "list", []string{"\u009b"},
		"took", time.Second, slog.Group("g", "long", strings.Repeat("x", 10<<20)))
	var got struct {
		Level, Msg, Text, Err, List string
		N                           int
		G                           struct{ Long string }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Level != "WARN" || got.Msg != "mess age" || got.Text != `a b\u202e` || got.Err != `x: \u001b[2J ` || got.List != `[\u009b]` || got.N != 3 ||
		utf8.RuneCountInString(got.G.Long) != MaxText {
		t.Errorf("%+.200v", got)
	}
}

// depends are the characters of hostile that belong to what may be before them.
const depends = "\u180b\ufe00\U000e007f\U000e0100"

func FuzzText(f *testing.F) {
	f.Add("a\u200db\u202e\x1b[2J\xff\nc")
	f.Add(strings.Repeat("é\u0301", 40))
	f.Add("1\ufe0f\u20e3\U0001F3F4\U000e0067\U000e0062\U000e0065\U000e007f葛\U000e0100\u0d4d\u200d\u06dd\U0001FACD")
	f.Fuzz(func(t *testing.T, s string) {
		text := Text(s)
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxText || Text(text) != text {
			t.Errorf("Text(%q) = %q", s, text)
		}
		if strings.ContainsFunc(text, func(r rune) bool {
			return unicode.IsControl(r) || slices.Contains(hostile(), r) && !strings.ContainsRune(depends, r)
		}) {
			t.Errorf("Text(%q) = %q", s, text)
		}
		name := Name(s)
		if Name(name) != name || utf8.RuneCountInString(name) <= MaxText && Text(name) != name {
			t.Errorf("Name(%q) = %q, whose Text is %q", s, name, Text(name))
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := errors.Join(json.Unmarshal(data, &want), json.Unmarshal(JSON(data), &got)); err != nil {
			t.Fatal(err)
		}
		if len(want) < MaxString/6 && got != want {
			t.Errorf("%q became %q", want, got)
		}
	})
}
