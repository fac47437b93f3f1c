package fetcher

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// Bounds on looking for a chat in the list of dialogs.
const (
	dialogsPerPage = 100
	maxPages       = 50
)

// findInDialogs looks through the account's dialogs for a channel or a user,
// and keeps every peer it meets.
//
// https://core.telegram.org/api/offsets
func (c *Client) findInDialogs(ctx context.Context, kind session.PeerKind, id int64) (session.Peer, error) {
	request := &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: dialogsPerPage}
	for range maxPages {
		page := &dialogsAnswer{}
		if err := (invoker{c, 0}).Invoke(ctx, request, page); err != nil {
			return session.Peer{}, err
		}
		c.noticeNames(page.named)
		peers := peersOf(page.chats, page.users)
		c.storePeers(peers, "", session.Peer{})
		for _, peer := range peers {
			if peer.Kind == kind && peer.ID == id {
				return peer, nil
			}
		}
		if !page.more || !nextPage(request, page, peers) {
			break
		}
	}
	what := "channel"
	if kind == session.PeerUser {
		what = "user"
	}
	return session.Peer{}, fmt.Errorf("%s %d is not among this account's chats: %w", what, id, ErrNoAccess)
}

// nextPage moves a request behind the last dialog of a page. It reports false
// if there is nothing to go on from.
func nextPage(request *tg.MessagesGetDialogsRequest, page *dialogsAnswer, peers []session.Peer) bool {
	dialogs := page.dialogs
	for i := len(dialogs) - 1; i >= 0; i-- {
		dialog, ok := dialogs[i].(*tg.Dialog)
		if !ok || dialog.TopMessage == request.OffsetID {
			continue
		}
		date, ok := dateOf(page.messages, dialog)
		if !ok {
			continue
		}
		for _, peer := range peers {
			if isPeer(peer, dialog.Peer) {
				request.OffsetPeer = (&chat{Peer: peer}).inputPeer()
				request.OffsetID = dialog.TopMessage
				request.OffsetDate = date
				return true
			}
		}
	}
	return false
}

// dateOf is the date of a dialog's last message.
func dateOf(messages []tg.MessageClass, dialog *tg.Dialog) (int, bool) {
	for _, class := range messages {
		m, ok := class.AsNotEmpty()
		if ok && m.GetID() == dialog.TopMessage && m.GetPeerID().String() == dialog.Peer.String() {
			return m.GetDate(), true
		}
	}
	return 0, false
}
