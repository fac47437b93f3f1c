package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
)

// Secrets that scripts give without showing them to everybody on the machine.
const (
	passwordEnv = "TGFETCH_PASSWORD"
	botTokenEnv = "TGFETCH_BOT_TOKEN"
)

// loginFlags say how to log in; what they do not hold is asked for.
type loginFlags struct {
	phone, code, password, botToken string
	qr, bot, encrypt                bool
}

func newLogin(a *app) *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to Telegram, once",
		Long: `Log in to Telegram by phone number, by QR code or as a bot. What is not given is
asked for: the number, the code that Telegram sends, the password if there is
one. The question for the code says where it was sent; an empty answer has a new
one sent, in the next way that Telegram offers. When stdin is not a terminal,
the answers are read from it, one per line, in that order. $TGFETCH_PASSWORD and
$TGFETCH_BOT_TOKEN are read, too.

The session is kept in $XDG_STATE_HOME/tgfetch, readable only by you; each --ns,
each --cluster and --test-dc has its own.`,
		Example: `  tgfetch login
  tgfetch login --qr
  tgfetch --ns work login --phone +15551234567
  printf '%s\n' "$CODE" "$PASSWORD" | tgfetch login --phone +15551234567
  echo "$TOKEN" | tgfetch login --bot`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.phone, "phone", "", "phone `NUMBER` in international form")
	cmd.Flags().BoolVar(&f.qr, "qr", false, "show a QR code to scan with a phone that is logged in")
	cmd.Flags().BoolVar(&f.bot, "bot", false, "log in as a bot")
	cmd.Flags().BoolVar(&f.encrypt, "encrypt", false, "keep the session under a passphrase; see tgfetch session encrypt --help")
	cmd.Flags().StringVar(&f.code, "code", "", "the login `CODE` (others on this machine can see it)")
	cmd.Flags().StringVar(&f.botToken, "bot-token", "", "the bot's `TOKEN` (others can see it); - asks, like --bot")
	return cmd
}

// complete adds what the environment holds and refuses what contradicts itself.
func (f *loginFlags) complete(getenv func(string) string) error {
	if f.botToken == "-" {
		f.bot, f.botToken = true, ""
	}
	byPhone := f.phone != "" || f.code != ""
	ways := 0
	for _, way := range []bool{byPhone, f.qr, f.bot || f.botToken != ""} {
		if way {
			ways++
		}
	}
	if ways > 1 {
		return &exit.UsageError{Text: "log in by --phone, by --qr or as a --bot, which has no phone and no code; give one of them"}
	}
	f.password = cmp.Or(f.password, getenv(passwordEnv))
	if !byPhone && !f.qr {
		f.botToken = cmp.Or(f.botToken, getenv(botTokenEnv))
	}
	f.bot = f.bot || f.botToken != ""
	return nil
}

func (a *app) login(ctx context.Context, f loginFlags) (err error) {
	if err := f.complete(os.Getenv); err != nil {
		return err
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.closeInto(&err)
	if store, ok := c.store.(*session.Dir); ok && f.encrypt {
		if err := a.encryptNew(ctx, store); err != nil {
			return err
		}
	}

	if keys, err := c.store.Keys(); err != nil {
		return err
	} else if keys.UserID != 0 {
		user, err := c.self(ctx)
		switch {
		case err == nil:
			a.say("already logged in; %s logout first to change the account, or give the other one a name with --ns", a.command())
			return a.showAccount(c, user)
		case !errors.Is(err, dcpool.ErrLoginNeeded):
			return err
		}
	}

	if c.whose != "" { // Whoever wants it quiet wants to know that, too.
		plain.Fprintf(a.talk, "%s\n", c.whose)
	}
	user, err := newSignIn(a, c, f, prompt.New(a.in, a.talk)).run(ctx)
	if err != nil {
		return err
	}
	return a.showAccount(c, user)
}
