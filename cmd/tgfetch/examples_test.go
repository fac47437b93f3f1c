package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/hook"
)

// commandsOf splits a line for a shell into its commands' words, without what a redirection names.
func commandsOf(line string) (commands [][]string, err error) {
	words, err := hook.Split(line)
	var command []string
	for _, word := range append(words, ";") {
		word, ends := strings.CutSuffix(word, ";")
		if word == "|" || word == "&&" || word == ">" {
			word, ends = "", true
		}
		if word == "#" {
			word, ends = "", true
		}
		if word != "" {
			command = append(command, word)
		}
		if ends && len(command) > 0 {
			commands = append(commands, command)
			command = nil
		}
	}
	return commands, err
}

// helpExamples are the lines of all examples in help and the manual page.
func helpExamples() []string {
	text := rootExamples
	var collect func(*cobra.Command)
	collect = func(c *cobra.Command) {
		text += c.Example + "\n"
		for _, sub := range c.Commands() {
			if sub.Name() != "completion" {
				collect(sub)
			}
		}
	}
	collect(newRoot(newApp(nil, io.Discard, io.Discard)))
	return strings.Split(text, "\n")
}

// TestExamplesParse finds the command and every flag of each example that help and the manual page
// show.
func TestExamplesParse(t *testing.T) {
	examples := helpExamples()
	n := 0
	for _, line := range examples {
		commands, err := commandsOf(line)
		if err != nil {
			t.Errorf("%s: %v", strings.TrimSpace(line), err)
		}
		for _, words := range commands {
			if words[0] != "tgfetch" {
				continue
			}
			n++
			// Fresh, for flags remember what was parsed.
			root := newRoot(newApp(nil, io.Discard, io.Discard))
			cmd, rest, err := root.Find(words[1:])
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
