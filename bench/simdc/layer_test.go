package simdc

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// layerCall is a call of Ada's, for describing things in any layer.
func layerCall(t *testing.T) *call {
	c := startTest(t, nil)
	return c.as(t, scenario.Ada).caller()
}

// TestFormerConstructors checks by which constructors clients of several
// layers get the types that got optional fields, on both sides of each change.
func TestFormerConstructors(t *testing.T) {
	call := layerCall(t)
	w := call.cluster.world
	source := call.channelSource(w.chats[scenario.FilesChannel])
	photo, _ := source.box.find(2)
	video, _ := source.box.find(6)
	at := origin{source.id(), 1}
	for _, tc := range []struct {
		name   string
		make   func() bin.Encoder
		layers map[int]uint32
	}{
		{"user", func() bin.Encoder { return call.user(call.account) }, map[int]uint32{
			195: 0x83314fca, 196: 0x4b46c37e, 199: 0x4b46c37e, 200: 0x20b1422, 216: 0x20b1422,
			217: 0x31774388, 227: 0x31774388, 228: tg.UserTypeID, 999: tg.UserTypeID,
		}},
		{"channel", func() bin.Encoder { return call.chat(source.chat) }, map[int]uint32{
			195: 0xfe4478bd, 199: 0xe00998b7, 203: 0x7482147e, 204: 0xfe685355, 216: 0xfe685355, 217: 0x1c32b11c,
			227: 0x1c32b11c, 228: tg.ChannelTypeID,
		}},
		{"channelFull", func() bin.Encoder { return call.layeredChannelFull(&tg.ChannelFull{ChatPhoto: &tg.PhotoEmpty{}}) }, map[int]uint32{
			195: 0xbbab348d, 197: 0x9ff3b858, 204: 0x52d6806b, 212: 0xe07429de, 225: 0xe4e0b29d, 227: tg.ChannelFullTypeID,
		}},
		{"chatInvite", func() bin.Encoder { return call.layeredInvite(&tg.ChatInvite{Photo: &tg.PhotoEmpty{}}) }, map[int]uint32{
			195: 0xfe65389d, 196: tg.ChatInviteTypeID,
		}},
		{"message", func() bin.Encoder { return call.message(source, &message{Message: scenario.Message{ID: 1, Topic: 7}}) }, map[int]uint32{
			195: 0x94345242, 199: 0x96fdbbe9, 205: 0xeabcdd4d, 206: 0x9815cec8, 216: 0x9815cec8, 220: 0xb92f76cf,
			222: 0x9cb490e9, 224: 0x3ae56482, 225: 0x95ef6f2b, 227: tg.MessageTypeID,
		}},
		{"service message", func() bin.Encoder {
			return call.message(source, &message{Message: scenario.Message{ID: 1, TopicTitle: "Topic"}})
		}, map[int]uint32{195: 0x2b085862, 196: 0xd3d28540, 204: 0xd3d28540, 205: tg.MessageServiceTypeID}},
		{"reply", func() bin.Encoder { return call.layeredReplyHeader(&tg.MessageReplyHeader{ReplyToMsgID: 5}) }, map[int]uint32{
			207: 0xafbc09db, 208: 0x6917560b, 223: 0x6917560b, 224: tg.MessageReplyHeaderTypeID,
		}},
		{"photo", func() bin.Encoder { return call.media(source, photo) }, map[int]uint32{
			223: 0x695150d7, 224: tg.MessageMediaPhotoTypeID,
		}},
		{"document", func() bin.Encoder { return call.media(source, video) }, map[int]uint32{
			197: 0xdd570bd5, 198: tg.MessageMediaDocumentTypeID,
		}},
		{"story", func() bin.Encoder {
			return call.layeredStory(&tg.StoryItem{Media: call.fileMedia(w.files[3002], at, baseDate)})
		}, map[int]uint32{208: 0x79b26a24, 223: 0xedf164f1, 224: tg.StoryItemTypeID}},
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
	for layer, want := range map[int]uint32{
		194: 0x1f58e369, 195: 0x979d2376, 199: 0x4d975bbc, 200: 0xd2234ea0, 208: 0x99e78045, 210: 0x29de80be,
		212: 0x7e63ce1f, 214: 0xc577b5ad, 223: 0xa02bc13e, 224: tg.UserFullTypeID,
	} {
		got := encodeAt(t, call, layer, func() bin.Encoder { return call.layeredUserFull(&tg.UsersUserFull{}) })
		if id := binary.LittleEndian.Uint32(got[bin.Word:]); id != want {
			t.Errorf("userFull in layer %d: %#x, want %#x", layer, id, want)
		}
	}
}

// TestFormersEnd checks that what is told by a former constructor sets none of the
// fields that came later.
func TestFormersEnd(t *testing.T) {
	call := layerCall(t)
	cover := &tg.Photo{ID: 1, FileReference: []byte{1}}
	doc := &tg.MessageMediaDocument{Document: &tg.DocumentEmpty{}}
	doc.SetVideoCover(cover)
	doc.SetVideoTimestamp(9)
	live := &tg.MessageMediaPhoto{Photo: cover}
	live.SetLivePhoto(true)
	live.SetVideo(&tg.Document{ID: 7})
	plain := func(id uint32, m bin.Encoder) []byte {
		got := encodeAt(t, call, tg.Layer, func() bin.Encoder { return m })
		binary.LittleEndian.PutUint32(got, id)
		return got
	}
	if got, want := encodeAt(t, call, 197, func() bin.Encoder { return call.layeredDocument(doc) }),
		plain(0xdd570bd5, &tg.MessageMediaDocument{Document: &tg.DocumentEmpty{}}); string(got) != string(want) {
		t.Errorf("document in layer 197: %x, want %x", got, want)
	}
	if got, want := encodeAt(t, call, 223, func() bin.Encoder { return call.layeredPhoto(live) }),
		plain(0x695150d7, &tg.MessageMediaPhoto{Photo: cover}); string(got) != string(want) {
		t.Errorf("photo in layer 223: %x, want %x", got, want)
	}
}

// TestShorterFormers checks the types that have fewer fields in older layers.
func TestShorterFormers(t *testing.T) {
	call := layerCall(t)
	source := call.channelSource(call.cluster.world.chats[scenario.FilesChannel])
	for _, tc := range []struct {
		name    string
		make    func() bin.Encoder
		layer   int // The last with the former constructor.
		id      uint32
		shorter int // by so many bytes
	}{
		{"dialog", func() bin.Encoder { return call.layeredDialog(&tg.Dialog{Peer: source.peer}) }, 223, 0xd58a08c6, bin.Word},
		{"messages", func() bin.Encoder { return call.layeredMessages(&tg.MessagesMessages{}) }, 214, 0x8c718e87, 2 * bin.Word},
		{"slice", func() bin.Encoder { return call.layeredMessages(&tg.MessagesMessagesSlice{Count: 7}) }, 214, 0x762b263d, 2 * bin.Word},
		{"slice of old", func() bin.Encoder { return call.layeredMessages(&tg.MessagesMessagesSlice{Count: 7}) }, 208, 0x3a54685e, 2 * bin.Word},
	} {
		now, then := encodeAt(t, call, tg.Layer, tc.make), encodeAt(t, call, tc.layer, tc.make)
		if len(now)-len(then) != tc.shorter || binary.LittleEndian.Uint32(then) != tc.id {
			t.Errorf("%s: %d bytes and %x in layer %d, %d bytes now", tc.name, len(then), then[:4], tc.layer, len(now))
		}
	}
}

// TestFormerPoll reads a poll with files field by field as older layers have it.
func TestFormerPoll(t *testing.T) {
	call := layerCall(t)
	source := call.channelSource(call.cluster.world.chats[scenario.FilesChannel])
	m := &message{Message: scenario.Message{ID: 5, Text: "Which?", Poll: []int64{3007, 3002}}}
	poll := func() bin.Encoder { return call.media(source, m) }

	b := &bin.Buffer{Buf: encodeAt(t, call, 223, poll)}
	var question, answer tg.TextWithEntities
	var results tg.PollResults
	id, flags := int64(0), uint32(1)
	steps := []error{b.ConsumeID(0x4bd6e798), b.ConsumeID(0x58747131)}
	id, _ = b.Long()
	flags, _ = b.Uint32()
	steps = append(steps, question.Decode(b))
	if n, err := b.VectorHeader(); n != 2 {
		t.Fatalf("%d answers, %v", n, err)
	}
	for range 2 {
		steps = append(steps, b.ConsumeID(0xff16e2ca), answer.Decode(b))
		if _, err := b.Bytes(); err != nil {
			t.Fatal(err)
		}
	}
	steps = append(steps, results.Decode(b))
	for i, err := range steps {
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	if id != 5 || flags != 0 || question.Text != "Which?" || answer.Text != "2" || b.Len() != 0 {
		t.Errorf("poll %d, flags %b, %q, %q, %d bytes left", id, flags, question.Text, answer.Text, b.Len())
	}

	now, then := encodeAt(t, call, tg.Layer, poll), encodeAt(t, call, 224, poll)
	if got := binary.LittleEndian.Uint32(then[2*bin.Word:]); got != 0xb8425be9 || len(now) != len(then) {
		t.Errorf("poll in layer 224: %#x, %d bytes, want %d", got, len(then), len(now))
	}
}

// TestOldestLayer checks that layers whose types are not known are refused by
// name, and the oldest that are known served.
func TestOldestLayer(t *testing.T) {
	c := startTest(t, nil)
	for layer, want := range map[int]string{189: "400 LAYER_189_TOO_OLD_FOR_SIMULATOR_BELOW_190", 190: ""} {
		d := c.direct(1)
		query := d.wrap(&tg.HelpGetNearestDCRequest{}).(*tg.InvokeWithLayerRequest)
		query.Layer = layer
		_, err := d.call(t.Context(), query, &tg.NearestDC{})
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantError(t, err, want)
		if !strings.Contains(err.Error(), "TOO_OLD") {
			t.Error(err)
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
