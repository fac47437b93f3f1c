package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/beside"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/export"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// listed is what lists and exports hold.
type listed struct {
	links []string
	skips []report.Skip // items of exports that have no link
}

// readLists reads the links of lists and exports.
func (a *app) readLists(ctx context.Context, lists, exports []string) (all listed, err error) {
	for _, name := range lists {
		if err := a.readList(ctx, &all, ownfile.Links, "--batch-file", name, readLinks); err != nil {
			return listed{}, err
		}
	}
	for _, name := range exports {
		name, read := exportAt(name)
		if err := a.readList(ctx, &all, ownfile.TelegramExport, "--from-export", name, read); err != nil {
			return listed{}, err
		}
	}
	return all, nil
}

// readList adds what one file holds; - is stdin.
func (a *app) readList(ctx context.Context, all *listed, kind ownfile.Kind, flag, name string, read func(io.Reader) (listed, error)) error {
	one, err := beside.Do(ctx, func() (listed, error) { return readFrom(kind, a.in, name, read) })
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &exit.UsageError{Text: fmt.Sprintf("%s %s: %v", flag, name, err)}
	}
	all.links = append(all.links, one.links...)
	all.skips = append(all.skips, one.skips...)
	return nil
}

// readFrom reads a file; - is in.
func readFrom[T any](kind ownfile.Kind, in io.Reader, name string, read func(io.Reader) (T, error)) (T, error) {
	if name == "-" {
		return read(ownfile.Bounded(kind, "stdin", in))
	}
	return readFile(kind, name, read)
}

func readFile[T any](kind ownfile.Kind, name string, read func(io.Reader) (T, error)) (none T, err error) {
	file, err := ownfile.Open(kind, name)
	if err != nil {
		return none, err
	}
	defer file.Close()
	return read(ownfile.Bounded(kind, name, file))
}

func readLinks(r io.Reader) (listed, error) {
	links, err := linklist.Read(r)
	return listed{links: links}, err
}

// exportAt is the export that a path means, a folder being the one that holds it, and how it is read.
func exportAt(name string) (string, func(io.Reader) (listed, error)) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name = filepath.Join(name, "result.json")
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), "messages.html")); err == nil && !exists(name) {
			return filepath.Join(filepath.Dir(name), "messages.html"), readExport(nil)
		}
	}
	if name == "-" {
		return name, readExport(nil)
	}
	dir := filepath.Dir(name)
	return name, readExport(func(path string) bool {
		path = filepath.FromSlash(path)
		if !filepath.IsLocal(path) {
			return false
		}
		info, err := os.Stat(filepath.Join(dir, path))
		return err == nil && info.Mode().IsRegular() && info.Size() > 0
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readExport reads an export; there is asked about the files that it says to have brought.
func readExport(there func(path string) bool) func(io.Reader) (listed, error) {
	return func(r io.Reader) (listed, error) { return linksOf(r, there) }
}

func linksOf(r io.Reader, there func(path string) bool) (all listed, err error) {
	for link, err := range export.Links(r, there) {
		skip, skipped := errors.AsType[*export.SkipError](err)
		switch {
		case skipped:
			all.skips = append(all.skips, report.Skip{Link: skip.Item, Reason: skip.Reason})
		case err != nil:
			return listed{}, err
		default:
			all.links = append(all.links, link.String())
		}
	}
	return all, nil
}
