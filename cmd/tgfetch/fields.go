package main

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/typo"
	"github.com/tgfetch/tgfetch/fetcher"
)

// field is what --print can write of a file.
type field func(r fetcher.Result, link string) string

var fields = map[string]field{
	"path":    func(r fetcher.Result, _ string) string { return r.Path },
	"name":    func(r fetcher.Result, _ string) string { return r.File.Name },
	"size":    func(r fetcher.Result, _ string) string { return strconv.FormatInt(r.File.Size, 10) },
	"link":    func(_ fetcher.Result, link string) string { return link },
	"id":      func(r fetcher.Result, _ string) string { return r.File.Key() },
	"dc":      func(r fetcher.Result, _ string) string { return strconv.Itoa(r.File.DC) },
	"mime":    func(r fetcher.Result, _ string) string { return plainWords(r.File.MIME) },
	"date":    func(r fetcher.Result, _ string) string { return r.File.Date.UTC().Format(time.RFC3339) },
	"chat":    func(r fetcher.Result, _ string) string { return plainWords(r.File.Source.Chat.Title) },
	"message": func(r fetcher.Result, _ string) string { return strconv.Itoa(r.File.Source.Message) },
	"caption": func(r fetcher.Result, _ string) string { return plainWords(r.File.Source.Caption) },
	"sha256":  func(r fetcher.Result, _ string) string { return hex.EncodeToString(r.SHA256) },
}

// fieldNames are in the order of the alphabet.
func fieldNames() []string { return slices.Sorted(maps.Keys(fields)) }

// findFields finds fields by their names.
func findFields(names []string) ([]field, error) {
	var list []field
	for _, name := range names {
		f, ok := fields[name]
		if !ok {
			return nil, &exit.UsageError{Text: fmt.Sprintf("--print %s: there is no such field%s; there are %s",
				name, typo.Hint(name, fieldNames()), strings.Join(fieldNames(), ", "))}
		}
		list = append(list, f)
	}
	return list, nil
}

// fieldsOf is one line: the fields with tabs between.
func fieldsOf(list []field, r fetcher.Result, link string) string {
	cells := make([]string, len(list))
	for i, f := range list {
		cells[i] = f(r, link)
	}
	return strings.Join(cells, "\t")
}

// plainWords keeps what strangers wrote on one line.
func plainWords(s string) string { return report.Plain(strings.Join(strings.Fields(s), " ")) }
