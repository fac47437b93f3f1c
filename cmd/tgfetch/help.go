package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/typo"
)

// helpColumns is how wide help is at most.
const helpColumns = 80

// rootHelp is the help of tgfetch itself.
const rootHelp = `%s

Usage: tgfetch [flags] LINK...
       tgfetch COMMAND [flags]

%s
Commands: %s
Flags:
%s
More: tgfetch help select, files, output, network or fields; help COMMAND.
`

// rootExamples are the first things to try.
const rootExamples = `  tgfetch login
  tgfetch https://t.me/name/123
  tgfetch -P ~/Videos t.me/name/123 t.me/c/1234567890/45 @name/678
  tgfetch -a links.txt --download-archive have.txt --failed-file failed.txt
`

// addTopics adds a help topic for each group of flags.
func addTopics(root *cobra.Command) {
	for _, t := range topics {
		root.AddCommand(&cobra.Command{Use: t.name, Short: t.short, Long: t.long, Example: t.example})
	}
}

// addHelp adds cobra's help command, to which a word that it knows nothing about is an error. It depends
// on no settings, which may be what help is wanted about.
func addHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	show := help.Run
	help.Run = nil
	help.PersistentPreRunE = func(*cobra.Command, []string) error { return nil }
	help.RunE = func(cmd *cobra.Command, args []string) error {
		about, unknown, _ := root.Find(args)
		if len(unknown) == 0 {
			show(cmd, args)
			return nil
		}
		var names []string
		for _, c := range about.Commands() {
			if !c.Hidden {
				names = append(names, c.Name())
			}
		}
		return &exit.UsageError{Text: fmt.Sprintf("there is no help about %q%s; %s --help lists what there is",
			strings.Join(args, " "), typo.Hint(unknown[0], names), about.CommandPath())}
	}
}

// help prints the help of any command.
func (a *app) help(cmd *cobra.Command, _ []string) {
	var text string
	switch {
	case cmd == cmd.Root():
		text = helpOfRoot(cmd)
	case !cmd.Runnable() && !cmd.HasSubCommands():
		text = helpOfTopic(cmd)
	default:
		text = helpOfCommand(cmd)
	}
	_, _ = io.WriteString(a.out, text)
}

func helpOfRoot(root *cobra.Command) string {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return fmt.Sprintf(rootHelp, root.Long, rootExamples, wrapWords(names, len("Commands: ")), usages(root.LocalFlags(), ""))
}

func helpOfTopic(topic *cobra.Command) string {
	text := fmt.Sprintf("%s\n\nExamples:\n%s\n", topic.Long, topic.Example)
	if topic.Name() == groupSimulate {
		bench, _, _ := topic.Root().Find([]string{"bench"})
		return text + "\nFlags:\n" + usages(bench.LocalFlags(), topic.Name())
	}
	if flags := usages(topic.Root().LocalFlags(), topic.Name()); flags != "" {
		text += fmt.Sprintf("\nFlags:\n%s\nEach can be set for good: see tgfetch help config.\n", flags)
	}
	return text
}

func helpOfCommand(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage: %s\n", strings.TrimSpace(orShort(cmd)), cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-11s %s\n", c.Name(), c.Short)
			}
		}
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", usages(cmd.LocalFlags(), ""))
	}
	var global []string
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			global = append(global, "--"+f.Name)
		}
	})
	if len(global) > 0 {
		fmt.Fprintf(&b, "\nAlso: %s\n", wrapWords(global, len("Also: ")))
	}
	return b.String()
}

func orShort(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short + "."
}

// usages describes the flags of a group.
func usages(flags *pflag.FlagSet, group string) string {
	set := pflag.NewFlagSet(group, pflag.ContinueOnError)
	set.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if groupOf(f) == group {
			set.AddFlag(f)
		}
	})
	return set.FlagUsagesWrapped(helpColumns)
}

// wrapText breaks text into lines; each but the first is indented.
func wrapText(text string, indent int) string { return wrapWords(strings.Fields(text), indent) }

// wrapWords joins words; each line but the first is indented.
func wrapWords(words []string, indent int) string {
	var b strings.Builder
	column := indent
	for i, w := range words {
		switch {
		case i == 0:
		case column+1+len(w) > helpColumns:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String()
}
