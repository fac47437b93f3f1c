package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/beside"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// passphraseEnv has the passphrase of the session, for scripts.
const passphraseEnv = "TGFETCH_PASSPHRASE"

// openStore opens the session in a folder. An encrypted one takes the passphrase that was given, or
// asks a person for it; one in the clear stays so.
func (a *app) openStore(ctx context.Context, dir string) (*session.Dir, error) {
	known, err := a.knownPassphrase(ctx)
	if err != nil {
		return nil, err
	}
	opts := session.DirOptions{Logger: a.logger(), KeepPlain: true}
	ask := prompt.New(a.in, a.talk)
	switch {
	case known != "":
		opts.Passphrase = func() (string, error) { return known, nil }
	case ask.Terminal():
		opts.Passphrase = func() (string, error) { return ask.Secret(ctx, "Passphrase of the session") }
	}
	for n := 1; ; n++ {
		store, err := session.OpenDir(dir, opts)
		if known != "" || !ask.Terminal() || n >= tries || !errors.Is(err, session.ErrPassphrase) {
			return store, err
		}
		plain.Fprintf(a.talk, "%s; try again\n", exit.Reason(err))
	}
}

// knownPassphrase is the passphrase that was given beforehand; empty if none was.
func (a *app) knownPassphrase(ctx context.Context) (string, error) {
	if a.flags.passphraseFile == "" {
		return os.Getenv(passphraseEnv), nil
	}
	return passphraseIn(ctx, a.flags.passphraseFile)
}

// passphraseIn is the first line of a file, which may be a pipe.
func passphraseIn(ctx context.Context, name string) (string, error) {
	line, err := beside.Do(ctx, func() (string, error) { return readFile(ownfile.Passphrase, name, firstLine) })
	if err == nil && line == "" {
		err = &exit.UsageError{Text: fmt.Sprintf("%s: its first line is to be the passphrase, and is empty", name)}
	}
	return line, err
}

func firstLine(r io.Reader) (string, error) {
	lines := bufio.NewScanner(r)
	lines.Scan()
	return strings.TrimSuffix(lines.Text(), "\r"), lines.Err()
}

// newPassphrase is a passphrase to encrypt with: from a file, or asked for.
func (a *app) newPassphrase(ctx context.Context, file string) (string, error) {
	if file != "" {
		return passphraseIn(ctx, file)
	}
	ask := prompt.New(a.in, a.talk)
	if !ask.Terminal() {
		return "", &exit.UsageError{Text: "there is no terminal to ask for a passphrase at; give it in a file"}
	}
	first, err := ask.Secret(ctx, "New passphrase of the session")
	if err != nil {
		return "", err
	}
	again, err := ask.Secret(ctx, "The same again")
	switch {
	case err != nil:
		return "", err
	case first != again:
		return "", &exit.UsageError{Text: "the two passphrases differ; nothing was changed"}
	case first == "":
		return "", &exit.UsageError{Text: "the passphrase is empty; nothing was changed"}
	}
	return first, nil
}

// encryptNew encrypts a session that is to be made, unless it is encrypted already.
func (a *app) encryptNew(ctx context.Context, store *session.Dir) error {
	encrypted, err := store.Encrypted()
	if err != nil || encrypted {
		return err
	}
	return a.encrypt(ctx, store)
}

// encrypt encrypts a session that is in the clear, with the passphrase that was given or a new one.
func (a *app) encrypt(ctx context.Context, store *session.Dir) error {
	passphrase, err := a.knownPassphrase(ctx)
	if err != nil {
		return err
	}
	if passphrase == "" {
		if passphrase, err = a.newPassphrase(ctx, ""); err != nil {
			return err
		}
	}
	return store.SetPassphrase(passphrase)
}
