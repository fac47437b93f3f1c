package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/typo"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// Main runs one command line and returns its exit code.
func Main(args []string, in io.Reader, out, talk io.Writer) int {
	a := newApp(in, out, talk)
	ctx, stop := interruptible(context.Background(), a.talk)
	defer stop()
	defer a.closeLog()
	defer a.closeMetrics()
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(a.out)
	root.SetErr(a.talk)
	err := root.ExecuteContext(ctx)
	if lost := a.out.lost(); err == nil && lost != nil {
		err = fmt.Errorf("the output is not complete: %w", lost)
	}
	a.printError(err)
	return int(exit.Of(err))
}

// newRoot builds the command tree. Its own work is the download.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "tgfetch [flags] LINK...",
		Short: "Download the media behind Telegram links, fast and proven",
		Long: `tgfetch downloads the media behind Telegram links from whichever data center
holds it. A file that appears under its final name is complete and checked.`,
		Args:                       cobra.ArbitraryArgs,
		Version:                    version(),
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableFlagsInUseLine:      true,
		SuggestionsMinimumDistance: suggestWithin,
	}
	root.PersistentFlags().SortFlags = false
	root.Flags().SortFlags = false
	a.flags.register(root.PersistentFlags())
	root.SetFlagErrorFunc(flagError)

	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if p := cmd.Parent(); p != nil && p.Name() == "completion" {
			return nil // Scripts for shells depend on nothing.
		}
		if err := a.settle(root); err != nil {
			return err
		}
		if err := a.openLog(); err != nil {
			return err
		}
		return a.serveMetrics()
	}

	get := downloadFlags{}
	get.register(root.Flags())
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args)+len(get.batch)+len(get.exports) == 0 {
			_, _ = io.WriteString(a.talk, shortUsage+"\n")
			return &exit.Reported{Code: exit.Usage}
		}
		if len(args) == 1 {
			if err := unknownCommand(root, args[0]); err != nil {
				return err
			}
		}
		if err := get.onlyStdout(cmd.Flags().Changed); err != nil {
			return err
		}
		if err := get.listable(cmd.Flags().Changed); err != nil {
			return err
		}
		limits, err := get.limits(cmd.Flags().Changed)
		if err != nil {
			return err
		}
		return a.download(cmd.Context(), args, get, limits)
	}
	for _, c := range []*cobra.Command{
		newLogin(a), newLogout(a), newWhoami(a), newSession(a), newConfig(a), newDCs(a), newVerify(a), newDoctor(a), newDemo(a), newSim(a), newBench(a), newMan(a),
	} {
		c.Flags().SortFlags = false
		root.AddCommand(c)
	}
	addTopics(root)
	addHelp(root)
	addFlagWords(root)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args, c.RunE = cobra.ArbitraryArgs, needCommand
			c.SuggestionsMinimumDistance = suggestWithin
		}
	}
	root.SetHelpFunc(a.help)
	return root
}

// suggestWithin is the most edits between a typo and the command that was meant.
const suggestWithin = 2

// version is the module's, as the go command built it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

const shortUsage = `usage: tgfetch LINK...     download what the links hold, for example https://t.me/name/123
       tgfetch login       log in first
       tgfetch demo        see it work without an account
       tgfetch --help      everything else`

// networkFlags are the global flags that only a command with a network of its own to choose knows.
var networkFlags = []string{"cluster", "test-dc", "ns", "passphrase-file", "dc", "dc-addr", "proxy", "pfs", "takeout", "transport", "ipv4", "ipv6"}

// withoutFlags makes inherited flags an error for cmd, and hides them from its help: the simulator
// and the demo bring their own network.
func withoutFlags(cmd *cobra.Command, names ...string) *cobra.Command {
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range names {
			if cmd.Flags().Changed(name) {
				return &exit.UsageError{Text: fmt.Sprintf("%s takes no --%s", cmd.CommandPath(), name)}
			}
		}
		return nil
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		for _, name := range names {
			if f := cmd.InheritedFlags().Lookup(name); f != nil {
				f.Hidden = true
			}
		}
		cmd.Root().HelpFunc()(cmd, args)
	})
	return cmd
}

// noArgs is cobra.NoArgs with a sentence that says what to do.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &exit.UsageError{Text: fmt.Sprintf("tgfetch %s takes no arguments, got %q; see tgfetch %s --help", cmd.Name(), args[0], cmd.Name())}
}

// needCommand is what a command that only holds others does by itself: say which there are.
func needCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return &exit.UsageError{Text: fmt.Sprintf("unknown command %q; did you mean %q?", cmd.Name()+" "+args[0], cmd.Name()+" "+near[0])}
		}
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return &exit.UsageError{Text: fmt.Sprintf("say what to do: tgfetch %s %s", cmd.Name(), strings.Join(names, "|"))}
}

// unknownCommand is an error when arg is a bare word, which no link is, naming the command that may
// have been meant.
func unknownCommand(root *cobra.Command, arg string) error {
	if arg == "" || strings.ContainsAny(arg, "/.:@?") {
		return nil
	}
	if near := root.SuggestionsFor(arg); len(near) > 0 {
		return &exit.UsageError{Text: fmt.Sprintf("unknown command %q; did you mean %q?", arg, near[0])}
	}
	return &exit.UsageError{Text: fmt.Sprintf("%q is neither a link nor a command; a link looks like https://t.me/name/123, the commands are in tgfetch --help", arg)}
}

// flagError names the flag that may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "unknown flag: --"); ok {
		name, _, _ = strings.Cut(name, "=")
		text = "unknown flag --" + name + typo.Hint("--"+name, flagNames(cmd))
	}
	return &exit.UsageError{Text: fmt.Sprintf("%s (see %s --help)", text, cmd.CommandPath())}
}

// flagNames are the flags of cmd that its help shows, with their dashes.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	return names
}

// printError writes the one line for the error that ends a command. Failed items were reported when
// they failed.
func (a *app) printError(err error) {
	if err = exit.Unreported(err); err == nil {
		return
	}
	code := exit.Of(err)
	e := report.Error{Error: a.explain(err), Code: int(code), Cause: code.String()}
	if a.flags.json && !a.encoded {
		report.NewJSON(a.out, 0).Error(e)
	}
	plain.Fprintf(a.talk, "%s\n", report.ErrorLine(e))
}
