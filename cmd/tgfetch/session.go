package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
)

func newSession(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Look after the stored logins",
		Example: `  tgfetch session list
  tgfetch session import ~/.local/share/TelegramDesktop/tdata
  tgfetch session encrypt`,
		RunE: needCommand,

		SuggestionsMinimumDistance: suggestWithin,
	}
	cmd.AddCommand(newImport(a), newExport(a), newEncrypt(a), newDecrypt(a), &cobra.Command{
		Use:   "list",
		Short: "List the accounts that are logged in here",
		Long: `List the accounts that are logged in here, without asking Telegram. Each account
but the default one has a name, which --ns gives to any command.`,
		Example: `  tgfetch --ns work login
  tgfetch session list
  tgfetch --ns work whoami`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listSessions(cmd.Context()) },
	})
	return cmd
}

// sessionRow is one stored session, as --json prints it.
type sessionRow struct {
	Event  string `json:"event"`
	Name   string `json:"name"`
	UserID int64  `json:"user_id,omitempty"` // 0 when nobody is logged in
	Bot    bool   `json:"bot"`
	HomeDC int    `json:"home_dc,omitempty"`
	Folder string `json:"folder"`
	Locked bool   `json:"locked,omitempty"` // encrypted, and no passphrase given that opens it
	Error  string `json:"error,omitempty"`
}

func (a *app) listSessions(ctx context.Context) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	passphrase, err := a.knownPassphrase(ctx)
	if err != nil {
		return err
	}
	var rows []sessionRow
	for _, name := range settings.Accounts(p.base) {
		row, ok := a.sessionRow(name, settings.AccountDir(p.base, name), passphrase)
		if ok {
			rows = append(rows, row)
		}
	}
	if a.flags.json {
		for _, r := range rows {
			if err := plain.Encode(a.out, r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(rows) == 0 {
		a.say("nobody has logged in here; run %s login", a.command())
		return nil
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = r.cells()
	}
	return report.Table(a.out, []string{"NAME", "ACCOUNT", "HOME DC", "FOLDER"}, cells...)
}

// sessionRow reads one session; it is false if there never was one.
func (a *app) sessionRow(name, dir, passphrase string) (sessionRow, bool) {
	row := sessionRow{Event: "session", Name: name, Folder: dir}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return row, false
	}
	opts := session.DirOptions{Logger: a.logger(), KeepPlain: true}
	if passphrase != "" {
		opts.Passphrase = func() (string, error) { return passphrase, nil }
	}
	store, err := session.OpenDir(dir, opts)
	if errors.Is(err, session.ErrPassphrase) {
		row.Locked = true
		return row, true
	}
	if err != nil {
		row.Error = err.Error()
		return row, true
	}
	keys, err := store.Keys()
	if err = errors.Join(err, store.Close()); err != nil {
		row.Error = err.Error()
	}
	row.UserID, row.Bot, row.HomeDC = keys.UserID, keys.Bot, keys.HomeDC
	return row, true
}

func (r sessionRow) cells() []string {
	account, home := "not logged in", "-"
	switch {
	case r.Error != "":
		account = "unusable: " + r.Error
	case r.Locked:
		account = "encrypted"
	case r.UserID != 0:
		account = strconv.FormatInt(r.UserID, 10)
		if r.Bot {
			account += " (bot)"
		}
	}
	if r.HomeDC != 0 {
		home = strconv.Itoa(r.HomeDC)
	}
	return []string{r.Name, account, home, r.Folder}
}
