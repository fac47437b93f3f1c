package soak

import (
	"path/filepath"
)

// bytes checks that every finished file is one of the round's, and that no
// folder holds one twice. A file that is there twice was taken for another.
func (c *checker) bytes(step int, seen StepEvidence) {
	type copy struct {
		dir    int
		digest string
	}
	count := map[copy]int{}
	for _, f := range seen.Files {
		if !f.finished() {
			continue
		}
		known := c.known[f.SHA256]
		if len(known) == 0 {
			c.add(step, 0, RuleBytes, "folder %d: %q has %d bytes with the SHA-256 %s, as no file of this round", f.Dir, f.Name, f.Size, f.SHA256)
			continue
		}
		if count[copy{f.Dir, f.SHA256}]++; count[copy{f.Dir, f.SHA256}] > len(known) {
			c.add(step, 0, RuleBytes, "folder %d: %q is there once more", f.Dir, f.Name)
		}
	}
}

// claims checks each file that the process calls done or there already.
func (v *view) claims() {
	for _, e := range v.events {
		if e.Event != eventDone && (e.Event != eventSkip || e.Path == "") {
			continue
		}
		f, ok := v.find(e.Path)
		if !ok {
			v.add(RuleClaim, "%s: %q is not there", e.Event, e.Path)
			continue
		}
		if e.Event == eventDone && (e.SHA256 != f.SHA256 || e.Size != f.Size) {
			v.add(RuleClaim, "%q: said to be %d bytes with the SHA-256 %s, has %d and %s", e.Path, e.Size, e.SHA256, f.Size, f.SHA256)
		}
		if !v.leadsTo(e.Link, f.SHA256) {
			v.add(RuleClaim, "%q: is not what %s leads to", e.Path, e.Link)
		}
	}
}

// find returns the entry of a path that the process named.
func (v *view) find(path string) (Entry, bool) {
	for _, f := range v.files {
		if f.Dir == v.plan.Dir && f.Name == filepath.Base(path) {
			return f, true
		}
	}
	return Entry{}, false
}

// leadsTo reports whether a link of the round leads to a file with this digest.
func (c *checker) leadsTo(link, digest string) bool {
	for _, i := range c.known[digest] {
		if i.Link == link {
			return true
		}
	}
	return false
}

// silent checks that every file which is new after step n was reported by
// somebody.
func (c *checker) silent(n int, reported []event) {
	type place struct {
		dir  int
		name string
	}
	known := map[place]bool{}
	if n > 0 {
		for _, f := range c.Steps[n-1].Files {
			known[place{f.Dir, f.Name}] = true
		}
	}
	names := map[string]bool{}
	for _, e := range reported {
		if e.Path != "" && (e.Event == eventDone || e.Event == eventSkip) {
			names[filepath.Base(e.Path)] = true
		}
	}
	for _, f := range c.Steps[n].Files {
		if f.finished() && !known[place{f.Dir, f.Name}] && !names[f.Name] {
			c.add(n+1, 0, RuleSilent, "folder %d: %q", f.Dir, f.Name)
		}
	}
}

// final checks the folders after the last step: all files, nothing else.
func (c *checker) final() {
	if len(c.Steps) < len(c.Round.Steps) {
		return // The round was stopped.
	}
	last := c.Steps[len(c.Steps)-1]
	plan := c.Round.Steps[len(c.Steps)-1]
	for _, client := range plan.Clients {
		have := map[string]int{}
		for _, f := range last.Files {
			switch {
			case f.Dir != client.Dir:
			case f.finished():
				have[f.SHA256]++
			case isSidecar(f.Name) || f.temporary() && c.killed():
			default:
				c.add(len(c.Steps), 0, RuleRest, "folder %d: %q", f.Dir, f.Name)
			}
		}
		for digest, items := range c.known {
			if have[digest] < len(items) {
				i := items[0]
				c.add(len(c.Steps), 0, RuleMissing, "folder %d: file %d of %s, %d bytes", client.Dir, i.File, i.Link, i.Size)
			}
		}
	}
}

// killed reports whether a process of the round had no chance to tidy up.
func (c *checker) killed() bool {
	for i, s := range c.Steps {
		for j, client := range s.Clients {
			if client.Signalled && c.Round.Steps[i].Clients[j].End.Signal != Interrupt {
				return true
			}
		}
	}
	return false
}

func isSidecar(name string) bool { return filepath.Ext(name) == ".json" }
