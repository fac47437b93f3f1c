package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher/plain"
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
			err := s.accepted(ctx, answer)
			if tgerr.Is(err, "AUTH_TOKEN_EXPIRED") {
				continue // It was accepted too late; the next one is shown.
			}
			return err
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

// maxMoves bounds the data centers that one login token leads to.
const maxMoves = 4

// accepted ends a login whose token was accepted, on the account's home data center.
func (s *signIn) accepted(ctx context.Context, answer tg.AuthLoginTokenClass) error {
	for range maxMoves {
		switch a := answer.(type) {
		case *tg.AuthLoginTokenSuccess:
			return authorized(a.Authorization, nil)
		case *tg.AuthLoginTokenMigrateTo:
			if err := s.conn.pool.MoveHome(ctx, a.DCID); err != nil {
				return err
			}
			var err error
			if answer, err = s.conn.api.AuthImportLoginToken(ctx, a.Token); err != nil {
				return passwordNeeded(err)
			}
		default:
			return fmt.Errorf("the login token was answered with %s; run tgfetch login again", answer.TypeName())
		}
	}
	return fmt.Errorf("the login token leads from data center to data center without end; run tgfetch login again")
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
	plain.Fprintf(s.app.talk, "%s\n%s\n", strings.Replace(qrHint, "Scan this", "Make a QR code of this and scan it", 1), link)
}

func (s *signIn) clearQR() {
	if s.app.screen != nil {
		s.app.screen.SetFooter()
	}
}
