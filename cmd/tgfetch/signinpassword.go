package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// password gives the password of two-step verification, or replaces a forgotten one.
//
// https://core.telegram.org/api/srp
func (s *signIn) password(ctx context.Context) error {
	var known tg.AccountPassword // Without what it says, the password is asked for all the same.
	if p, err := s.conn.api.AccountGetPassword(ctx); err == nil {
		known = *p
	}
	asked := "Two-step verification password"
	if known.Hint != "" {
		asked += fmt.Sprintf(" (hint: %s)", plain.Short(known.Hint))
	}
	if known.HasRecovery && s.how.password == "" {
		s.app.say("an empty answer is for a password that is forgotten: the account has a recovery e-mail")
	}
	recovered := false
	err := s.answer(ctx, question{
		given: s.how.password,
		ask: func(ctx context.Context) (answer string, err error) {
			for answer == "" && err == nil && !recovered {
				if answer, err = s.ask.Secret(ctx, asked); err == nil && answer == "" {
					recovered, err = s.recover(ctx, known.HasRecovery)
				}
			}
			return answer, err
		},
		try: func(ctx context.Context, answer string) error {
			if recovered {
				return nil
			}
			return s.checkPassword(ctx, answer)
		},
		wrong: func(err error) bool { return errors.Is(err, auth.ErrPasswordInvalid) },
	})
	if errors.Is(err, auth.ErrPasswordInvalid) {
		return &exit.PasswordError{Recovery: known.HasRecovery, Err: err}
	}
	return err
}

// checkPassword proves the password. What it is proven against is good for a short time, and Telegram
// may lose it: then it is asked for once more.
func (s *signIn) checkPassword(ctx context.Context, password string) error {
	_, err := s.client.Password(ctx, password)
	if tgerr.Is(err, "SRP_ID_INVALID", "SRP_PASSWORD_CHANGED", "AUTH_KEY_UNSYNCHRONIZED") {
		_, err = s.client.Password(ctx, password)
	}
	return err
}

// recover logs in with a code from the recovery e-mail, if there is one and that is wanted: it ends
// two-step verification. It says whether it did.
//
// https://core.telegram.org/api/srp#email-verification
func (s *signIn) recover(ctx context.Context, possible bool) (done bool, err error) {
	if !possible {
		s.app.say("the account has no recovery e-mail; a forgotten password can be changed only where the account is logged in")
		return false, nil
	}
	wanted, err := s.ask.Line(ctx, "Log in with a code from the recovery e-mail, which turns two-step verification off (yes or no)")
	if err != nil || !strings.EqualFold(wanted, "yes") {
		return false, err
	}
	sent, err := s.conn.api.AuthRequestPasswordRecovery(ctx)
	if err != nil {
		return false, err
	}
	err = s.answer(ctx, question{
		ask: func(ctx context.Context) (string, error) {
			return s.ask.Line(ctx, "Recovery code"+in("by e-mail to "+plain.Short(sent.EmailPattern)))
		},
		try: func(ctx context.Context, answer string) error {
			return authorized(s.conn.api.AuthRecoverPassword(ctx, &tg.AuthRecoverPasswordRequest{Code: joined(answer)}))
		},
		wrong: func(err error) bool { return tgerr.Is(err, wrongCode...) },
	})
	if err != nil {
		return false, err
	}
	s.app.say("two-step verification is off now; a new password is set in a Telegram app, under Settings, Privacy")
	return true, nil
}
