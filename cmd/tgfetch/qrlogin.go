package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
)

// qrPoll is how often Telegram is asked whether the code was scanned. Its connections bring no
// updates, which would say so.
const qrPoll = 3 * time.Second

const qrHint = "Scan this in the Telegram app: Settings, Devices, Link Desktop Device."

// byQR shows a login token until a device that is logged in accepts it.
//
// https://core.telegram.org/api/qr-login
func (s *signIn) byQR(ctx context.Context) error {
	defer s.clearQR()
	shown := ""
	for {
		answer, err := s.conn.api.AuthExportLoginToken(ctx, &tg.AuthExportLoginTokenRequest{APIID: s.conn.app.ID, APIHash: s.conn.app.Hash})
		if err != nil {
			return passwordNeeded(err)
		}
		token, ok := answer.(*tg.AuthLoginToken)
		if !ok {
			return s.accepted(ctx, answer)
		}
		if link := "tg://login?token=" + base64.RawURLEncoding.EncodeToString(token.Token); link != shown {
			s.showQR(link)
			shown = link
		}
		wait := time.NewTimer(min(qrPoll, max(time.Second, time.Until(time.Unix(int64(token.Expires), 0)))))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return context.Cause(ctx)
		}
	}
}

// accepted ends a login whose token was accepted, on the account's home data center.
func (s *signIn) accepted(ctx context.Context, answer tg.AuthLoginTokenClass) error {
	if move, ok := answer.(*tg.AuthLoginTokenMigrateTo); ok {
		if err := s.conn.pool.MoveHome(ctx, move.DCID); err != nil {
			return err
		}
		var err error
		if answer, err = s.conn.api.AuthImportLoginToken(ctx, move.Token); err != nil {
			return passwordNeeded(err)
		}
	}
	if _, ok := answer.(*tg.AuthLoginTokenSuccess); !ok {
		return fmt.Errorf("the login token was answered with %s; run tgfetch login again", answer.TypeName())
	}
	return nil
}

// passwordNeeded makes the demand for a password what gotd's calls make of it.
func passwordNeeded(err error) error {
	if tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return auth.ErrPasswordAuthNeeded
	}
	return err
}

// showQR draws the code in place of the one before; where it has no room, it gives the link.
func (s *signIn) showQR(link string) {
	if screen := s.app.screen; screen != nil {
		code := report.QR(link)
		columns, rows := screen.Size()
		if report.Fits(code, columns, rows-1) {
			screen.SetFooter(append([]string{qrHint}, code...)...)
			return
		}
	}
	fmt.Fprintln(s.app.talk, strings.Replace(qrHint, "Scan this", "Make a QR code of this and scan it", 1))
	fmt.Fprintln(s.app.talk, link)
}

func (s *signIn) clearQR() {
	if s.app.screen != nil {
		s.app.screen.SetFooter()
	}
}
