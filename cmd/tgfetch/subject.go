package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/fetcher"
)

// subject is a file on disk that is to be compared with what Telegram has.
type subject struct {
	path string
	info fetcher.Info // of its NAME.info.json; zero without one
	lookup
	err error // why there is nothing to compare it with
}

// lookup is where a file is looked for. What an info is about may be any variant of what a link holds.
type lookup struct {
	link              fetcher.Link
	variants, picture bool
}

// held is what a lookup found.
type held struct {
	files []fetcher.File
	err   error // the first
}

// subjectsOf finds out where the files are from: link, if it is not nil, or what is beside them.
func subjectsOf(paths []string, link *fetcher.Link) []subject {
	subjects := make([]subject, len(paths))
	for i, path := range paths {
		subjects[i] = subjectOf(path, link)
	}
	return subjects
}

func subjectOf(path string, link *fetcher.Link) subject {
	s := subject{path: path}
	if _, s.err = os.Stat(path); s.err != nil {
		if errors.Is(s.err, fs.ErrNotExist) {
			s.err = exit.ErrNoFile
		}
		return s
	}
	info, noInfo := fetcher.ReadInfo(path)
	if noInfo == nil {
		s.info, s.variants = info, true
	}
	if link != nil {
		s.link = *link
		return s
	}
	if s.picture = info.Picture; noInfo != nil || info.Link == "" {
		s.err = exit.ErrNoSource
		return s
	}
	var err error
	if s.link, err = fetcher.ParseLink(info.Link); err != nil {
		s.err = exit.ErrNoSource
	}
	return s
}

// findAll asks for what the links of all files hold, so that files of one chat share calls.
func findAll(ctx context.Context, client *fetcher.Client, subjects []subject) map[lookup]held {
	of := map[lookup]held{}
	for _, opts := range []fetcher.ResolveOptions{{}, {Variants: true}, {Variants: true, Picture: true}} {
		var links []fetcher.Link
		seen := map[fetcher.Link]bool{}
		for _, s := range subjects {
			if s.err == nil && s.variants == opts.Variants && s.picture == opts.Picture && !seen[s.link] {
				links, seen[s.link] = append(links, s.link), true
			}
		}
		for f, err := range client.ResolveAll(ctx, slices.Values(links), opts) {
			at := lookup{f.Source.Link, opts.Variants, opts.Picture}
			if about, ok := errors.AsType[*fetcher.ItemError](err); ok {
				at.link = about.Link
			} else if err != nil {
				return of // Of ctx, which the caller looks at.
			}
			there := of[at]
			if err != nil {
				there.err = cmp.Or(there.err, err)
			} else {
				there.files = append(there.files, f)
			}
			of[at] = there
		}
	}
	return of
}

// whichFile is the file behind a link that the one at path is to be: that of its NAME.info.json, the
// one of its name, or the only one. Known says that the first was so.
func whichFile(files []fetcher.File, path string, info fetcher.Info) (f fetcher.File, known, ok bool) {
	if i := slices.IndexFunc(files, info.Is); i >= 0 {
		return files[i], true, true
	}
	if i := slices.IndexFunc(files, func(f fetcher.File) bool { return f.Name == filepath.Base(path) }); i >= 0 {
		return files[i], false, true
	}
	files = slices.DeleteFunc(slices.Clone(files), func(f fetcher.File) bool { return f.Form == "thumbnail" })
	if len(files) == 1 {
		return files[0], false, true
	}
	return fetcher.File{}, false, false
}
