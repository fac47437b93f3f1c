package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpFitsAScreen keeps every help text to a screen, with an example.
func TestHelpFitsAScreen(t *testing.T) {
	var out strings.Builder
	root := newRoot(newApp(nil, &out, io.Discard))
	root.SetOut(&out)
	commands := append([]*cobra.Command{root}, root.Commands()...)
	for _, c := range commands {
		rows, columns := 40, 80
		if c.Name() == "completion" || c.Name() == "help" {
			continue // cobra's own
		}
		t.Run(c.Name(), func(t *testing.T) {
			out.Reset()
			if err := c.Help(); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			if len(lines) > rows {
				t.Errorf("%d lines", len(lines))
			}
			for _, l := range lines {
				if len(l) > columns {
					t.Errorf("%d columns: %s", len(l), l)
				}
			}
			if c.Runnable() && c != root && c.Example == "" {
				t.Error("no example")
			}
		})
	}
}
