package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// ends is where a command of an example ends and the shell goes on.
var ends = regexp.MustCompile(` [|>;] ?|;`)

// TestExamplesParse finds the command and every flag of each example that help and the manual page
// show.
func TestExamplesParse(t *testing.T) {
	root := newRoot(newApp(nil, io.Discard, io.Discard))
	examples := rootExamples
	var collect func(*cobra.Command)
	collect = func(c *cobra.Command) {
		examples += c.Example + "\n"
		for _, sub := range c.Commands() {
			if sub.Name() != "completion" {
				collect(sub)
			}
		}
	}
	collect(root)
	n := 0
	for line := range strings.Lines(examples) {
		for _, part := range ends.Split(strings.TrimSpace(line), -1) {
			_, args, ok := strings.Cut(part+" ", "tgfetch ")
			if !ok {
				continue
			}
			n++
			// Fresh, for flags remember what was parsed.
			root := newRoot(newApp(nil, io.Discard, io.Discard))
			words := strings.Fields(strings.NewReplacer(`'`, "", `"`, "").Replace(args))
			cmd, rest, err := root.Find(words)
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err == nil && cmd != root && cmd.Args != nil {
				err = cmd.Args(cmd, cmd.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d examples found", n)
	}
}
