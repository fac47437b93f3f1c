package field

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func TestFields(t *testing.T) {
	full := Item{Link: "t.me/pets/42", Result: fetcher.Result{Path: "a/b.mp4", SHA256: []byte{0xab}, File: fetcher.File{
		Kind: fetcher.Document, ID: 77, Name: "b.mp4", Form: "video", Size: 5, MIME: "video/mp4", DC: 4,
		Width: 1920, Height: 1080, Duration: 90 * time.Second, Date: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Source: fetcher.Source{
			Chat: session.Peer{ID: 9, Title: "Cats", Username: "pets"}, Message: 42, Album: 6, AlbumIndex: 2,
			Caption: "One\ttwo\n\x1b[31mthree", Sender: session.Peer{ID: 3, Title: "Ann"},
		},
	}}}
	seen := map[string]bool{}
	for _, f := range All() {
		if seen[f.Name] || f.About == "" {
			t.Errorf("%s: twice, or not described", f.Name)
		}
		seen[f.Name] = true
		if a, b := reflect.TypeOf(f.Value(Item{})), reflect.TypeOf(f.Value(full)); a != b {
			t.Errorf("%s is a %s, or a %s", f.Name, a, b)
		}
		text := f.Text(full)
		if !f.Known(full) || text == "" || strings.ContainsAny(text, "\t\n\x1b") {
			t.Errorf("%s: %q", f.Name, text)
		}
		if raw := f.ForPrograms(full); raw != text {
			t.Errorf("%s: %q for programs", f.Name, raw)
		}
		if known := f.Known(Item{}); known && f.Name != "size" && f.Name != "id" {
			t.Errorf("%s of nothing is known: %v", f.Name, f.Value(Item{}))
		}
	}
	size, err := Find(Early(), "size")
	if err != nil || size.Known(Item{Result: fetcher.Result{File: fetcher.File{Size: fetcher.UnknownSize}}}) {
		t.Errorf("an unknown size is known; %v", err)
	}
	_, err = Find(Early(), "path")
	if _, ok := errors.AsType[*UnknownError](err); !ok {
		t.Errorf("path is known early: %v", err)
	}
}

// A path that a program reads has to name the file, whatever the user's folder is called.
func TestPathsForProgramsAreExact(t *testing.T) {
	path, err := Find(All(), "path")
	if err != nil {
		t.Fatal(err)
	}
	for given, shown := range map[string]string{
		"\u200fd\xff/f  \U0001FACD": `\u200fd` + "\ufffd/f  \U0001FACD",
		"a\nb\t/\x1b":               `a b /\u001b`,
	} {
		item := Item{Result: fetcher.Result{Path: given}}
		if got := path.ForPrograms(item); got != given {
			t.Errorf("%q for %q", got, given)
		}
		if got := path.Text(item); got != shown {
			t.Errorf("a terminal shows %q for %q, want %q", got, given, shown)
		}
	}
}
