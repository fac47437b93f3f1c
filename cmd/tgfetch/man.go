package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/manpage"
)

func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long:  "Print the manual page: everything that the help texts say, as man(1) reads it.",
		Example: `  tgfetch man > ~/.local/share/man/man1/tgfetch.1
  tgfetch man | man -l -`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return manpage.Write(a.out, cmd.Root(), manSections()...)
		},
	}
}

func manSections() []manpage.Section {
	examples := ""
	for _, t := range topics {
		examples += t.example + "\n"
	}
	codes := manpage.Section{Title: "Exit status", Text: "When all failures have one cause, its code; else 1."}
	for _, c := range exit.All {
		codes.Items = append(codes.Items, [2]string{strconv.Itoa(int(c)), c.Meaning()})
	}
	return []manpage.Section{
		{Title: "Examples", Text: rootExamples + "\n" + examples},
		{Title: "Fields", Text: fieldsHelp()},
		codes,
		{
			Title: "Environment",
			Text:  "Every flag of tgfetch itself, but for -a, -f, -n, -4, --range, --profile-photos, --restart and --force-overwrites, is read from its variable, too: --log-file from TGFETCH_LOG_FILE.",
			Items: [][2]string{
				{"TGFETCH_API_ID, TGFETCH_API_HASH", "the application, from https://my.telegram.org/apps"},
				{passwordEnv, "the password of two-step verification, for login"},
				{passphraseEnv, "the passphrase of an encrypted session"},
				{botTokenEnv, "the bot's token, for login"},
				{"NO_COLOR", "no colours in the log"},
			},
		},
		{
			Title: "Files",
			Items: [][2]string{
				{"$XDG_CONFIG_HOME/tgfetch/config.toml", "settings: any flag of tgfetch itself, as log_file, and api_id and api_hash"},
				{"$XDG_STATE_HOME/tgfetch", "the sessions; whoever can read them is the account"},
				{"NAME.part", "a download that is not complete; the same command goes on from there"},
			},
		},
	}
}
