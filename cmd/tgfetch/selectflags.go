package main

import (
	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/pick"
	"github.com/tgfetch/tgfetch/fetcher"
)

// selectFlags say which of the files behind links are downloaded.
type selectFlags struct {
	single, reverse bool
	thumbnails      bool
	pictures        bool
	quality         fetcher.Quality
	ids             pick.Range
	filter          pick.Filter
	expr            pick.Expr
	since, until    pick.Moment
	limit           int
	archive         string
}

func (f *selectFlags) register(flags *pflag.FlagSet) {
	f.until.EndOfDay = true
	flags.BoolVar(&f.single, "single", false, "of an album, only the item that the link names")
	flags.Var(&f.ids, "range", "only some messages: numbers as in 100-200,350,900- or places as in 1:50, the first fifty files of a link")
	flags.BoolVar(&f.reverse, "reverse", false, "whole chats from the oldest message on, not the newest")
	flags.TextVar(&f.quality, "quality", fetcher.QualityBest, "of a video, take `WHICH`: best, smallest or lines as in 1080")
	flags.BoolVar(&f.thumbnails, "write-thumbnail", false, "the largest thumbnail of each document, too")
	flags.BoolVar(&f.pictures, "profile-photos", false, "of each chat, its own picture and nothing else; of a user or bot, those of before, too")
	flags.StringSliceVar(&f.filter.Kinds, "kind", nil, "only these kinds of media, a `LIST` such as photo,video; of whole chats, only what messages carry themselves, which Telegram finds without their text")
	flags.StringSliceVar(&f.filter.Ext, "ext", nil, "only files with these extensions: a `LIST` such as mp4,mkv")
	flags.Var(&f.filter.Min, "min-size", "only files of at least `SIZE`, as in 500k, 5M or 1GiB")
	flags.Var(&f.filter.Max, "max-size", "only files of at most `SIZE`")
	flags.Var(&f.since, "since", "only messages since `WHEN`: 2026-01-31, or 7d for seven days ago")
	flags.Var(&f.until, "until", "only messages until `WHEN`, that day included")
	flags.Var(&f.expr, "filter", "only files for which `EXPR` is true: see help fields")
	flags.IntVar(&f.limit, "limit", 0, "stop after `N` files, with exit code 8 if there are more")
	flags.StringVar(&f.archive, "download-archive", "", "skip what `FILE` lists, and add what is downloaded")
}

// choice is what a run downloads of what its links lead to.
type choice struct {
	single bool // one item of an album
	ids    pick.Range
	filter pick.Filter
	expr   pick.Expr
	limit  int // files at most; 0 is no limit

	resolve fetcher.ResolveOptions
}

func (f *selectFlags) choice() (choice, error) {
	c := choice{single: f.single, ids: f.ids, filter: f.filter, expr: f.expr, limit: f.limit}
	c.filter.Since, c.filter.Until = f.since.Time, f.until.Time
	if why := c.filter.Check(); why != "" {
		return choice{}, &exit.UsageError{Text: why}
	}
	c.resolve = fetcher.ResolveOptions{Quality: f.quality, OldestFirst: f.reverse, Pictures: f.pictures, Kinds: f.filter.Kinds}
	c.resolve.MinID, c.resolve.MaxID = f.ids.Bounds()
	if f.thumbnails {
		c.resolve.Thumbnails = fetcher.WithThumbnails
	}
	return c, nil
}

// why is the reason why a file is not wanted; empty if it is. The error is a *exit.UsageError about the
// condition.
func (c *choice) why(f fetcher.File, link string) (string, error) {
	if why := c.filter.Why(f); why != "" {
		return why, nil
	}
	yes, err := c.expr.Wants(field.Item{Result: fetcher.Result{File: f}, Link: link})
	switch {
	case err != nil:
		return "", &exit.UsageError{Text: err.Error()}
	case yes:
		return "", nil
	}
	return "filtered: not " + c.expr.String(), nil
}

// passed reports whether all that follows a file in a whole chat is beyond --since or --until.
func (c *choice) passed(f fetcher.File) bool {
	if c.resolve.OldestFirst {
		return !c.filter.Until.IsZero() && !f.Date.Before(c.filter.Until)
	}
	return f.Date.Before(c.filter.Since)
}

// hasItem reports whether a message or a story is in the range, as far as its number tells.
func (c *choice) hasItem(link fetcher.Link) bool {
	return link.First != link.Last || link.First == 0 || link.Comment != 0 || link.Comments || c.ids.HasID(link.First)
}
