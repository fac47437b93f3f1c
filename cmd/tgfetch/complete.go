package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
)

// flagWords are what shells offer as values of flags.
var flagWords = map[string][]string{
	"print":         field.Names(field.All()),
	"quality":       {"best", "2160", "1080", "720", "480", "smallest"},
	"skip-existing": {"proven", "size", "hash"},
	"verify":        {"server", "full", "off"},
	"transport":     {"obfuscated", "padded", "intermediate", "abridged", "full"},
}

// addFlagWords lets shells complete values. A flag of that name that root does not have is a mistake
// of ours.
func addFlagWords(root *cobra.Command) {
	for name, words := range flagWords {
		if err := root.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(fmt.Sprintf("--%s: %v", name, err))
		}
	}
}
