package dcpool

import (
	"context"
	"errors"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

func TestLogIn(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	p := s.pool(store, nil)
	if _, err := p.LogIn(t.Context(), LoginFunc(func(context.Context, auth.FlowClient) error { return nil })); !errors.Is(err, ErrLoginNeeded) {
		t.Errorf("a flow that does nothing: %v", err)
	}
	odd := errors.New("odd")
	if _, err := p.LogIn(t.Context(), LoginFunc(func(context.Context, auth.FlowClient) error { return odd })); !errors.Is(err, odd) {
		t.Errorf("a flow that fails: %v", err)
	}
	code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return "11111", nil })
	user, err := p.LogIn(t.Context(), auth.NewFlow(auth.Constant("+9996610001", "", code), auth.SendCodeOptions{}))
	if err != nil || user.ID != 7001 {
		t.Fatalf("%+v, %v", user, err)
	}
	keys, err := store.Keys()
	if err != nil || keys.UserID != user.ID || keys.Bot || keys.HomeDC != p.Home() {
		t.Errorf("kept: user %d, bot %v, home %d, %v", keys.UserID, keys.Bot, keys.HomeDC, err)
	}
}

func TestLogInBot(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	p := s.pool(store, nil)
	if _, err := p.LogInBot(t.Context(), "1:wrong"); !tgerr.Is(err, "ACCESS_TOKEN_INVALID") {
		t.Errorf("a wrong token: %v", err)
	}
	user, err := p.LogInBot(t.Context(), simBotToken)
	if err != nil || !user.Bot {
		t.Fatalf("%+v, %v", user, err)
	}
	if keys, err := store.Keys(); err != nil || keys.UserID != user.ID || !keys.Bot {
		t.Errorf("kept: user %d, bot %v, %v", keys.UserID, keys.Bot, err)
	}
}
