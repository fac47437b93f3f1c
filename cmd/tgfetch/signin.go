package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
)

// tries is how often a person at a terminal may answer one question.
const tries = 3

// signIn is one login, in one of three ways: by phone, by QR code, as a bot.
type signIn struct {
	app    *app
	conn   *connection
	client *auth.Client
	how    loginFlags
	ask    *prompt.Prompter
}

func newSignIn(a *app, c *connection, how loginFlags, ask *prompt.Prompter) *signIn {
	return &signIn{app: a, conn: c, client: auth.NewClient(c.api, rand.Reader, c.app.ID, c.app.Hash), how: how, ask: ask}
}

// run logs in, records it and returns the account.
func (s *signIn) run(ctx context.Context) (*tg.User, error) {
	way := s.byPhone
	switch {
	case s.how.bot:
		way = s.asBot
	case s.how.qr:
		way = s.byQR
	}
	err := way(ctx)
	if errors.Is(err, auth.ErrPasswordAuthNeeded) {
		err = s.password(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	user, err := s.conn.self(ctx)
	if err != nil {
		return nil, err
	}
	return user, s.conn.pool.SetUser(ctx, user.ID, user.Bot)
}

// question is something that may be answered wrongly.
type question struct {
	given string // the answer, if it is known already
	ask   func(context.Context) (string, error)
	try   func(context.Context, string) error
	wrong func(error) bool // whether another answer may be right
}

// answer asks until the answer is right. It asks again only a person at a terminal, and nobody whose
// answer was given beforehand: a script cannot think of another one.
func (s *signIn) answer(ctx context.Context, q question) error {
	for n := 1; ; n++ {
		answer := q.given
		if answer == "" {
			var err error
			if answer, err = q.ask(ctx); err != nil {
				return err
			}
		}
		err := q.try(ctx, answer)
		if err == nil || !q.wrong(err) || q.given != "" || !s.ask.Terminal() || n >= tries {
			return err
		}
		fmt.Fprintf(s.app.talk, "%s; try again\n", exit.Reason(err))
	}
}

// byPhone logs in with the code that Telegram sends to a phone number.
//
// https://core.telegram.org/api/auth
func (s *signIn) byPhone(ctx context.Context) error {
	var phone string
	var sent tg.AuthSentCodeClass
	err := s.answer(ctx, question{
		given: s.how.phone,
		ask:   func(ctx context.Context) (string, error) { return s.ask.Line(ctx, "Phone number, with country code") },
		try: func(ctx context.Context, answer string) (err error) {
			phone = answer
			sent, err = s.client.SendCode(ctx, phone, auth.SendCodeOptions{})
			return err
		},
		wrong: func(err error) bool { return tgerr.Is(err, "PHONE_NUMBER_INVALID") },
	})
	if err != nil {
		return err
	}
	code, ok := sent.(*tg.AuthSentCode)
	if !ok {
		return fmt.Errorf("no code is sent to this phone number now (%s); log in with --qr", sent.TypeName())
	}
	return s.answer(ctx, question{
		given: s.how.code,
		ask:   func(ctx context.Context) (string, error) { return s.ask.Line(ctx, "Code"+codeChannel(code)) },
		try: func(ctx context.Context, answer string) error {
			_, err := s.client.SignIn(ctx, phone, answer, code.PhoneCodeHash)
			if _, ok := errors.AsType[*auth.SignUpRequired](err); ok {
				return exit.ErrNoAccount
			}
			return err
		},
		wrong: func(err error) bool { return tgerr.Is(err, "PHONE_CODE_INVALID", "PHONE_CODE_EMPTY") },
	})
}

// password gives the password of two-step verification.
//
// https://core.telegram.org/api/srp
func (s *signIn) password(ctx context.Context) error {
	hint := ""
	if p, err := s.conn.api.AccountGetPassword(ctx); err == nil && p.Hint != "" { // Without it, it is asked for all the same.
		hint = fmt.Sprintf(" (hint: %s)", p.Hint)
	}
	return s.answer(ctx, question{
		given: s.how.password,
		ask: func(ctx context.Context) (string, error) {
			return s.ask.Secret(ctx, "Two-step verification password"+hint)
		},
		try: func(ctx context.Context, answer string) error {
			_, err := s.client.Password(ctx, answer)
			return err
		},
		wrong: func(err error) bool {
			return errors.Is(err, auth.ErrPasswordInvalid) || tgerr.Is(err, "PASSWORD_HASH_INVALID", "SRP_ID_INVALID")
		},
	})
}

// asBot logs in with the token of @BotFather.
func (s *signIn) asBot(ctx context.Context) error {
	return s.answer(ctx, question{
		given: s.how.botToken,
		ask:   func(ctx context.Context) (string, error) { return s.ask.Secret(ctx, "Bot token") },
		try: func(ctx context.Context, answer string) error {
			_, err := s.client.Bot(ctx, strings.TrimSpace(answer))
			return err
		},
		wrong: func(err error) bool { return tgerr.Is(err, "ACCESS_TOKEN_INVALID", "ACCESS_TOKEN_EXPIRED") },
	})
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
