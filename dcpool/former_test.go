package dcpool

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// TestFormersAreNotGotds checks the table against gotd's types: what is put in
// place is a type that gotd has, what is replaced is none.
func TestFormersAreNotGotds(t *testing.T) {
	known := tg.TypesMap()
	for old, now := range formers {
		if known[now] == "" || known[old] != "" {
			t.Errorf("%#x (%q) is replaced by %#x (%q)", old, known[old], now, known[now])
		}
	}
}

// older encodes v with former constructors in place of gotd's.
func older(t *testing.T, v bin.Encoder, ids map[uint32]uint32) []byte {
	t.Helper()
	var b bin.Buffer
	if err := v.Encode(&b); err != nil {
		t.Fatal(err)
	}
	for at := 0; at+bin.Word <= len(b.Buf); at += bin.Word {
		if id, ok := ids[binary.LittleEndian.Uint32(b.Buf[at:])]; ok {
			binary.LittleEndian.PutUint32(b.Buf[at:], id)
		}
	}
	return b.Buf
}

func TestAnswersOfOlderLayers(t *testing.T) {
	ids := map[uint32]uint32{tg.UserTypeID: 0x31774388, tg.ChannelTypeID: 0xfe685355, tg.MessageTypeID: 0x94345242, tg.MessageMediaDocumentTypeID: 0xdd570bd5}
	message := func(id int) tg.MessageClass {
		return &tg.Message{ID: id, PeerID: &tg.PeerUser{UserID: 7}, Message: "text", Media: &tg.MessageMediaDocument{Document: &tg.DocumentEmpty{ID: 5}}}
	}
	want := &tg.MessagesMessages{
		Messages: []tg.MessageClass{message(1), message(2)}, Topics: []tg.ForumTopicClass{},
		Chats: []tg.ChatClass{&tg.Channel{ID: 3, Title: "A", Photo: &tg.ChatPhotoEmpty{}}},
		Users: []tg.UserClass{&tg.User{ID: 7, FirstName: "Ada"}, &tg.User{ID: 8}},
	}
	// In layer 195 there are no topics: the vector behind the messages goes.
	data := older(t, want, ids)
	binary.LittleEndian.PutUint32(data, 0x8c718e87)
	var list bin.Buffer
	list.PutID(tg.MessagesMessagesTypeID)
	list.PutVectorHeader(len(want.Messages))
	for _, m := range want.Messages {
		if err := m.Encode(&list); err != nil {
			t.Fatal(err)
		}
	}
	data = append(data[:list.Len():list.Len()], data[list.Len()+2*bin.Word:]...)
	kept := append([]byte(nil), data...)

	var got tg.MessagesMessagesBox
	b := &bin.Buffer{Buf: data}
	if err := answerOf(&got).Decode(b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(encoded(t, got.Messages), encoded(t, want)) || b.Len() != 0 {
		t.Errorf("%v, want %v; %d bytes left", got.Messages, want, b.Len())
	}
	if string(kept) != string(data) {
		t.Error("the connection's bytes were written to")
	}

	// What no layer has stays an error, and the first one.
	binary.LittleEndian.PutUint32(data, 0x12345678)
	err := answerOf(&got).Decode(&bin.Buffer{Buf: data})
	if unexpected, ok := errors.AsType[*bin.UnexpectedIDErr](err); !ok || unexpected.ID != 0x12345678 {
		t.Errorf("an unknown answer: %v", err)
	}
}

func encoded(t *testing.T, v bin.Encoder) []byte {
	return older(t, v, nil)
}
