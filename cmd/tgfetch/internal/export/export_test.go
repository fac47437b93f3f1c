package export

import (
	"errors"
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
	for link, e := range Links(r, nil) {
		if _, skipped := errors.AsType[*SkipError](e); skipped {
			continue
		}
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
		"<html>":                  "this is an export as HTML",
		"\uFEFF<!DOCTYPE html>":   "Machine-readable JSON",
		"[]":                      "[ in place of {",
		`{"a": {"b": [1, {}]}}`:   "no chats and no messages",
		`{"messages": [{"id": 1}`: "its end is missing",
		`{"messages": {"a": []}}`: "no chats and no messages",
		`{"id": "three"}`:         "no chats and no messages",
		`{"messages": [1, }`:      "invalid character",
	} {
		links, err := read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || len(links) > 0 {
			t.Errorf("%s: %q, %v; want %s", text, links, err, want)
		}
	}
	for link, err := range Links(strings.NewReader(`{"type": "bot_chat", "id": 3, "messages": [{"id": 1, "file": "x"}, {"id": 2, "file": "x"}]}`), nil) {
		if err != nil || link.First != 1 {
			t.Errorf("%v, %v", link, err)
		}
		break
	}
}

// TestWhatIsNotUnderstoodEndsNothing has an export whose items are odd in every way but the last.
func TestWhatIsNotUnderstoodEndsNothing(t *testing.T) {
	const text = `{"chats": {"list": [
		5, [{}],
		{"name": "New", "type": "of_tomorrow", "id": 4, "messages": [{"id": 1, "file": "x"}]},
		{"type": "public_channel", "messages": [{"id": 1, "file": "x"}]},
		{"name": "Words", "type": "bot_chat", "id": "three", "messages": [{"id": 1, "file": "x"}]},
		{"name": ["?"], "type": "bot_chat", "id": 8, "messages": {"id": [1, {"x": 2}]}},
		{"name": "Moved", "type": "private_supergroup", "id": 6, "messages": [
			{"id": -999999990, "photo": "x"}, {"id": -999999989, "text": "no file"},
			{"id": 3000000000, "file": "x"}, {"id": "seven", "file": "x"}, {"id": 12, "file": {"x": []}}, "message",
			{"id": 9, "file": "x"}]}]},
	"left_chats": [7]}`
	var links, skips []string
	for link, err := range Links(strings.NewReader(text), nil) {
		if skip, ok := errors.AsType[*SkipError](err); ok {
			skips = append(skips, skip.Error())
		} else if err != nil {
			t.Fatal(err)
		} else {
			links = append(links, link.String())
		}
	}
	if want := []string{"https://t.me/c/6/-999999990?single", "https://t.me/c/6/9?single"}; !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
	want := []string{
		`a chat: it is not understood: 5 in place of {`,
		`a chat: it is not understood: [ in place of {`,
		`chat "New": "of_tomorrow" is an unknown type of chat; its files: 1`,
		`a chat: no chat has the number 0; its files: 1`,
		`chat "Words": it is not understood: a value of the type string is out of place`,
		`chat 8: it is not understood: { in place of [`,
		`message 3000000000 of chat "Moved": no message has that number`,
		`message 0 of chat "Moved": it is not understood: a value of the type string is out of place`,
		`message 12 of chat "Moved": it is not understood: a value of the type object is out of place`,
		`message 0 of chat "Moved": it is not understood: a value of the type string is out of place`,
		`a chat: it is not understood: [ in place of {`,
	}
	if !slices.Equal(skips, want) {
		t.Errorf("skips\n%s\nwant\n%s", strings.Join(skips, "\n"), strings.Join(want, "\n"))
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
	for link, err := range Links(in, nil) {
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
