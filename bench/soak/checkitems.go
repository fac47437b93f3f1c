package soak

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
)

// items checks that everything behind every link ended exactly once, unless the
// process was stopped.
func (v *view) items() {
	if !v.complete() || v.seen.Signalled {
		return
	}
	ended, unresolved := map[string]int{}, map[string]int{}
	for _, e := range v.events {
		switch e.Event {
		case eventDone, eventSkip:
			ended[e.Link]++
		case eventError:
			if e.File == "" {
				unresolved[v.asGiven(e.Link)]++
			} else {
				ended[e.Link]++
			}
		}
	}
	want := map[string]int{}
	for _, i := range v.Round.Items {
		want[i.Link]++
	}
	for _, link := range v.Round.Links {
		n, u := ended[link], unresolved[link]
		switch {
		case want[link] == 0 && n == 0 && u == 1:
		case want[link] > 0 && n == want[link] && u == 0:
		case want[link] > 0 && n < want[link] && u > 0: // It could not be asked what is there.
		default:
			v.add(RuleItems, "%s: %d files, %d ended, %d failures without a file", link, want[link], n, u)
		}
		delete(ended, link)
		delete(unresolved, link)
	}
	for link := range ended {
		v.add(RuleItems, "%q is no link of this round", link)
	}
	for link := range unresolved {
		v.add(RuleItems, "%q is no link of this round", link)
	}
}

// asGiven returns the link of the round that covers the link of one message.
func (c *checker) asGiven(link string) string {
	if slices.Contains(c.Round.Links, link) {
		return link
	}
	if items := c.behind(link); len(items) > 0 {
		return items[0].Link
	}
	return link
}

// behind returns the items that a link leads to: as the round has it, or as
// the link of one message.
func (c *checker) behind(link string) []Item {
	var out []Item
	link = strings.TrimSuffix(link, "?single") // One item of an album.
	for _, i := range c.Round.Items {
		if i.Link == link || strings.HasSuffix(link, messagePath(i.Message)) {
			out = append(out, i)
		}
	}
	return out
}

// failures checks that the list of failures holds what did not end well, and
// nothing else.
func (v *view) failures() {
	if !v.complete() {
		return
	}
	var listed []string
	for lines := bufio.NewScanner(strings.NewReader(v.seen.Failed)); lines.Scan(); {
		if line := lines.Text(); line != "" && line[0] != '#' {
			listed = append(listed, line)
		}
	}
	well := map[int64]bool{} // files that ended well
	for _, e := range v.events {
		if e.Event != eventDone && e.Event != eventSkip {
			continue
		}
		if f, ok := v.find(e.Path); ok {
			for _, i := range v.known[f.SHA256] {
				well[i.File] = true
			}
		}
	}
	covered := map[int64]bool{}
	for _, link := range listed {
		bad := slices.Contains(v.Round.Missing, link)
		for _, i := range v.behind(link) {
			covered[i.File] = true
			bad = bad || !well[i.File]
		}
		if !bad {
			v.add(RuleFailed, "%s is listed, and nothing behind it failed", link)
		}
	}
	for _, i := range v.Round.Items {
		if !well[i.File] && !covered[i.File] {
			v.add(RuleFailed, "file %d of %s did not end well and is not listed", i.File, i.Link)
		}
	}
	for _, link := range v.Round.Missing {
		if !v.seen.Signalled && !slices.Contains(listed, link) {
			v.add(RuleFailed, "%s leads to nothing and is not listed", link)
		}
	}
}

// messagePath is how links to a message end.
func messagePath(id int) string { return fmt.Sprintf("/%d", id) }
