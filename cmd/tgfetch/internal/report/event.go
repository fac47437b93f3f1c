// Package report tells a person or a program what tgfetch is doing: a bar on a terminal, plain
// lines elsewhere, or one JSON object per line on stdout.
//
// A command makes one [Reporter], calls it from any goroutine as things happen, and closes it. The
// three implementations show the same events; only the form differs, so the exit code, the summary
// and the JSON cannot disagree.
//
// # JSON
//
// Every object has "event" and "time" (RFC 3339, UTC, milliseconds). Sizes are bytes, -1 when not
// known, speeds bytes per second, durations seconds. Fields are only ever added.
//
//	resolve   link, file, size, dc, kind, id, mime, date: a link was found to hold this file (one
//	          event per file)
//	start     link, file, path, size, dc: its download begins
//	progress  bytes, total, speed, eta, files, done: all files together, once a second; done
//	          counts the items that need nothing more, failed ones too
//	wait      dc, what, seconds, until: Telegram asked for a pause
//	done      link, file, path, size, sha256, dc_path, connections, seconds, speed,
//	          proven: complete under its final name
//	skip      link, file, path, reason: nothing to do, and why
//	error     link, file, error, code, cause: this item failed; code is the exit code it stands for
//	summary   files, done, skipped, failed, bytes, seconds, exit_code, cause, unproven: always last; with
//	          limit when that flag of the user's stopped the run, with dry_run when files and bytes
//	          are what would be fetched
package report

import (
	"time"
)

// Resolve says that a link was found to hold a file.
type Resolve struct {
	Link string `json:"link"`
	File string `json:"file"`
	Size int64  `json:"size"`
	DC   int    `json:"dc"`
	Kind string `json:"kind,omitempty"` // document, photo, video, …: as the field kind of --print

	ID   string    `json:"id,omitempty"` // the file's own, whatever leads to it
	MIME string    `json:"mime,omitempty"`
	Date time.Time `json:"date,omitzero"` // of the message
}

// Start says that the download of a file begins.
type Start struct {
	Link string `json:"link"`
	File string `json:"file"`
	Path string `json:"path"`
	Size int64  `json:"size"`
	DC   int    `json:"dc"`
}

// Progress is the state of all downloads together.
type Progress struct {
	Bytes int64   `json:"bytes"` // held on disk
	Total int64   `json:"total"` // of the files found so far
	Speed float64 `json:"speed"`
	ETA   float64 `json:"eta"` // seconds; 0 when unknown
	Files int     `json:"files"`
	Done  int     `json:"done"`

	// For a display, not for --json: the files being fetched, in order of their start, and what
	// keeps the run when none is, or no byte comes.
	Active []Active `json:"-"`
	Doing  string   `json:"-"`
}

// Active is a file being fetched.
type Active struct {
	File        string
	Bytes, Size int64 // Size is -1 when not known.
	Speed       float64
}

// Wait says that Telegram asked for a pause.
type Wait struct {
	DC      int       `json:"dc"`
	What    string    `json:"what,omitempty"` // the method, or what is waited for
	Seconds float64   `json:"seconds"`
	Until   time.Time `json:"until"`
}

// Done says that a file is complete under its final name.
type Done struct {
	Link        string  `json:"link"`
	File        string  `json:"file"`
	Path        string  `json:"path"`
	Size        int64   `json:"size"`
	SHA256      string  `json:"sha256,omitempty"`
	DCPath      string  `json:"dc_path"`            // the DCs that were asked, such as "2→4" or "4, CDN 203"
	CDNLeft     string  `json:"cdn_left,omitempty"` // why the CDN was left before the end
	Connections int     `json:"connections"`
	Seconds     float64 `json:"seconds"`
	Speed       float64 `json:"speed"`
	Proven      int64   `json:"proven"`           // bytes compared with hashes of Telegram
	Stated      int64   `json:"stated,omitempty"` // what the message says in place of Size
}

// Skip says that there was nothing to do for an item.
type Skip struct {
	Link   string `json:"link"`
	File   string `json:"file,omitempty"`
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason"`
}

// Error says that an item failed. Others go on.
type Error struct {
	Link  string `json:"link,omitempty"`
	File  string `json:"file,omitempty"`
	Error string `json:"error"`
	Code  int    `json:"code"`
	Cause string `json:"cause"`
}

// Summary is the last event of a run.
type Summary struct {
	Files    int     `json:"files"`
	Done     int     `json:"done"`
	Skipped  int     `json:"skipped"`
	Failed   int     `json:"failed"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	ExitCode int     `json:"exit_code"`
	Cause    string  `json:"cause"`
	Unproven int64   `json:"unproven"` // bytes of the files done that no hash was compared with
	Limit    string  `json:"limit,omitempty"`
	DryRun   bool    `json:"dry_run,omitempty"`
	GoOn     string  `json:"-"` // how to go on if Ctrl-C stopped it, for people
}

// Reporter shows events. Its methods may be called by several goroutines at once.
type Reporter interface {
	Resolve(Resolve)
	Start(Start)
	Progress(Progress)
	Wait(Wait)
	Done(Done)
	Skip(Skip)
	Error(Error)
	Summary(Summary)

	// Interval is how often Progress wants to be called; 0 means never.
	Interval() time.Duration
}
