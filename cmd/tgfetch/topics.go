package main

import (
	"fmt"
	"strings"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
)

// topics are the help of groups of flags, and of what has no command.
var topics = []struct{ name, short, long, example string }{
	{
		groupSimulate, "Flags of tgfetch bench about simulated networks",
		`tgfetch bench --sim measures tgfetch itself, against promised speeds, on
simulated networks that are hard in one way each; tgfetch bench profiles lists
them. The simulator and every client run as processes of their own; clients take
turns, and every file is checked. Files go to $TMPDIR, up to 1 GiB at a time.

With --measure it measures the data centers of that network, as tgfetch bench
measures Telegram's. With --chaos it looks for faults of tgfetch.`,
		`  tgfetch bench --sim wan100,far300 --baseline
  tgfetch bench --sim account --measure
  tgfetch bench --chaos random --minutes 10`,
	},
	{
		groupSelect, "Flags that choose what is downloaded",
		"Which of the files behind the links are downloaded.",
		`  tgfetch --ext mp4,mkv --min-size 5M t.me/name/100-200
  tgfetch -n --since 7d t.me/name
  tgfetch --filter 'kind == "video" && duration > 60' t.me/name`,
	},
	{
		groupFiles, "Flags about the files that are written",
		"Where files go, what they are called, and what is written beside them.",
		`  tgfetch -o '{chat}/{date:2006-01}/{msg_id}_{name}' t.me/name/100-200
  tgfetch -o - t.me/name/123 | mpv -`,
	},
	{
		groupOutput, "Flags about what is said",
		"What is said about the files, and to whom.",
		`  tgfetch -q --print path,size t.me/name/123
  tgfetch --exec 'mpv --quiet {}' t.me/name/123
  tgfetch -a links.txt --failed-file failed.txt; tgfetch -a failed.txt`,
	},
	{
		groupNetwork, "Flags about servers and limits",
		"Where tgfetch connects, and how much it takes.",
		`  tgfetch --connections 2 --flood-wait-max 1m t.me/name/123
  tgfetch --proxy socks5://127.0.0.1:9050 t.me/name/123
  tgfetch --cluster cluster.json t.me/simfiles/2`,
	},
	{
		"fields", "What --print, --output and --filter can name",
		fieldsHelp(),
		`  tgfetch --print name,size,caption -n t.me/name/100-200
  tgfetch -o '{chat}/{index:2}_{caption:40}.{ext}' t.me/name/123
  tgfetch --filter 'size < bytes("5M") && caption contains "part"' t.me/name`,
	},
}

// fieldsHelp lists the fields and says how they are used.
func fieldsHelp() string {
	var b strings.Builder
	b.WriteString("What is known of a file:\n\n")
	for _, f := range field.All() {
		about := f.About
		if f.Late {
			about += " (--print only)"
		}
		fmt.Fprintf(&b, "  %-10s %s\n", f.Name, wrapText(about, 13))
	}
	b.WriteString(`
--print: senders may write formulas (= + - @): give it to spreadsheets as text.
--output: {field}, {date:2006-01-02} with a layout of Go in UTC, {index:2} with
two digits, {caption:40} cut; {{ and }} are braces; / makes folders.
--filter: == != < > && || ! in contains startsWith matches lower(), as on
expr-lang.org; bytes("5M") is a size, when("2026-01-31") or when("7d") a time.`)
	return b.String()
}
