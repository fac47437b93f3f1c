package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

func newExport(a *app) *cobra.Command {
	var format, to string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the login for another program",
		Long: `Write the login as another program reads it: a session string of Telethon or
Pyrogram, or a session file of gotd. Whoever has it is the account, until it is
logged out; so it goes into a file that only you can read, or to stdout.`,
		Example: `  tgfetch session export --format telethon --to session.txt
  tgfetch session export --format gotd --to session.json
  tgfetch session export --format pyrogram | ssh server 'cat > session.txt'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.exportSession(cmd.Context(), foreign.Format(format), to)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "`FORMAT` is telethon, pyrogram or gotd")
	cmd.Flags().StringVar(&to, "to", "", "write it to a new `FILE` (default stdout)")
	return cmd
}

func (a *app) exportSession(ctx context.Context, format foreign.Format, to string) error {
	if !slices.Contains(foreign.Formats, format) {
		return &exit.UsageError{Text: "--format: give one of telethon, pyrogram and gotd"}
	}
	return a.withSession(ctx, func(p place, store *session.Dir, _ bool) error {
		login, err := a.loginOf(p, store)
		if err != nil {
			return err
		}
		text, err := foreign.Write(login, format)
		if err != nil {
			return err
		}
		text = append(text, '\n')
		if to == "" {
			_, err := a.out.Write(text)
			return err
		}
		if err := writeSecret(to, text); err != nil {
			return err
		}
		a.say("%s is the login of user %d; whoever has it is the account", to, login.UserID)
		return nil
	})
}

// loginOf is the login that is stored.
func (a *app) loginOf(p place, store *session.Dir) (foreign.Login, error) {
	keys, err := store.Keys()
	if err != nil {
		return foreign.Login{}, err
	}
	home := keys.DCs[keys.HomeDC]
	if keys.UserID == 0 || home.AuthKey.Zero() {
		return foreign.Login{}, dcpool.ErrLoginNeeded
	}
	state, err := store.State()
	if err != nil {
		return foreign.Login{}, err
	}
	network := p.network
	if len(network.DCs) == 0 {
		network = dcpool.ProdNetwork()
	}
	return foreign.Login{
		DC: keys.HomeDC, Key: home.AuthKey, UserID: keys.UserID, Bot: keys.Bot,
		Addr: a.addressOf(keys.HomeDC, append(state.Options, network.DCs...)),
		Test: network.Test, APIID: p.app.ID, Salt: currentSalt(home.Salts, time.Now().Add(home.TimeOffset)),
	}, nil
}

// addressOf is an address of a data center that any client can use.
func (a *app) addressOf(dc int, options []session.DCOption) string {
	for _, o := range options {
		if o.ID == dc && !o.MediaOnly && !o.CDN && !o.TCPOOnly && len(o.Secret) == 0 && o.IPv6 == a.flags.ipv6 {
			return net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
		}
	}
	return ""
}

// currentSalt is the salt that is good now; 0 if none is known to be.
func currentSalt(salts []session.Salt, now time.Time) int64 {
	for _, s := range salts {
		if !s.Since.After(now) && (s.Until.IsZero() || s.Until.After(now)) {
			return s.Value
		}
	}
	return 0
}

// writeSecret writes a new file that only its owner can read.
func writeSecret(path string, data []byte) error {
	err := ownfile.Create(ownfile.SessionExport, path, data)
	if errors.Is(err, fs.ErrExist) {
		return &exit.UsageError{Text: fmt.Sprintf("%s is there already; name another file", path)}
	}
	return err
}
