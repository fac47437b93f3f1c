package fetcher

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// wish is which of a media's files are wanted.
type wish struct {
	quality    Quality
	thumbnails Thumbnails
	// everything yields all qualities and thumbnails: to find a file again.
	everything bool
}

// filesIn is the files of one of a page's messages. The error is a *SkipError or
// an *UnreadableError.
func (c *Client) filesIn(p *page, chat *chat, id int, w wish) ([]File, error) {
	m := p.messages[id]
	if m == nil && p.unreadable[id] != nil {
		return nil, p.unreadable[id]
	}
	if m == nil {
		return nil, &SkipError{Reason: SkipDeleted, Err: fmt.Errorf("message %d: %w", id, ErrNotFound)}
	}
	files, err := filesOf(m, chat, w)
	for i := range files {
		f := &files[i]
		f.Source.Sender = p.sender(m)
		f.Source.AlbumIndex = p.albumIndex(f.Source)
		if dc, ok := c.storedDC(f.dcKey()); ok {
			f.DC = dc
		}
	}
	return files, err
}

// filesOf finds what a message has to download. The error is a *SkipError that
// says what the message has instead.
func filesOf(class tg.NotEmptyMessage, chat *chat, w wish) ([]File, error) {
	switch m := class.(type) {
	case *tg.Message:
		files, instead := mediaFiles(m.Media, w)
		if len(files) == 0 {
			return nil, nothingIn(instead, m.RestrictionReason)
		}
		finish(files, m.Date, Source{Chat: chat.Peer, Message: m.ID, Album: m.GroupedID, Caption: m.Message})
		return files, nil
	case *tg.MessageService:
		files := actionFiles(m.Action, w)
		if len(files) == 0 {
			return nil, nothingIn("it is about the chat itself", nil)
		}
		finish(files, m.Date, Source{Chat: chat.Peer, Message: m.ID})
		return files, nil
	}
	return nil, nothingIn("it is "+class.TypeName(), nil)
}

// finish completes the files of one source. A date of 0 is not known.
func finish(files []File, date int, source Source) {
	for i := range files {
		f := &files[i]
		if date != 0 {
			f.Date = time.Unix(int64(date), 0)
		}
		source.WebPage = f.Source.WebPage
		f.Source = source
		f.Name = fileName(*f)
	}
}

// nothingIn is why a message gives no file.
func nothingIn(instead string, restrictions []tg.RestrictionReason) error {
	for _, r := range restrictions {
		if r.Platform == "all" {
			return &SkipError{Reason: SkipRestricted, Err: fmt.Errorf("%w: Telegram restricts it: %s", ErrNoMedia, cmp.Or(r.Text, r.Reason))}
		}
	}
	reason := SkipNoMedia
	if instead == unpaid {
		reason = SkipRestricted
	}
	return &SkipError{Reason: reason, Err: fmt.Errorf("%w: %s", ErrNoMedia, instead)}
}

// sender is who sent a message; in a channel it may be the channel.
func (p *page) sender(class tg.NotEmptyMessage) session.Peer {
	from := class.GetPeerID()
	if m, ok := class.(*tg.Message); ok {
		if other, ok := m.GetFromID(); ok {
			from = other
		} else if _, private := from.(*tg.PeerUser); private && m.Out {
			return session.Peer{} // The account itself.
		}
	}
	for _, peer := range p.people {
		if isPeer(peer, from) {
			peer.AccessHash = 0 // Names only.
			return peer
		}
	}
	return session.Peer{}
}

// album is the ids of the messages of the album that a message belongs to, in
// order; of the message alone if it belongs to none.
func (p *page) album(id int) []int {
	first, ok := p.messages[id].(*tg.Message)
	if !ok || first.GroupedID == 0 {
		return []int{id}
	}
	var ids []int
	for other, m := range p.messages {
		if m, ok := m.(*tg.Message); ok && m.GroupedID == first.GroupedID {
			ids = append(ids, other)
		}
	}
	slices.Sort(ids)
	return ids
}

func (p *page) inAlbum(id int) bool {
	m, ok := p.messages[id].(*tg.Message)
	return ok && m.GroupedID != 0
}

// albumIndex is the place of a message in its album, from 1.
func (p *page) albumIndex(s Source) int {
	if s.Album == 0 {
		return 0
	}
	return slices.Index(p.album(s.Message), s.Message) + 1
}

// namesOf is who is named in an answer, those included whom the account may not
// write to.
func namesOf(chats []tg.ChatClass, users []tg.UserClass) (people []session.Peer) {
	for _, class := range chats {
		switch ch := class.(type) {
		case *tg.Channel:
			people = append(people, session.Peer{Kind: session.PeerChannel, ID: ch.ID, Username: activeName(ch.Username, ch.Usernames), Title: ch.Title})
		case *tg.ChannelForbidden:
			people = append(people, session.Peer{Kind: session.PeerChannel, ID: ch.ID, Title: ch.Title})
		case *tg.Chat:
			people = append(people, session.Peer{Kind: session.PeerChat, ID: ch.ID, Title: ch.Title})
		}
	}
	for _, class := range users {
		if u, ok := class.(*tg.User); ok {
			people = append(people, session.Peer{Kind: session.PeerUser, ID: u.ID, Username: activeName(u.Username, u.Usernames), Title: personName(u), Bot: u.Bot})
		}
	}
	return people
}

func personName(u *tg.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }
