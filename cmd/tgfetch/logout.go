package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newLogout(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Log out and forget the session",
		Long: `Log out: Telegram is told, and every key, the account, and what was kept of its
chats and files are forgotten here. When Telegram cannot be told, they are
forgotten all the same; the exit code is 5 then, and the login is left to be
ended in a Telegram app.`,
		Example: `  tgfetch logout`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.logout(cmd.Context()) },
	}
}

func (a *app) logout(ctx context.Context) (err error) {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.closeInto(&err)
	keys, err := c.store.Keys()
	if err != nil {
		return err
	}
	if keys.UserID == 0 {
		a.say("nobody is logged in")
		return nil
	}
	if err := c.pool.LogOut(ctx); err != nil {
		return err
	}
	a.say("logged out")
	return nil
}
