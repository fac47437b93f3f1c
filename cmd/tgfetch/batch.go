package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/archive"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/hook"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/template"
	"github.com/tgfetch/tgfetch/fetcher"
)

// wish is what a run of downloads is to do.
type wish struct {
	choice
	target  fetcher.Target
	names   *template.Template // nil if files have their own names
	archive *archive.Archive   // nil without one
	command *hook.Command      // for each file; nil without one
	print   []field.Field      // of each file, on stdout
	caption bool               // whether a file with its caption goes beside each
	goOn    string             // how a run that was stopped is gone on with
}

// targetOf is where a file goes.
func (w *wish) targetOf(f fetcher.File, link string) fetcher.Target {
	t := w.target
	if w.names != nil {
		t.Path, t.Dir = w.names.Path(t.Dir, f, link), ""
		if isDevice(t.Path) {
			return deviceTarget(t)
		}
	}
	return t
}

// pathOf is the path that a file gets if that is not taken.
func (w *wish) pathOf(f fetcher.File, link string) string {
	if w.names != nil {
		return w.names.Path(w.target.Dir, f, link)
	}
	return filepath.Join(w.target.Dir, f.Name)
}

// open opens the files that a run adds to; those without a path are not wanted. A dry run adds to none.
func (w *wish) open(archivePath, checksumsPath string, dry bool) (err error) {
	if archivePath != "" {
		open := archive.Open
		if dry {
			open = archive.Read
		}
		if w.archive, err = open(archivePath); err != nil {
			return err
		}
	}
	if checksumsPath != "" && !dry {
		w.target.Checksums, err = fetcher.OpenChecksums(checksumsPath)
	}
	return err
}

// close closes what open opened.
func (w *wish) close() (err error) {
	if w.archive != nil {
		err = w.archive.Close()
	}
	if w.target.Checksums != nil {
		err = errors.Join(err, w.target.Checksums.Close())
	}
	return err
}

// batch fetches everything behind some links and reports it. One item's failure stops no other.
type batch struct {
	app   *app            // Immutable.
	wish  wish            // Immutable.
	out   report.Reporter // Immutable.
	tally *tally          // Immutable.

	commands hook.Queue

	mu        sync.Mutex
	items     int                  // Guarded by mu. Files found, and items that gave none.
	taken     int                  // Guarded by mu. Files to fetch.
	held      int64                // Guarded by mu. Bytes of the files that ended well.
	open      map[string]*openFile // Guarded by mu. By key, the files that have not ended.
	first     map[string]string    // Guarded by mu. By key, the link that named a file first.
	asking    string               // Guarded by mu. The link that is being resolved, or empty.
	commanded string               // Guarded by mu. The file that the user's command runs for, or empty.
	sources   sources              // Guarded by mu.
	failures  []linklist.Failure   // Guarded by mu.
	results   []fetcher.Result     // Guarded by mu.

	archiveBroken sync.Once // reports it
}

// openFile is a file that was found and has not ended.
type openFile struct {
	size  int64 // 0 if not known
	done  int64 // when last seen
	meter report.Meter
}

func (a *app) newBatch(w wish) *batch {
	out := a.reporter()
	return &batch{
		app: a, wish: w, out: out, tally: newTally(out, a.explain, w.goOn),
		open: map[string]*openFile{}, first: map[string]string{}, sources: sources{of: map[string][]*source{}},
	}
}

// run fetches what the links hold while it still resolves the later ones. It returns when everything
// has ended, commands included, soon after ctx has.
func (b *batch) run(ctx context.Context, client *fetcher.Client, links []namedLink) {
	b.whileWatching(ctx, client, func() {
		for result, err := range client.FetchAll(ctx, b.find(ctx, client, links), b.begin) {
			b.end(ctx, result, err)
		}
		b.commands.Wait()
	})
}

// whileWatching runs work and reports its progress.
func (b *batch) whileWatching(ctx context.Context, client *fetcher.Client, work func()) {
	watching, stopWatching := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { b.watch(watching, client) })
	work()
	stopWatching()
	watcher.Wait()
}

// begin reports the start of a file and says where it goes.
func (b *batch) begin(f fetcher.File) fetcher.Target {
	link := b.linkOf(f)
	b.out.Start(report.Start{Link: link, File: f.Name, Path: b.wish.pathOf(f, link), Size: f.Size, DC: f.DC})
	return b.wish.targetOf(f, link)
}

// end follows the end of a file's download: what belongs beside the file is written, and the user's
// command runs while other downloads go on. A file that was there already gets the command, too: an
// earlier run may have been stopped before it. The archive keeps those from coming here that had it.
func (b *batch) end(ctx context.Context, r fetcher.Result, err error) {
	b.mu.Lock()
	delete(b.open, r.File.Key())
	if err == nil {
		b.held += r.Bytes
	}
	b.mu.Unlock()
	if err == nil && !isDevice(r.Path) {
		err = b.wish.writeCaption(r)
	}
	if err != nil || b.wish.command == nil {
		b.settle(r, err)
		return
	}
	b.commands.Add(func() {
		b.nowRuns(r.Path)
		defer b.nowRuns("")
		b.settle(r, b.wish.command.Run(ctx, r.Path, b.app.commandOutput()))
	})
}

