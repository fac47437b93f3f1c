package simdc

import (
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// empty registers a method whose answer, of type A, has nothing in it.
func empty[T, A any, P interface {
	*T
	bin.Decoder
	TypeID() uint32
	TypeName() string
}, E interface {
	*A
	bin.Encoder
}](m methods, who access) {
	add(m, who, func(*call, P) (bin.Encoder, error) { return E(new(A)), nil })
}

// registerLists adds what official clients ask for when they start, of which
// the simulated world has nothing: lists of reactions, themes, effects,
// stickers, countries and the like.
func registerLists(m methods) {
	empty[tg.HelpGetPeerColorsRequest, tg.HelpPeerColors](m, open)
	empty[tg.HelpGetPeerProfileColorsRequest, tg.HelpPeerColors](m, open)
	empty[tg.HelpGetCountriesListRequest, tg.HelpCountriesList](m, open)
	empty[tg.HelpGetTimezonesListRequest, tg.HelpTimezonesList](m, open)
	empty[tg.HelpGetAppUpdateRequest, tg.HelpNoAppUpdate](m, open)
	empty[tg.HelpGetPremiumPromoRequest, tg.HelpPremiumPromo](m, userOnly)
	empty[tg.LangpackGetStringsRequest, tg.LangPackStringClassVector](m, open)
	empty[tg.LangpackGetLanguagesRequest, tg.LangPackLanguageVector](m, open)

	empty[tg.MessagesGetAvailableReactionsRequest, tg.MessagesAvailableReactions](m, userOnly)
	empty[tg.MessagesGetTopReactionsRequest, tg.MessagesReactions](m, userOnly)
	empty[tg.MessagesGetRecentReactionsRequest, tg.MessagesReactions](m, userOnly)
	empty[tg.MessagesGetDefaultTagReactionsRequest, tg.MessagesReactions](m, userOnly)
	empty[tg.MessagesGetSavedReactionTagsRequest, tg.MessagesSavedReactionTags](m, userOnly)
	empty[tg.MessagesGetAvailableEffectsRequest, tg.MessagesAvailableEffects](m, userOnly)
	empty[tg.MessagesGetEmojiGroupsRequest, tg.MessagesEmojiGroups](m, userOnly)
	empty[tg.AccountGetThemesRequest, tg.AccountThemes](m, userOnly)
	empty[tg.AccountGetChatThemesRequest, tg.AccountThemes](m, userOnly)
	empty[tg.AccountGetUniqueGiftChatThemesRequest, tg.AccountChatThemes](m, userOnly)
	empty[tg.AccountGetDefaultEmojiStatusesRequest, tg.AccountEmojiStatuses](m, userOnly)
	empty[tg.AccountGetChannelDefaultEmojiStatusesRequest, tg.AccountEmojiStatuses](m, userOnly)
	empty[tg.AccountGetRecentEmojiStatusesRequest, tg.AccountEmojiStatuses](m, userOnly)
	empty[tg.AccountGetCollectibleEmojiStatusesRequest, tg.AccountEmojiStatuses](m, userOnly)
	empty[tg.AccountGetDefaultProfilePhotoEmojisRequest, tg.EmojiList](m, userOnly)
	empty[tg.AccountGetDefaultGroupPhotoEmojisRequest, tg.EmojiList](m, userOnly)
	empty[tg.AccountGetDefaultBackgroundEmojisRequest, tg.EmojiList](m, userOnly)

	empty[tg.MessagesGetAllStickersRequest, tg.MessagesAllStickers](m, userOnly)
	empty[tg.MessagesGetMaskStickersRequest, tg.MessagesAllStickers](m, userOnly)
	empty[tg.MessagesGetEmojiStickersRequest, tg.MessagesAllStickers](m, userOnly)
	empty[tg.MessagesGetRecentStickersRequest, tg.MessagesRecentStickers](m, userOnly)
	empty[tg.MessagesGetFavedStickersRequest, tg.MessagesFavedStickers](m, userOnly)
	empty[tg.MessagesGetFeaturedStickersRequest, tg.MessagesFeaturedStickers](m, userOnly)
	empty[tg.MessagesGetFeaturedEmojiStickersRequest, tg.MessagesFeaturedStickers](m, userOnly)
	empty[tg.MessagesGetSavedGifsRequest, tg.MessagesSavedGifs](m, userOnly)
	empty[tg.MessagesGetAttachMenuBotsRequest, tg.AttachMenuBots](m, userOnly)
	empty[tg.MessagesGetQuickRepliesRequest, tg.MessagesQuickReplies](m, userOnly)
	empty[tg.MessagesGetSuggestedDialogFiltersRequest, tg.DialogFilterSuggestedVector](m, userOnly)
	empty[tg.MessagesGetPinnedSavedDialogsRequest, tg.MessagesSavedDialogs](m, userOnly)
	empty[tg.AccountGetSavedMusicIDsRequest, tg.AccountSavedMusicIDs](m, userOnly)
	empty[tg.PaymentsGetStarGiftActiveAuctionsRequest, tg.PaymentsStarGiftActiveAuctions](m, userOnly)

	empty[tg.ContactsGetContactsRequest, tg.ContactsContacts](m, userOnly)
	empty[tg.ContactsGetStatusesRequest, tg.ContactStatusVector](m, userOnly)
	empty[tg.ContactsGetBlockedRequest, tg.ContactsBlocked](m, userOnly)
	empty[tg.ContactsGetTopPeersRequest, tg.ContactsTopPeers](m, userOnly)

	empty[tg.AccountGetNotifySettingsRequest, tg.PeerNotifySettings](m, userOnly)
	empty[tg.AccountGetWebBrowserSettingsRequest, tg.AccountWebBrowserSettings](m, userOnly)
	empty[tg.AicomposeGetTonesRequest, tg.AicomposeTones](m, userOnly)
	empty[tg.AccountGetContentSettingsRequest, tg.AccountContentSettings](m, userOnly)
	empty[tg.AccountGetGlobalPrivacySettingsRequest, tg.GlobalPrivacySettings](m, userOnly)
	empty[tg.AccountGetConnectedBotsRequest, tg.AccountConnectedBots](m, userOnly)

	add(m, userOnly, func(*call, *tg.AccountGetReactionsNotifySettingsRequest) (bin.Encoder, error) {
		return &tg.ReactionsNotifySettings{Sound: &tg.NotificationSoundDefault{}}, nil
	})
	add(m, userOnly, func(*call, *tg.MessagesGetAllDraftsRequest) (bin.Encoder, error) {
		return &tg.Updates{Date: int(time.Now().Unix())}, nil
	})
	add(m, open, func(*call, *tg.HelpGetPromoDataRequest) (bin.Encoder, error) {
		return &tg.HelpPromoDataEmpty{Expires: int(time.Now().Add(configLife).Unix())}, nil
	})
	add(m, userOnly, func(c *call, r *tg.StoriesGetPeerStoriesRequest) (bin.Encoder, error) {
		s, err := c.source(r.Peer)
		if err != nil {
			return nil, err
		}
		// What there are of stories have expired, and can be had by their ids.
		return &tg.StoriesPeerStories{Stories: tg.PeerStories{Peer: s.peer}}, nil
	})
	add(m, userOnly, func(c *call, _ *tg.StoriesGetAllStoriesRequest) (bin.Encoder, error) {
		return &tg.StoriesAllStories{State: "1"}, nil
	})
	add(m, userOnly, func(c *call, r *tg.MessagesGetPeerSettingsRequest) (bin.Encoder, error) {
		if _, err := c.source(r.Peer); err != nil {
			return nil, err
		}
		return &tg.MessagesPeerSettings{}, nil
	})
}
