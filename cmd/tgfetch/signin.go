package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/plain"
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
	defer s.tellWaits(ctx)()
	return s.conn.pool.LogIn(ctx, dcpool.LoginFunc(func(ctx context.Context, _ auth.FlowClient) error { return s.logIn(ctx) }))
}

// logIn goes one of the ways to a login.
func (s *signIn) logIn(ctx context.Context) error {
	way := s.byPhone
	switch {
	case s.how.bot:
		way = s.asBot
	case s.how.qr:
		way = s.byQR
	}
	err := s.attempt(ctx, way)
	if tgerr.Is(err, "AUTH_RESTART") {
		s.app.say("Telegram asks to begin the login again")
		err = s.attempt(ctx, way)
	}
	if flood, ok := errors.AsType[*dcpool.FloodError](err); ok {
		err = &exit.LoginFloodError{Method: flood.Method, Wait: flood.Wait, Err: err}
	}
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	return nil
}

// attempt goes one way to its end, with the password if there is one.
func (s *signIn) attempt(ctx context.Context, way func(context.Context) error) error {
	err := way(ctx)
	if errors.Is(err, auth.ErrPasswordAuthNeeded) {
		return s.password(ctx)
	}
	return err
}

// tellWaits says when Telegram asks to wait, until the function it returns is called.
func (s *signIn) tellWaits(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	events := s.conn.pool.Events(ctx)
	go func() {
		defer close(ended)
		for at, e := range events {
			if flood, ok := e.(dcpool.FloodBegan); ok {
				s.app.say("Telegram asks to wait %v before it goes on", flood.Until.Sub(at).Round(time.Second))
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
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
		plain.Fprintf(s.app.talk, "%s; try again\n", exit.Reason(err))
	}
}

// authorized says whether an answer is a login, or why not.
func authorized(a tg.AuthAuthorizationClass, err error) error {
	if err != nil {
		return passwordNeeded(err)
	}
	switch a := a.(type) {
	case *tg.AuthAuthorization:
		return nil
	case *tg.AuthAuthorizationSignUpRequired:
		return exit.ErrNoAccount
	default:
		return fmt.Errorf("the login was answered with %s, which this version does not know", a.TypeName())
	}
}

// passwordNeeded makes the demand for a password what gotd's calls make of it.
func passwordNeeded(err error) error {
	if tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return auth.ErrPasswordAuthNeeded
	}
	return err
}

// asBot logs in with the token of @BotFather.
func (s *signIn) asBot(ctx context.Context) error {
	return s.answer(ctx, question{
		given: s.how.botToken,
		ask:   func(ctx context.Context) (string, error) { return s.ask.Secret(ctx, "Bot token") },
		try: func(ctx context.Context, answer string) error {
			return authorized(s.conn.api.AuthImportBotAuthorization(ctx, &tg.AuthImportBotAuthorizationRequest{
				APIID: s.conn.app.ID, APIHash: s.conn.app.Hash, BotAuthToken: strings.TrimSpace(answer),
			}))
		},
		wrong: func(err error) bool { return tgerr.Is(err, "ACCESS_TOKEN_INVALID", "ACCESS_TOKEN_EXPIRED") },
	})
}
