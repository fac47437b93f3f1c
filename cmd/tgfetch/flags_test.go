package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestNearestFlag(t *testing.T) {
	root := newRoot(&app{out: io.Discard, talk: io.Discard})
	for typed, want := range map[string]string{
		"dirr": "dir", "clutser": "cluster", "quite": "quiet", "verb": "verbose", "j": "json", "frobnicate": "", "dcaddr": "dc-addr",
	} {
		if err := root.ParseFlags(nil); err != nil {
			t.Fatal(err)
		}
		if got := nearestFlag(root, typed); got != want {
			t.Errorf("--%s: suggests %q, want %q", typed, got, want)
		}
	}
}

// TestHelpFitsAScreen keeps every help text within 90 columns and 45 lines, with an example.
func TestHelpFitsAScreen(t *testing.T) {
	var out strings.Builder
	root := newRoot(&app{out: &out, talk: io.Discard})
	root.SetOut(&out)
	commands := append([]*cobra.Command{root}, root.Commands()...)
	for _, c := range commands {
		if c.Name() == "completion" || c.Name() == "help" {
			continue // cobra's own
		}
		t.Run(c.Name(), func(t *testing.T) {
			out.Reset()
			if err := c.Help(); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			if len(lines) > 45 {
				t.Errorf("%d lines", len(lines))
			}
			for _, l := range lines {
				if len(l) > 90 {
					t.Errorf("%d columns: %s", len(l), l)
				}
			}
			if c.Example == "" {
				t.Error("no example")
			}
		})
	}
}
