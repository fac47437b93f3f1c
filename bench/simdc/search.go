package simdc

import (
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// searchKinds is the kinds of files that each filter finds.
// https://core.telegram.org/type/MessagesFilter
var searchKinds = map[uint32][]string{
	tg.InputMessagesFilterPhotosTypeID:     {scenario.KindPhoto},
	tg.InputMessagesFilterVideoTypeID:      {scenario.KindVideo},
	tg.InputMessagesFilterPhotoVideoTypeID: {scenario.KindPhoto, scenario.KindVideo},
	tg.InputMessagesFilterDocumentTypeID:   {"", scenario.KindDocument},
	tg.InputMessagesFilterMusicTypeID:      {scenario.KindAudio},
	tg.InputMessagesFilterVoiceTypeID:      {scenario.KindVoice},
	tg.InputMessagesFilterGifTypeID:        {scenario.KindAnimation},
	tg.InputMessagesFilterRoundVideoTypeID: {},
	tg.InputMessagesFilterRoundVoiceTypeID: {scenario.KindVoice},
}

// search finds messages by the media that they carry themselves: no previews of
// links and no polls.
func (c *call) search(r *tg.MessagesSearchRequest) (bin.Encoder, error) {
	kinds, known := searchKinds[r.Filter.TypeID()]
	if !known || r.Q != "" {
		return nil, fail(400, "INPUT_FILTER_INVALID")
	}
	s, err := c.source(r.Peer)
	if err != nil {
		return nil, err
	}
	live := s.box.live()
	if r.TopMsgID != 0 {
		group, _, root, err := c.thread(r.Peer, r.TopMsgID)
		if err != nil {
			return nil, err
		}
		s, live = group, group.chat.thread(root)
	}
	found := slices.DeleteFunc(slices.Clone(live), func(m *message) bool {
		return m.file == nil || m.WebPage != "" || len(m.Poll) > 0 || !slices.Contains(kinds, m.file.Kind)
	})
	return c.historyOf(s, found, &tg.MessagesGetHistoryRequest{
		OffsetID: r.OffsetID, AddOffset: r.AddOffset, Limit: r.Limit, MaxID: r.MaxID, MinID: r.MinID,
	}), nil
}
