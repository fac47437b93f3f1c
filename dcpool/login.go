package dcpool

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
)

// LoginFlow asks and answers the questions of a login, as gotd's auth.Flow does.
type LoginFlow interface {
	Run(ctx context.Context, client auth.FlowClient) error
}

// LoginFunc is a function as a [LoginFlow].
type LoginFunc func(ctx context.Context, client auth.FlowClient) error

// Run implements LoginFlow.
func (f LoginFunc) Run(ctx context.Context, client auth.FlowClient) error { return f(ctx, client) }

// LogIn has flow log in at the home data center, which moves to where the account
// lives, and records whose login it is, as [Pool.SetUser] does. It returns the
// account.
//
//	user, err := pool.LogIn(ctx, auth.NewFlow(auth.Constant(phone, password, code), auth.SendCodeOptions{}))
//
// Errors: those of flow; those of Do, of which [ErrLoginNeeded] says that flow ended
// without a login.
func (p *Pool) LogIn(ctx context.Context, flow LoginFlow) (*tg.User, error) {
	if err := flow.Run(ctx, p.authClient()); err != nil {
		return nil, Ended(ctx, err)
	}
	user, err := p.self(ctx)
	if err != nil {
		return nil, err
	}
	return user, p.SetUser(ctx, user.ID, user.Bot)
}

// LogInBot logs in as the bot that @BotFather has given the token of.
//
// Errors: as LogIn's; *tgerr.Error ACCESS_TOKEN_INVALID or ACCESS_TOKEN_EXPIRED.
func (p *Pool) LogInBot(ctx context.Context, token string) (*tg.User, error) {
	return p.LogIn(ctx, LoginFunc(func(ctx context.Context, _ auth.FlowClient) error {
		_, err := p.authClient().Bot(ctx, token)
		return err
	}))
}

func (p *Pool) authClient() *auth.Client {
	return auth.NewClient(tg.NewClient(p.Invoker(Target{})), rand.Reader, p.cfg.APIID, p.cfg.APIHash)
}

// self is the account that is logged in.
func (p *Pool) self(ctx context.Context) (*tg.User, error) {
	users, err := tg.NewClient(p.Invoker(Target{})).UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil {
		return nil, fmt.Errorf("asking who is logged in: %w", err)
	}
	for _, class := range users {
		if user, ok := class.(*tg.User); ok {
			return user, nil
		}
	}
	return nil, fmt.Errorf("asking who is logged in: no user in the answer: %w", ErrLoginNeeded)
}
