package simdc

import (
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

func TestThreads(t *testing.T) {
	s := scenario.Default()
	s.Chats = append(s.Chats,
		scenario.Chat{ID: 1800000001, Title: "News", Username: "simnews", Discussion: 1800000002, Messages: []scenario.Message{
			{ID: 5, Text: "A post", File: 3002}, {ID: 6, Text: "A post that nobody discusses"},
		}},
		scenario.Chat{ID: 1800000002, Title: "Comments", Username: "simcomments", Group: true, Messages: []scenario.Message{
			{ID: 1, Text: "A post", File: 3002, Post: 5},
			{ID: 2, Text: "A comment", Topic: 1, File: 3007},
			{ID: 3, Text: "Another", Topic: 1}, {ID: 4, Text: "Something else"},
		}},
		scenario.Chat{ID: 1800000003, Title: "Forum", Username: "simforum", Group: true, Forum: true, Messages: []scenario.Message{
			{ID: 1, Text: "The group"}, {ID: 3, Text: "Elsewhere"}, {ID: 4, TopicTitle: "A topic"},
			{ID: 5, Text: "In it", Topic: 4, File: 3008}, {ID: 6, TopicTitle: "An empty topic"},
		}},
	)
	c := startTest(t, &s)
	ada := c.as(t, scenario.Ada)
	peer := func(name string) tg.InputPeerClass {
		in := ada.inputChannel(t, name)
		return &tg.InputPeerChannel{ChannelID: in.ChannelID, AccessHash: in.AccessHash}
	}
	replies := func(name string, id, limit int) (*tg.MessagesChannelMessages, error) {
		got, err := ada.api().MessagesGetReplies(t.Context(), &tg.MessagesGetRepliesRequest{Peer: peer(name), MsgID: id, Limit: limit})
		if err != nil {
			return nil, err
		}
		return got.(*tg.MessagesChannelMessages), nil
	}

	post := ada.messages(t, ada.inputChannel(t, "simnews"), 5)[0].(*tg.Message)
	if r, ok := post.GetReplies(); !ok || !r.Comments || r.Replies != 2 || r.ChannelID != 1800000002 {
		t.Errorf("the post says of its comments: %+v", r)
	}
	root, err := ada.api().MessagesGetDiscussionMessage(t.Context(), &tg.MessagesGetDiscussionMessageRequest{Peer: peer("simnews"), MsgID: 5})
	if err != nil {
		t.Fatal(err)
	}
	if len(root.Messages) != 1 || root.Messages[0].GetID() != 1 || len(root.Chats) != 2 {
		t.Errorf("the post in the group: %v", root)
	}
	for _, tc := range []struct {
		name      string
		id, limit int
		want      []int
	}{
		{"simnews", 5, 10, []int{3, 2}},
		{"simnews", 5, 1, []int{3}},
		{"simcomments", 1, 10, []int{3, 2}},
		{"simforum", 1, 10, []int{3, 1}},
		{"simforum", 4, 10, []int{5}},
		{"simforum", 6, 10, nil},
	} {
		got, err := replies(tc.name, tc.id, tc.limit)
		if err != nil {
			t.Errorf("%s/%d: %v", tc.name, tc.id, err)
			continue
		}
		var ids []int
		for _, m := range got.Messages {
			ids = append(ids, m.GetID())
		}
		if len(ids) != len(tc.want) || len(ids) > 0 && ids[0] != tc.want[0] {
			t.Errorf("%s/%d: messages %v, want %v", tc.name, tc.id, ids, tc.want)
		}
	}
	for _, id := range []int{0, 6, 99} {
		_, err := replies("simnews", id, 10)
		wantError(t, err, "400 MSG_ID_INVALID")
	}
	topic := ada.messages(t, ada.inputChannel(t, "simforum"), 5)[0].(*tg.Message)
	if header, ok := topic.ReplyTo.(*tg.MessageReplyHeader); !ok || !header.ForumTopic || header.ReplyToMsgID != 4 {
		t.Errorf("in a topic: %v", topic.ReplyTo)
	}
	if _, err := replies("simforum", 3, 10); err == nil {
		t.Error("what is no topic was read as one")
	}
	began := ada.messages(t, ada.inputChannel(t, "simforum"), 4)[0].(*tg.MessageService)
	if action, ok := began.Action.(*tg.MessageActionTopicCreate); !ok || action.Title != "A topic" {
		t.Errorf("the topic began with %v", began.Action)
	}
}
