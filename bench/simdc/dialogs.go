package simdc

import (
	"cmp"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerDialogs adds the methods about the list of chats.
// https://core.telegram.org/api/folders#peer-folders
func registerDialogs(m methods) {
	add(m, userOnly, (*call).getDialogs)
	add(m, userOnly, (*call).getPinnedDialogs)
	add(m, userOnly, (*call).getPeerDialogs)
}

// Folders that a chat is in one of. https://core.telegram.org/api/folders
const (
	mainFolder    = 0
	archiveFolder = 1
)

// dialog is a chat as the list of chats shows it.
type dialog struct {
	source
	top    *message // The last message, which is never nil.
	folder int
	pinned bool
}

// dialogs are the caller's chats, those that are pinned first and then the
// one with the latest message. A chat without a message is not in the list,
// and neither is one that the caller was thrown out of.
func (c *call) dialogs() []dialog {
	var list []dialog
	for _, x := range c.cluster.world.sortedChats() {
		shown := x.visible(c.account.ID) || c.cluster.world.scenario.Turns(scenario.ForbiddenDialogsHidden)
		live := x.box.live()
		if !shown || len(live) == 0 || !x.member(c.account.ID) {
			continue
		}
		one := dialog{source: c.channelSource(x), top: live[0], pinned: x.Pinned}
		if x.Archived {
			one.folder = archiveFolder
		}
		list = append(list, one)
	}
	for _, a := range c.correspondents() {
		if s := c.private(a); len(s.box.live()) > 0 {
			list = append(list, dialog{source: s, top: s.box.live()[0]})
		}
	}
	slices.SortStableFunc(list, dialog.compare)
	return list
}

// compare orders dialogs as they are listed.
func (d dialog) compare(o dialog) int {
	switch {
	case d.pinned && !o.pinned:
		return -1
	case o.pinned && !d.pinned:
		return 1
	}
	return cmp.Or(cmp.Compare(o.top.Date, d.top.Date), cmp.Compare(o.top.ID, d.top.ID))
}

// getDialogs lists the chats of one folder, or of all if none is named, from
// an offset on. https://core.telegram.org/api/offsets
func (c *call) getDialogs(r *tg.MessagesGetDialogsRequest) (bin.Encoder, error) {
	list := c.dialogs()
	if folder, ok := r.GetFolderID(); ok {
		if folder != mainFolder && folder != archiveFolder {
			return nil, fail(400, "FOLDER_ID_INVALID")
		}
		list = slices.DeleteFunc(list, func(d dialog) bool { return d.folder != folder })
	}
	total := len(list) // With those that are pinned, excluded or not.
	if r.ExcludePinned {
		list = slices.DeleteFunc(list, func(d dialog) bool { return d.pinned })
	}
	limit := r.Limit
	if limit <= 0 || limit > maxMessages {
		limit = maxMessages
	}
	start := c.behind(list, r)
	whole := start == 0 && len(list) <= limit
	list = list[start:]
	list = list[:min(limit, len(list))]

	shown := c.describeDialogs(list)
	if whole {
		return &tg.MessagesDialogs{Dialogs: shown.Dialogs, Messages: shown.Messages, Chats: shown.Chats, Users: shown.Users}, nil
	}
	return &tg.MessagesDialogsSlice{
		Count: total, Dialogs: shown.Dialogs, Messages: shown.Messages, Chats: shown.Chats, Users: shown.Users,
	}, nil
}

// behind is the index of the first dialog that is behind the offset: behind
// the dialog that it names, or else behind its date and id. Whom it names needs no
// access hash; TDLib sends none.
func (c *call) behind(list []dialog, r *tg.MessagesGetDialogsRequest) int {
	if peer := c.offsetPeer(r.OffsetPeer); peer != "" {
		named := slices.IndexFunc(list, func(d dialog) bool {
			return d.peer.String() == peer && (r.OffsetID == 0 || r.OffsetID == d.top.ID)
		})
		if named >= 0 {
			return named + 1
		}
	}
	if r.OffsetDate == 0 && r.OffsetID == 0 {
		return 0
	}
	start := slices.IndexFunc(list, func(d dialog) bool {
		switch {
		case d.pinned:
			return false
		case r.OffsetDate == 0:
			return d.top.ID < r.OffsetID
		}
		return d.top.Date < r.OffsetDate || d.top.Date == r.OffsetDate && d.top.ID < r.OffsetID
	})
	if start < 0 {
		return len(list)
	}
	return start
}

// offsetPeer is the peer that an offset names, as text; empty if it names none.
func (c *call) offsetPeer(in tg.InputPeerClass) string {
	switch in := in.(type) {
	case *tg.InputPeerSelf:
		return (&tg.PeerUser{UserID: c.account.ID}).String()
	case *tg.InputPeerUser:
		return (&tg.PeerUser{UserID: in.UserID}).String()
	case *tg.InputPeerChat:
		return (&tg.PeerChat{ChatID: in.ChatID}).String()
	case *tg.InputPeerChannel:
		return (&tg.PeerChannel{ChannelID: in.ChannelID}).String()
	}
	return ""
}

// describeDialogs describes dialogs with all that they mention.
func (c *call) describeDialogs(list []dialog) *tg.MessagesPeerDialogs {
	out := &tg.MessagesPeerDialogs{State: tg.UpdatesState{Pts: 1, Date: int(time.Now().Unix()), Seq: 1}}
	for _, d := range list {
		one := &tg.Dialog{Peer: d.peer, Pinned: d.pinned, TopMessage: d.top.ID, ReadInboxMaxID: d.top.ID, ReadOutboxMaxID: d.top.ID}
		if d.folder != mainFolder {
			one.SetFolderID(d.folder)
		}
		readable := true
		if d.chat != nil {
			if !d.chat.Basic {
				one.SetPts(1)
			}
			readable = d.chat.visible(c.account.ID)
			out.Chats = append(out.Chats, c.chat(d.chat))
		} else {
			out.Users = append(out.Users, c.user(c.cluster.world.accounts[d.peer.(*tg.PeerUser).UserID]))
		}
		if readable {
			out.Messages = append(out.Messages, c.message(d.source, d.top))
		}
		out.Dialogs = append(out.Dialogs, c.layeredDialog(one))
	}
	return out
}

func (c *call) getPinnedDialogs(r *tg.MessagesGetPinnedDialogsRequest) (bin.Encoder, error) {
	return c.describeDialogs(slices.DeleteFunc(c.dialogs(), func(d dialog) bool {
		return !d.pinned || d.folder != r.FolderID
	})), nil
}

// getPeerDialogs describes the chats that are named, whether or not they are
// in the list. A folder has no dialog of its own here.
func (c *call) getPeerDialogs(r *tg.MessagesGetPeerDialogsRequest) (bin.Encoder, error) {
	list := c.dialogs()
	var named []dialog
	for _, in := range r.Peers {
		input, ok := in.(*tg.InputDialogPeer)
		if !ok {
			continue
		}
		s, err := c.source(input.Peer)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(list, func(d dialog) bool { return d.source.same(s) }); i >= 0 {
			named = append(named, list[i])
		}
	}
	return c.describeDialogs(named), nil
}
