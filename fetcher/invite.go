package fetcher

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// InviteError reports an invite link to a chat that the account is not in.
// Joining is up to the person it belongs to. It is an [ErrNoAccess].
type InviteError struct {
	// Title is the chat's, Members how many it has.
	Title   string
	Members int
	// Request says that its administrators decide about who joins.
	Request bool
}

func (e *InviteError) Error() string {
	how := "join it in a Telegram app"
	if e.Request {
		how = "ask to join it in a Telegram app"
	}
	return fmt.Sprintf("this account is not a member of %q (members: %d); %s if you want its files", e.Title, e.Members, how)
}

func (e *InviteError) Unwrap() error { return ErrNoAccess }

// checkInvite finds the chat of an invite link without joining it.
//
// https://core.telegram.org/method/messages.checkChatInvite
func (c *Client) checkInvite(ctx context.Context, hash string) (session.Peer, error) {
	answer, err := c.home().MessagesCheckChatInvite(ctx, hash)
	if err != nil {
		return session.Peer{}, err
	}
	var found tg.ChatClass
	switch invite := answer.(type) {
	case *tg.ChatInvite:
		return session.Peer{}, &InviteError{Title: invite.Title, Members: invite.ParticipantsCount, Request: invite.RequestNeeded}
	case *tg.ChatInviteAlready:
		found = invite.Chat
	case *tg.ChatInvitePeek: // Telegram lets anybody look inside for a while.
		found = invite.Chat
	}
	for _, peer := range peersOf([]tg.ChatClass{found}, nil) {
		c.storePeers([]session.Peer{peer}, "", peer)
		return peer, nil
	}
	return session.Peer{}, fmt.Errorf("the chat of the invite: %w", ErrNoAccess)
}