// nowRuns notes for which file the user's command runs.
func (b *batch) nowRuns(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commanded = path
}

// settle reports how a file ended, after everything that was to be done about it.
func (b *batch) settle(r fetcher.Result, err error) {
	f := r.File
	link := b.linkOf(f)
	b.mu.Lock()
	finished := b.sources.end(f, err == nil)
	if err == nil {
		b.results = append(b.results, r)
	}
	b.mu.Unlock()
	if err != nil {
		b.fail(link, f, err)
		return
	}
	b.print(r, link)
	b.remember(&f, finished)
	if r.Existing {
		b.tally.skip(report.Skip{Link: link, File: f.Name, Path: r.Path, Reason: "already there"})
		return
	}
	b.tally.done(report.Done{
		Link:        link,
		File:        f.Name,
		Path:        r.Path,
		Size:        r.Bytes,
		SHA256:      hex.EncodeToString(r.SHA256),
		DCPath:      r.Route,
		CDNLeft:     textOf(r.CDNLeft),
		Connections: r.Connections,
		Seconds:     r.Elapsed.Seconds(),
		Speed:       perSecond(r),
		Proven:      r.Proven,
		Stated:      contradiction(r),
	})
}

// textOf is the text of an error, or nothing.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// fail reports a file that failed. What the list of failures gets is the link of the file's own
// message.
func (b *batch) fail(link string, f fetcher.File, err error) {
	b.mu.Lock()
	own := b.sources.link(f, link)
	b.mu.Unlock()
	b.listFailure(own, err)
	b.tally.fail(link, f.Name, err)
}

// failItem reports an item that gave no file, by its own link if it has one.
func (b *batch) failItem(link string, err error) {
	if item, ok := errors.AsType[*fetcher.ItemError](err); ok {
		link, err = item.Item, item.Err
	}
	b.mu.Lock()
	b.items++
	b.mu.Unlock()
	b.listFailure(link, err)
	b.tally.fail(link, "", err)
}

func (b *batch) listFailure(link string, err error) {
	reason := b.app.explain(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = append(b.failures, linklist.Failure{Link: link, Reason: reason})
}

// trouble reports an error of the run that is no item's; nil is none.
func (b *batch) trouble(err error) {
	if err != nil {
		b.tally.trouble(err)
	}
}

// remember puts a file, if any, and the sources that are finished into the archive.
func (b *batch) remember(f *fetcher.File, finished []fetcher.Link) {
	if b.wish.archive == nil || b.tally.dry() {
		return
	}
	var errs []error
	if f != nil {
		errs = append(errs, b.wish.archive.AddFile(*f))
	}
	for _, link := range finished {
		errs = append(errs, b.wish.archive.AddLink(link))
	}
	if err := errors.Join(errs...); err != nil {
		b.archiveBroken.Do(func() { b.trouble(fmt.Errorf("the archive is not complete: %w", err)) })
	}
}

// print writes the fields that were asked for, one line for each file: to a terminal as people read
// them, else as programs do.
func (b *batch) print(r fetcher.Result, link string) {
	if len(b.wish.print) == 0 {
		return
	}
	item := field.Item{Result: r, Link: link}
	var to io.Writer = b.app.out
	text := field.Field.Text
	if !b.app.shown {
		to, text = b.app.out.bytes(), field.Field.ForPrograms
	}
	cells := make([]string, len(b.wish.print))
	for i, f := range b.wish.print {
		cells[i] = text(f, item)
	}
	// A reader that is gone is not this run's failure.
	_, _ = io.WriteString(to, strings.Join(cells, "\t")+"\n")
}

// linkOf is the link that the user gave for a file.
func (b *batch) linkOf(f fetcher.File) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first[f.Key()]
}

// contradiction is the size that the message says where that is not the file's; else 0.
func contradiction(r fetcher.Result) int64 {
	if r.Stated == r.Bytes {
		return 0
	}
	return r.Stated
}

func perSecond(r fetcher.Result) float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Bytes) / r.Elapsed.Seconds()
}

// finish writes the list of failures to the file of that name, if any, reports the summary and
// returns what the command returns.
func (b *batch) finish(ctx context.Context, failed string) error {
	if failed != "" {
		b.mu.Lock()
		list := b.failures
		b.mu.Unlock()
		if err := linklist.Write(failed, list); err != nil {
			b.trouble(fmt.Errorf("the list of what failed is not written: %w", err))
		}
	}
	return b.tally.finish(ctx)
}
