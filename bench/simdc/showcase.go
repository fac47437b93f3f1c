package simdc

import (
	"slices"
	"strings"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerShowcase adds the methods about what is shown elsewhere than in
// messages: stories, profile photos, sticker sets, and chats behind invite
// links.
func registerShowcase(m methods) {
	add(m, userOnly, (*call).getStories)
	add(m, homeDC, (*call).getUserPhotos)
	add(m, homeDC, (*call).getStickerSet)
	add(m, userOnly, (*call).getWebPage)
	add(m, userOnly, (*call).checkChatInvite)
}

// Sources of file references that are not chats. Ids of chats are positive.
const (
	fromStory = -1 - iota
	fromProfile
	fromStickers
	fromWebPage
)

// storyLife is how long a story lasts, in seconds.
const storyLife = 86_400

// getStories serves stories by id; what is not there is left out.
// https://core.telegram.org/api/stories
func (c *call) getStories(r *tg.StoriesGetStoriesByIDRequest) (bin.Encoder, error) {
	s, err := c.source(r.Peer)
	if err != nil {
		return nil, err
	}
	out := &tg.StoriesStories{}
	var stories []scenario.Story
	switch peer := s.peer.(type) {
	case *tg.PeerChannel:
		stories = s.chat.Stories
		out.Chats = []tg.ChatClass{c.chat(s.chat)}
	case *tg.PeerUser:
		a := c.cluster.world.accounts[peer.UserID]
		stories = a.Stories
		out.Users = []tg.UserClass{c.user(a)}
	}
	for _, x := range stories {
		if !slices.Contains(r.ID, x.ID) {
			continue
		}
		date := baseDate + 60*x.ID
		media := c.fileMedia(c.cluster.world.files[x.File], origin{fromStory, x.ID}, date)
		if x.Unknown {
			media = unknownMedia{&tg.MessageMediaEmpty{}}
		}
		out.Stories = append(out.Stories, c.layeredStory(&tg.StoryItem{
			Public: true, Pinned: true, ID: x.ID, Date: date, ExpireDate: date + storyLife, Caption: x.Text, Media: media,
		}))
	}
	out.Count = len(out.Stories)
	return out, nil
}

func (c *call) getUserPhotos(r *tg.PhotosGetUserPhotosRequest) (bin.Encoder, error) {
	a := c.findUser(r.UserID)
	if a == nil {
		return nil, fail(400, "USER_ID_INVALID")
	}
	users := []tg.UserClass{c.user(a)}
	from := min(max(r.Offset, 0), len(a.Photos))
	limit := r.Limit
	if limit <= 0 || limit > maxMessages {
		limit = maxMessages
	}
	to := min(from+limit, len(a.Photos))
	var photos []tg.PhotoClass
	for i, id := range a.Photos[from:to] {
		photos = append(photos, c.picture(id, from+i))
	}
	if len(photos) == len(a.Photos) {
		return &tg.PhotosPhotos{Photos: photos, Users: users}, nil
	}
	return &tg.PhotosPhotosSlice{Count: len(a.Photos), Photos: photos, Users: users}, nil
}

// thumbVersion is the version of every sticker set's thumbnail.
const thumbVersion = 1

func (c *call) stickerHash(set scenario.StickerSet) int64 {
	return int64(mixAll(c.cluster.world.scenario.Seed, uint64(set.ID), 'S') | 1)
}

// stickerSet resolves an InputStickerSet.
func (c *call) stickerSet(in tg.InputStickerSetClass) (scenario.StickerSet, bool) {
	for _, set := range c.cluster.world.scenario.StickerSets {
		switch in := in.(type) {
		case *tg.InputStickerSetShortName:
			if strings.EqualFold(set.Name, in.ShortName) {
				return set, true
			}
		case *tg.InputStickerSetID:
			if set.ID == in.ID && in.AccessHash == c.stickerHash(set) {
				return set, true
			}
		}
	}
	return scenario.StickerSet{}, false
}

// getStickerSet takes names as people write them, in any case.
// https://core.telegram.org/api/stickers
func (c *call) getStickerSet(r *tg.MessagesGetStickerSetRequest) (bin.Encoder, error) {
	set, ok := c.stickerSet(r.Stickerset)
	if !ok {
		return nil, fail(400, "STICKERSET_INVALID")
	}
	hash := c.stickerHash(set)
	out := &tg.MessagesStickerSet{Set: tg.StickerSet{
		ID: set.ID, AccessHash: hash, Title: set.Title, ShortName: set.Name, Count: len(set.Files), Hash: 1,
	}}
	if thumb := c.cluster.world.files[set.Thumb]; thumb != nil {
		out.Set.SetThumbs(thumb.sizes()[:1])
		out.Set.SetThumbDCID(statedDC(thumb.File))
		out.Set.SetThumbVersion(thumbVersion)
	}
	if r.Hash == out.Set.Hash {
		return &tg.MessagesStickerSetNotModified{}, nil
	}
	for n, id := range set.Files {
		doc := c.document(c.cluster.world.files[id], origin{fromStickers, n}, baseDate)
		doc.Attributes = append(doc.Attributes, &tg.DocumentAttributeSticker{
			Alt: "\U0001F642", Stickerset: &tg.InputStickerSetID{ID: set.ID, AccessHash: hash},
		})
		out.Documents = append(out.Documents, doc)
	}
	return out, nil
}

// getWebPage serves the pages that messages preview.
func (c *call) getWebPage(r *tg.MessagesGetWebPageRequest) (bin.Encoder, error) {
	for _, x := range c.cluster.world.sortedChats() {
		for n, m := range x.box {
			if r.URL != "" && m.WebPage == r.URL {
				return &tg.MessagesWebPage{Webpage: c.webPage(origin{fromWebPage, n}, m)}, nil
			}
		}
	}
	return &tg.MessagesWebPage{Webpage: &tg.WebPageEmpty{}}, nil
}

// checkChatInvite says what is behind an invite link, without entering.
// https://core.telegram.org/api/links#chat-invite-links
func (c *call) checkChatInvite(r *tg.MessagesCheckChatInviteRequest) (bin.Encoder, error) {
	if r.Hash == "" {
		return nil, fail(400, "INVITE_HASH_EMPTY")
	}
	for _, x := range c.cluster.world.sortedChats() {
		switch {
		case x.Invite != r.Hash:
		case x.Closed:
			return nil, fail(406, "CHANNEL_PRIVATE")
		case x.member(c.account.ID):
			return &tg.ChatInviteAlready{Chat: c.chat(x)}, nil
		default:
			return c.layeredInvite(&tg.ChatInvite{
				Channel: true, Broadcast: !x.Group, Megagroup: x.Group, Public: x.Username != "",
				Title: x.Title, Photo: &tg.PhotoEmpty{}, ParticipantsCount: len(x.Members),
			}), nil
		}
	}
	return nil, fail(400, "INVITE_HASH_EXPIRED")
}
