package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// self asks for the account that is logged in.
func (c *connection) self(ctx context.Context) (*tg.User, error) {
	users, err := c.api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil {
		return nil, fmt.Errorf("asking who is logged in: %w", err)
	}
	for _, u := range users {
		if user, ok := u.(*tg.User); ok {
			return user, nil
		}
	}
	return nil, fmt.Errorf("asking who is logged in: no user in the answer: %w", dcpool.ErrLoginNeeded)
}

// showAccount prints who is logged in: on stdout, for it is what whoami is asked for.
func (a *app) showAccount(c *connection, u *tg.User) error {
	home := c.pool.Home()
	if a.flags.json {
		return plain.Encode(a.out, struct {
			Event    string `json:"event"`
			ID       int64  `json:"id"`
			Name     string `json:"name"`
			Username string `json:"username,omitempty"`
			Phone    string `json:"phone,omitempty"`
			Bot      bool   `json:"bot"`
			HomeDC   int    `json:"home_dc"`
		}{"account", u.ID, fullName(u), u.Username, u.Phone, u.Bot, home})
	}
	details := []string{fmt.Sprintf("id %d", u.ID)}
	if u.Username != "" {
		details = append(details, "@"+u.Username)
	}
	if u.Phone != "" {
		details = append(details, "+"+strings.TrimPrefix(u.Phone, "+"))
	}
	if u.Bot {
		details = append(details, "bot")
	}
	_, err := plain.Fprintf(a.out, "%s (%s), home DC %d\n", fullName(u), strings.Join(details, ", "), home)
	return err
}

func fullName(u *tg.User) string {
	return strings.TrimSpace(u.FirstName + " " + u.LastName)
}

// sayLines writes lines of talk, of which each was made plain, unless the user wants none.
func (a *app) sayLines(text string) {
	if !a.flags.quiet {
		_, _ = io.WriteString(a.talk, text+"\n")
	}
}

// say writes one line of talk, whose values are made plain, unless the user wants none.
func (a *app) say(format string, args ...any) {
	if !a.flags.quiet {
		plain.Fprintf(a.talk, format+"\n", args...)
	}
}
