package pick

import (
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func TestExpr(t *testing.T) {
	item := field.Item{Link: "t.me/pets/42", Result: fetcher.Result{File: fetcher.File{
		Kind: fetcher.Document, ID: 77, Name: "Film.MP4", Form: "video", Size: 5 << 20, MIME: "video/mp4",
		Width: 1920, Height: 1080, Duration: 90 * time.Second, Date: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Source: fetcher.Source{
			Chat: session.Peer{ID: 9, Title: "Cats", Username: "pets"}, Message: 42, Caption: "Tom and Jerry, part 2",
			Sender: session.Peer{ID: 3, Title: "Ann"},
		},
	}}}
	for text, want := range map[string]bool{
		`size > 1000`: true,
		`size >= bytes("5MiB") and size < bytes("6M")`:           true,
		`size > bytes("1G")`:                                     false,
		`ext in ["mp4", "mkv"]`:                                  true,
		`kind == "photo" || width > height`:                      true,
		`date > when("2026-01-30") && date < when("2026-02-02")`: true,
		`date > when("1h")`:                                      false,
		`duration < 60`:                                          false,
		`lower(caption) contains "jerry"`:                        true,
		`caption matches "part [0-9]+$"`:                         true,
		`not (sender == "Ann")`:                                  false,
		`msg_id in 40..50 and chat_id == 9`:                      true,
		`album == 0`:                                             true,
		`name startsWith "Film" and mime == "video/mp4"`:         true,
	} {
		var e Expr
		if err := e.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := e.Wants(item); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if yes, err := new(Expr).Wants(item); !yes || err != nil {
		t.Errorf("no condition: %v, %v", yes, err)
	}
}

func TestExprErrors(t *testing.T) {
	for text, want := range map[string]string{
		`siz > 5`:           `at character 1: there is no field "siz"; did you mean size?; there are name,`,
		`size > "5M"`:       `at character 6: invalid operation`,
		`size`:              `expected bool`,
		`size >`:            `unexpected token EOF`,
		`size > bytes("x")`: `give a size such as`,
		`date > when("x")`:  `give a day such as`,
		`path == "x"`:       `there is no field "path"`, // not known yet
		``:                  `unexpected token EOF`,
	} {
		var e Expr
		err := e.Set(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	var e Expr
	if err := e.Set(`int(caption) > 5`); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Wants(field.Item{Result: fetcher.Result{File: fetcher.File{Source: fetcher.Source{Caption: "x"}}}}); err == nil {
		t.Error("a caption that is no number was taken for one")
	}
}
