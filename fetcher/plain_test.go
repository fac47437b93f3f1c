package fetcher

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
	"github.com/tgfetch/tgfetch/fetcher/plain/plaintest"
)

// What a file writes about itself can be shown as it is, says what others wrote, and is no longer than
// what is read again.
func TestWhatIsWrittenAboutAFileIsPlain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{plaintest.Text(), strings.Repeat(plaintest.Text(), 1000)} {
		f := File{Kind: Document, ID: 7, Size: 1, MIME: text, OriginalName: text, Source: Source{Message: 3, Caption: text}}
		f.Source.Chat.Title, f.Source.Sender.Title = text, text
		f.Source.Chat.Username, f.Source.Sender.Username = text, text
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x")
		in, err := partfile.OpenFolder(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(writeInfo(&folder{Folder: in}, Result{File: f, Path: path, Bytes: 1}), in.Close()); err != nil {
			t.Fatal(err)
		}
		info, err := os.ReadFile(path + infoSuffix)
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]string{"MarshalJSON": string(data), "info.json": string(info)} {
			if left := plaintest.Left(got); left != "" || !strings.Contains(got, "before") {
				t.Errorf("%s: %s in %.300q", what, left, got)
			}
		}
		back, err := ReadInfo(path)
		if want := strings.ToValidUTF8(text[:50], "\ufffd\ufffd"); err != nil || !strings.HasPrefix(back.Caption, want[:25]) || !back.Is(f) {
			t.Errorf("%v, %.100q", err, back.Caption)
		}
	}
}
