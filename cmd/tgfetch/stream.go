package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// toStdout is the --output that means stdout.
const toStdout = "-"

// streamName is what the events call stdout.
const streamName = "(stdout)"

var errOnlyStdout = &exit.UsageError{
	Text: "--output - leaves no stdout for --json and --print, and no path for --exec, --write-… and --checksum-file",
}

// onlyStdout leaves out what needs a path, or stdout for itself, if the file goes there. That is an
// error of who gave it on the command line, and none of a lasting setting.
func (f *downloadFlags) onlyStdout(changed func(string) bool) error {
	if f.output != toStdout {
		return nil
	}
	for _, name := range []string{"print", "exec", "write-info-json", "write-caption", "checksum-file"} {
		if changed(name) {
			return errOnlyStdout
		}
	}
	f.print, f.exec, f.info, f.caption, f.checksums = nil, "", false, false, ""
	return nil
}

// stream writes the only file behind the links to stdout, from its beginning to its end.
func (b *batch) stream(ctx context.Context, client *fetcher.Client, links []namedLink) error {
	var files []fetcher.File
	for f := range b.find(ctx, client, links) {
		files = append(files, f)
	}
	switch {
	case len(files) == 0:
		return nil // Why was reported.
	case len(files) > 1:
		return &exit.UsageError{Text: fmt.Sprintf("--output - takes one file, and the links hold %d; --single takes one of an album", len(files))}
	}
	f := files[0]
	b.out.Start(report.Start{Link: b.linkOf(f), File: f.Name, Path: streamName, Size: f.Size, DC: f.DC})
	b.whileWatching(ctx, client, func() {
		start := time.Now()
		out := io.MultiWriter(b.app.out.bytes(), &counter{b, f.Key()})
		result, err := client.Stream(ctx, f, out, fetcher.StreamOptions{Verify: b.wish.target.Verify})
		result.Path, result.Elapsed = streamName, time.Since(start)
		b.end(ctx, result, err)
	})
	return nil
}

// counter notes the progress of a file that no fetch accounts for.
type counter struct {
	b   *batch
	key string
}

func (c *counter) Write(p []byte) (int, error) {
	c.b.mu.Lock()
	defer c.b.mu.Unlock()
	if o := c.b.open[c.key]; o != nil {
		o.done += int64(len(p))
	}
	return len(p), nil
}
