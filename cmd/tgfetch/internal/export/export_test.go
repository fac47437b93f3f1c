package export

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/fetcher"
)

func read(r io.Reader) (links []string, err error) {
	for link, e := range Links(r) {
		if e != nil {
			return links, e
		}
		links = append(links, link.String())
	}
	return links, nil
}

func TestExports(t *testing.T) {
	for name, want := range map[string][]string{
		"chat.json": {"https://t.me/c/1600000001/2?single", "https://t.me/c/1600000001/9?single", "https://t.me/c/1600000001/10?single"},
		"account.json": {
			"tg://openmessage?user_id=7002&message_id=11&single", "https://t.me/me/13?single", "https://t.me/c/1600000002/14?single",
			"tg://openmessage?chat_id=4000&message_id=15&single", "https://t.me/c/1600000009/16?single",
		},
	} {
		f, err := os.Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got, err := read(f)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
		for _, link := range got {
			if _, err := fetcher.ParseLink(link); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWhatIsNoExport(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "at byte 0: its end is missing",
		"<html>":                  "invalid character '<'",
		"[]":                      "[ in place of {",
		`{"a": {"b": [1, {}]}}`:   "no chats and no messages",
		`{"messages": [{"id": 1}`: "its end is missing",
		`{"messages": 5}`:         "5 in place of [",
		`{"type": "x", "id": 3, "messages": [{"id": 1, "file": "x"}]}`:               `"x" is an unknown type`,
		`{"type": "public_channel", "messages": [{"id": 1, "file": "x"}]}`:           "a chat has the number 0",
		`{"type": "public_channel", "id": 3, "messages": [{"id": -1, "file": "x"}]}`: "-1 is no message's number",
		`{"id": "three"}`: "cannot unmarshal",
	} {
		links, err := read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || len(links) > 0 {
			t.Errorf("%s: %q, %v; want %s", text, links, err, want)
		}
	}
	for link, err := range Links(strings.NewReader(`{"type": "bot_chat", "id": 3, "messages": [{"id": 1, "file": "x"}, {"id": 2, "file": "x"}]}`)) {
		if err != nil || link.First != 1 {
			t.Errorf("%v, %v", link, err)
		}
		break
	}
}

// endless is an export of many messages without media, made as it is read.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	const message = `{"id": 1, "text": "` + "Some words that nobody needs to remember. " + `"}, `
	if len(p) < len(message) || e.left == 0 {
		return 0, io.EOF
	}
	e.left--
	return copy(p, message), nil
}

func TestMemoryDoesNotGrowWithTheExport(t *testing.T) {
	var before, after runtime.MemStats
	in := io.MultiReader(strings.NewReader(`{"type": "bot_chat", "id": 3, "messages": [`), &endless{60_000},
		strings.NewReader(`{"id": 2, "file": "x"}]}`))
	runtime.GC()
	runtime.ReadMemStats(&before)
	for link, err := range Links(in) {
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err != nil || link.First != 2 {
			t.Fatalf("%v, %v", link, err)
		}
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
