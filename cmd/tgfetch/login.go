package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/dcpool"
)

type loginFlags struct{ phone, code, botToken string }

func newLogin(a *app) *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to Telegram, once",
		Long: `Log in to Telegram. What is not given as a flag is asked for: the phone number,
the code that Telegram sends, the password if the account has one. When stdin is
not a terminal, the answers are read from it, one per line, in that order.

The session is kept in $XDG_STATE_HOME/tgfetch, readable only by you; each
--cluster has its own.`,
		Example: `  tgfetch login
  tgfetch login --phone +15551234567
  printf '%s\n' "$CODE" "$PASSWORD" | tgfetch login --phone +15551234567
  echo "$TOKEN" | tgfetch login --bot-token -`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.phone, "phone", "", "phone `NUMBER` in international form")
	cmd.Flags().StringVar(&f.code, "code", "", "the login `CODE` (others on this machine can see it)")
	cmd.Flags().StringVar(&f.botToken, "bot-token", "", "log in as the bot with this `TOKEN`; - reads stdin")
	return cmd
}

func (a *app) login(ctx context.Context, f loginFlags) (err error) {
	if f.botToken != "" && (f.phone != "" || f.code != "") {
		return &exit.UsageError{Text: "--bot-token logs in a bot, which has no --phone and no --code; give one or the other"}
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.closeInto(&err)

	if keys, err := c.store.Keys(); err != nil {
		return err
	} else if keys.UserID != 0 {
		user, err := c.self(ctx)
		switch {
		case err == nil:
			a.say("already logged in; tgfetch logout first to change the account")
			return a.showAccount(c, user)
		case !errors.Is(err, dcpool.ErrLoginNeeded):
			return err
		}
	}

	user, err := c.signIn(ctx, f, prompt.New(a.in, a.talk))
	if err != nil {
		return err
	}
	return a.showAccount(c, user)
}

// signIn runs the login, records it and returns the account.
func (c *connection) signIn(ctx context.Context, f loginFlags, ask *prompt.Prompter) (*tg.User, error) {
	client := auth.NewClient(c.api, rand.Reader, c.app.ID, c.app.Hash)
	var err error
	if f.botToken != "" {
		err = botSignIn(ctx, client, f.botToken, ask)
	} else {
		err = auth.NewFlow(&answers{ask: ask, phone: f.phone, code: f.code}, auth.SendCodeOptions{}).Run(ctx, client)
	}
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	user, err := c.self(ctx)
	if err != nil {
		return nil, err
	}
	return user, c.pool.SetUser(ctx, user.ID, user.Bot)
}

func botSignIn(ctx context.Context, client *auth.Client, token string, ask *prompt.Prompter) error {
	if token == "-" {
		var err error
		if token, err = ask.Secret(ctx, "Bot token"); err != nil {
			return err
		}
	}
	_, err := client.Bot(ctx, strings.TrimSpace(token))
	return err
}

// answers gives gotd's login flow what the flags hold, and asks for the rest.
type answers struct {
	ask         *prompt.Prompter
	phone, code string
}

func (a *answers) Phone(ctx context.Context) (string, error) {
	if a.phone != "" {
		return a.phone, nil
	}
	return a.ask.Line(ctx, "Phone number, with country code")
}

func (a *answers) Code(ctx context.Context, sent *tg.AuthSentCode) (string, error) {
	if a.code != "" {
		return a.code, nil
	}
	return a.ask.Line(ctx, "Code"+codeChannel(sent))
}

func (a *answers) Password(ctx context.Context) (string, error) {
	return a.ask.Secret(ctx, "Two-step verification password")
}

func (a *answers) AcceptTermsOfService(context.Context, tg.HelpTermsOfService) error {
	return exit.ErrNoAccount
}

func (a *answers) SignUp(context.Context) (auth.UserInfo, error) {
	return auth.UserInfo{}, exit.ErrNoAccount
}

// codeChannel says where to look for the code.
func codeChannel(sent *tg.AuthSentCode) string {
	switch sent.Type.(type) {
	case *tg.AuthSentCodeTypeApp:
		return " (in the Telegram app on your other devices)"
	case *tg.AuthSentCodeTypeSMS, *tg.AuthSentCodeTypeSMSWord, *tg.AuthSentCodeTypeSMSPhrase:
		return " (by SMS)"
	case *tg.AuthSentCodeTypeCall:
		return " (by a call)"
	case *tg.AuthSentCodeTypeEmailCode:
		return " (by e-mail)"
	case *tg.AuthSentCodeTypeFragmentSMS:
		return " (on fragment.com)"
	}
	return ""
}
