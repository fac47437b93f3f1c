package export

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// all is the links and the skips of an export.
func all(t *testing.T, text string, there func(string) bool) (links, skips []string) {
	t.Helper()
	for link, err := range Links(strings.NewReader(text), there) {
		if skip, ok := errors.AsType[*SkipError](err); ok {
			skips = append(skips, skip.Error())
		} else if err != nil {
			t.Fatal(err)
		} else {
			links = append(links, link.String())
		}
	}
	return links, skips
}

// TestFormerIDs: until 2021 numbers were added to the ids of users and basic groups. Today users have such
// ids of their own.
func TestFormerIDs(t *testing.T) {
	const former = `{"chats": {"list": [
		{"type": "personal_chat", "id": 4294974298, "messages": [{"id": 1, "file": "x", "from_id": 4294974298}]},
		{"type": "private_group", "id": 8589938592, "messages": [{"id": 2, "text": "", "actor_id": 4294974298}, {"id": 3, "photo": "x"}]},
		{"type": "private_supergroup", "id": 1600000001, "messages": [{"id": 4, "file": "x", "from_id": 4294974298}]}]}}`
	links, _ := all(t, former, nil)
	want := []string{
		"tg://openmessage?user_id=7002&message_id=1&single", "tg://openmessage?chat_id=4000&message_id=3&single", "https://t.me/c/1600000001/4?single",
	}
	if !slices.Equal(links, want) {
		t.Errorf("of before: %q, want %q", links, want)
	}
	const now = `{"type": "personal_chat", "id": 4294974298, "messages": [{"id": 1, "file": "x", "from_id": "user4294974298"}]}`
	links, _ = all(t, now, nil)
	if want := []string{"tg://openmessage?user_id=4294974298&message_id=1&single"}; !slices.Equal(links, want) {
		t.Errorf("of now: %q, want %q", links, want)
	}
}

// TestWhatIsBesideTheExport is not asked for again; what is no message is fetched or counted.
func TestWhatIsBesideTheExport(t *testing.T) {
	const text = "\uFEFF" + `{
		"profile_pictures": [{"photo": "profile_pictures/a.jpg"}, {"photo": "(File not included)"}, {"photo": "there"}, {"photo": 1}],
		"stories": [{"id": 5, "media": "(File not included)"}, {"id": 6, "media": "there"}, {"media": "x"}, 7],
		"chats": {"list": [{"name": "B", "type": "bot_chat", "id": 3, "messages": [
			{"id": 1, "file": "there"}, {"id": 2, "file": "(File exceeds maximum size)"}, {"id": 3, "photo": "there"}, {"id": 4, "type": "unsupported"}]}]}}`
	links, skips := all(t, text, func(path string) bool { return path == "there" })
	want := []string{"https://t.me/me/s/5", "tg://openmessage?user_id=3&message_id=2&single", "tg://openmessage?user_id=3&message_id=4&single"}
	if !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
	want = []string{
		`profile pictures: 3 of them are in no message; tgfetch --profile-photos me fetches them`,
		`story 6: its file is beside the export`, `a story: the export does not say its number`,
		`a story: it is not understood: a value of the type number is out of place`,
		`message 1 of chat "B": its file is beside the export`, `message 3 of chat "B": its file is beside the export`,
	}
	if !slices.Equal(skips, want) {
		t.Errorf("skips\n%s\nwant\n%s", strings.Join(skips, "\n"), strings.Join(want, "\n"))
	}
}

func TestExportOfAnotherProgram(t *testing.T) {
	links, skips := all(t, `{"id": 1600000001, "messages": [{"id": 7, "type": "message", "file": "x"}]}`, nil)
	if len(links) > 0 || len(skips) != 1 || !strings.Contains(skips[0], "an export of tdl") || !strings.Contains(skips[0], "https://t.me/c/1600000001/7") {
		t.Errorf("links %q, skips %q", links, skips)
	}
}
