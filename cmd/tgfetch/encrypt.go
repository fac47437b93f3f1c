package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/session"
)

func newEncrypt(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "encrypt",
		Short: "Encrypt the session with a passphrase, or change it",
		Long: `Encrypt the keys of the session with a passphrase, or change the passphrase of
one that is encrypted. Every command then asks for it, unless $TGFETCH_PASSPHRASE
or --passphrase-file has it. Without it the session is lost. "age -d" opens the
file, too.`,
		Example: `  tgfetch session encrypt
  tgfetch --passphrase-file old session encrypt --new-passphrase-file new`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSession(cmd.Context(), func(_ place, store *session.Dir, encrypted bool) error {
				return a.setPassphrase(cmd.Context(), store, encrypted, file)
			})
		},
	}
	cmd.Flags().StringVar(&file, "new-passphrase-file", "", "the new passphrase is the first line of `FILE`")
	return cmd
}

func (a *app) setPassphrase(ctx context.Context, store *session.Dir, encrypted bool, file string) error {
	if !encrypted && file == "" {
		if err := a.encrypt(ctx, store); err != nil {
			return err
		}
		a.say("the session in %s is encrypted now", store.Path())
		return nil
	}
	passphrase, err := a.newPassphrase(ctx, file)
	if err != nil {
		return err
	}
	if err := store.SetPassphrase(passphrase); err != nil {
		return err
	}
	a.say("the session in %s has a new passphrase", store.Path())
	return nil
}

func newDecrypt(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "decrypt",
		Short: "Keep the session in the clear again",
		Example: `  tgfetch session decrypt
  tgfetch --passphrase-file FILE session decrypt`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSession(cmd.Context(), func(_ place, store *session.Dir, encrypted bool) error {
				if !encrypted {
					a.say("the session in %s is not encrypted", store.Path())
					return nil
				}
				if err := store.SetPassphrase(""); err != nil {
					return err
				}
				a.say("the session in %s is in the clear now; whoever can read it is the account", store.Path())
				return nil
			})
		},
	}
}

// withSession runs f on the stored session, without the network.
func (a *app) withSession(ctx context.Context, f func(p place, store *session.Dir, encrypted bool) error) (err error) {
	p, err := a.place()
	if err != nil {
		return err
	}
	if !session.Exists(p.dir) {
		return &exit.UsageError{Text: "there is no session yet; " + a.command() + " login makes one"}
	}
	store, err := a.openStore(ctx, p.dir)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
	}()
	encrypted, err := store.Encrypted()
	if err != nil {
		return err
	}
	return f(p, store, encrypted)
}
