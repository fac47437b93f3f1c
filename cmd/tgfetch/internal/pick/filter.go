// Package pick chooses among the files behind links by what is known before they are downloaded.
package pick

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// Filter says which files are wanted. The zero value wants all. What is not known of a file does not
// exclude it.
type Filter struct {
	Kinds    []string  // Kinds of fetcher.File.OfKind; none is any.
	Ext      []string  // Extensions, with or without their dot; none is any.
	Min, Max Size      // Bounds of the size, both included; not set is none.
	Since    time.Time // The message is not older; zero is any.
	Until    time.Time // The message is older; zero is any.
}

// Check says what is contradictory about the filter; empty is nothing.
func (f Filter) Check() string {
	unknown := slices.IndexFunc(f.Kinds, func(kind string) bool { return !slices.Contains(fetcher.Forms(), kind) })
	switch {
	case unknown >= 0:
		return fmt.Sprintf("--kind %s: give some of %s", f.Kinds[unknown], strings.Join(fetcher.Forms(), ", "))
	case f.Min.Given && f.Max.Given && f.Min.Bytes > f.Max.Bytes:
		return fmt.Sprintf("no file is at least %s and at most %s large", f.Min.text, f.Max.text)
	case !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until):
		return "no message is both after --since and before --until"
	}
	return ""
}

// Why is the reason why a file is not wanted; empty if it is.
func (f Filter) Why(file fetcher.File) string {
	ext := normal(path.Ext(file.Name))
	known := file.Size != fetcher.UnknownSize
	switch {
	case !file.OfKind(f.Kinds):
		return "filtered: not one of " + strings.Join(f.Kinds, ", ")
	case len(f.Ext) > 0 && !slices.ContainsFunc(f.Ext, func(want string) bool { return normal(want) == ext }):
		return "filtered: not one of " + strings.Join(f.Ext, ", ")
	case f.Min.Given && known && file.Size < f.Min.Bytes:
		return fmt.Sprintf("filtered: %s is smaller than %s", report.Size(file.Size), f.Min.text)
	case f.Max.Given && known && file.Size > f.Max.Bytes:
		return fmt.Sprintf("filtered: %s is larger than %s", report.Size(file.Size), f.Max.text)
	case file.Date.IsZero():
		return ""
	case !f.Since.IsZero() && file.Date.Before(f.Since):
		return "filtered: the message of " + day(file.Date) + " is too old"
	case !f.Until.IsZero() && !file.Date.Before(f.Until):
		return "filtered: the message of " + day(file.Date) + " is too new"
	}
	return ""
}

func normal(ext string) string { return strings.ToLower(strings.TrimPrefix(ext, ".")) }

func day(t time.Time) string { return t.Format(time.DateOnly) }
