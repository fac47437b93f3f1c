package simdc

import (
	"encoding/binary"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// TestFormerConstructors checks by which constructors clients of several
// layers get the types that changed.
func TestFormerConstructors(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, presetAda)
	call := &call{endpoint: ada.e, account: c.world.accounts[presetAda]}
	box := c.world.chats[presetFiles].box
	source := call.channelSource(c.world.chats[presetFiles])
	photo, _ := box.find(2)
	for _, tc := range []struct {
		name   string
		make   func() bin.Encoder
		layers map[int]uint32
	}{
		{"user", func() bin.Encoder { return call.user(call.account) }, map[int]uint32{
			1: 0x4b46c37e, 198: 0x4b46c37e, 201: 0x20b1422, 227: 0x31774388, 228: tg.UserTypeID, 999: tg.UserTypeID,
		}},
		{"channel", func() bin.Encoder { return call.chat(source.chat) }, map[int]uint32{
			198: 0xe00998b7, 204: 0xfe685355, 227: 0x1c32b11c, 228: tg.ChannelTypeID,
		}},
		{"message", func() bin.Encoder { return call.message(source, photo) }, map[int]uint32{
			198: 0x96fdbbe9, 222: 0x9cb490e9, 227: tg.MessageTypeID,
		}},
		{"photo", func() bin.Encoder { return call.media(source, photo) }, map[int]uint32{
			222: 0x695150d7, 225: tg.MessageMediaPhotoTypeID,
		}},
	} {
		gotd := encodeAt(t, call, tg.Layer, tc.make)
		for layer, want := range tc.layers {
			got := encodeAt(t, call, layer, tc.make)
			if id := binary.LittleEndian.Uint32(got); id != want {
				t.Errorf("%s in layer %d: %#x, want %#x", tc.name, layer, id, want)
			}
			if len(got) != len(gotd) {
				t.Errorf("%s in layer %d: %d bytes, want %d", tc.name, layer, len(got), len(gotd))
			}
		}
	}
	for _, tc := range []struct {
		name    string
		make    func() bin.Encoder
		shorter int // in layer 198, by so many bytes
	}{
		{"dialog", func() bin.Encoder { return call.layeredDialog(&tg.Dialog{Peer: source.peer}) }, bin.Word},
		{"messages", func() bin.Encoder { return call.layeredMessages(&tg.MessagesMessages{}) }, 2 * bin.Word},
		{"slice", func() bin.Encoder { return call.layeredMessages(&tg.MessagesMessagesSlice{Count: 7}) }, 2 * bin.Word},
		{"userFull", func() bin.Encoder { return call.layeredUserFull(&tg.UsersUserFull{}) }, 0},
	} {
		now, then := encodeAt(t, call, tg.Layer, tc.make), encodeAt(t, call, 198, tc.make)
		if len(now)-len(then) != tc.shorter {
			t.Errorf("%s: %d bytes in layer 198, %d now", tc.name, len(then), len(now))
		}
	}
}

func encodeAt(t *testing.T, c *call, layer int, make func() bin.Encoder) []byte {
	t.Helper()
	c.layer = layer
	var b bin.Buffer
	if err := make().Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Buf
}
