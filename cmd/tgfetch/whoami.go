package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newWhoami(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Show the account that is logged in",
		Example: `  tgfetch whoami
  tgfetch whoami --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.whoami(cmd.Context()) },
	}
}

func (a *app) whoami(ctx context.Context) (err error) {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.closeInto(&err)
	user, err := c.self(ctx)
	if err != nil {
		return err
	}
	return a.showAccount(c, user)
}
