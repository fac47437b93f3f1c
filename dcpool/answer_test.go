package dcpool

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool/internal/nest"
	"github.com/tgfetch/tgfetch/dcpool/internal/nest/tgtypes"
)

// level is what a server repeats to nest id in itself: all that comes before the next id.
func level(t *testing.T, cycle []uint32) (bytesOf []byte) {
	for i, id := range cycle {
		child := cycle[(i+1)%len(cycle)]
		inner := encoded(t, tgtypes.New(child))
		outer := encoded(t, tgtypes.Inside(id, child))
		at := bytes.Index(outer[bin.Word:], inner)
		if at < 0 {
			t.Fatalf("%s is not in %s", tg.TypesMap()[child], tg.TypesMap()[id])
		}
		bytesOf = append(bytesOf, outer[:bin.Word+at]...)
	}
	return bytesOf
}

// What a server can nest without end, each constructor that may be in itself, ends in a named
// error, soon and without much memory, however long it is.
func TestDeepAnswers(t *testing.T) {
	var recursive []string
	for _, id := range tgtypes.Constructors() {
		cycle := tgtypes.Cycle(id)
		if cycle == nil {
			continue
		}
		recursive = append(recursive, tg.TypesMap()[id])
		one := level(t, cycle)
		allowed := (nest.MaxDepth/len(cycle) - 2) * len(one) // Is decoded, and its error tells of each level.
		for _, size := range []int{allowed, 1 << 10, 64 << 10, 1 << 20, maxAnswer, maxAnswer + bin.Word, 10 << 20} {
			levels := size / len(one)
			data := bytes.Repeat(one, levels+1)[:size&^3]
			for _, out := range []bin.Decoder{tg.TypesConstructorMap()[id](), decoder(func(b *bin.Buffer) error {
				return tg.TypesConstructorMap()[id]().Decode(b)
			})} {
				checkHostile(t, tg.TypesMap()[id], data, levels*len(cycle) > nest.MaxDepth, out)
			}
		}
	}
	if len(recursive) < 50 {
		t.Errorf("only %d constructors can be in themselves: %v", len(recursive), recursive)
	}
}

// decoder is an out that is no type of gotd's.
type decoder func(*bin.Buffer) error

func (d decoder) Decode(b *bin.Buffer) error { return d(b) }

// checkHostile decodes data, which is no answer.
func checkHostile(t *testing.T, name string, data []byte, deep bool, out bin.Decoder) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := DecodeAnswer(&bin.Buffer{Buf: data}, out)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	switch long := len(data) > maxAnswer; {
	case err == nil, long != errors.Is(err, ErrLongAnswer), !long && deep != errors.Is(err, ErrDeepAnswer):
		t.Errorf("%s in %d bytes: %.300v", name, len(data), err)
	}
	if took > 20*time.Second { // A tenth of a second where nothing else runs.
		t.Errorf("%s in %d bytes: it took %v", name, len(data), took)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > uint64(4*len(data)+16<<20) {
		t.Errorf("%s in %d bytes: %d KiB were taken", name, len(data), took>>10)
	}
}

// richest is a text in each style that a text may have, inside one another with siblings, as deep as
// Telegram's editors let a text be.
func richest(t *testing.T) tg.RichTextClass {
	var text tg.RichTextClass = &tg.TextPlain{Text: "text"}
	styles := 0
	for _, id := range tgtypes.Children(tg.TextBoldTypeID) {
		style := tg.TypesConstructorMap()[id]()
		var head bin.Buffer
		inside := tgtypes.Inside(id, tg.TextEmptyTypeID)
		if inside == nil || id == tg.TextConcatTypeID || inside.Encode(&head) != nil {
			continue
		}
		whole := bytes.Replace(head.Buf, encoded(t, &tg.TextEmpty{}), encoded(t, &tg.TextConcat{Texts: []tg.RichTextClass{&tg.TextPlain{Text: "before"}, text, &tg.TextEmpty{}}}), 1)
		if err := style.Decode(&bin.Buffer{Buf: whole}); err != nil {
			t.Fatal(err)
		}
		text = style.(tg.RichTextClass)
		styles++
	}
	if styles < 15 {
		t.Fatalf("only %d styles", styles)
	}
	return text
}

// The deepest page that can be written with Telegram's editors, in each message of a hundred, is read.
func TestHonestPagesAreRead(t *testing.T) {
	text := richest(t)
	var block tg.PageBlockClass = &tg.PageBlockParagraph{Text: text}
	for range 8 { // Details in lists in details.
		block = &tg.PageBlockDetails{Blocks: []tg.PageBlockClass{&tg.PageBlockDivider{}, block}, Title: &tg.TextPlain{Text: "title"}}
		block = &tg.PageBlockList{Items: []tg.PageListItemClass{&tg.PageListItemBlocks{Blocks: []tg.PageBlockClass{block, &tg.PageBlockDivider{}}}}}
	}
	page := tg.WebPage{URL: "https://example.org"}
	page.SetCachedPage(tg.Page{URL: "https://example.org", Blocks: []tg.PageBlockClass{block}})
	answer := &tg.MessagesMessages{}
	for i := range 100 {
		m := &tg.Message{ID: i + 1, PeerID: &tg.PeerChannel{ChannelID: 1}}
		m.SetMedia(&tg.MessageMediaWebPage{Webpage: &page})
		answer.Messages = append(answer.Messages, m)
	}
	data := encoded(t, answer)
	t.Logf("%d bytes", len(data))
	var got tg.MessagesMessagesBox
	if err := DecodeAnswer(&bin.Buffer{Buf: data}, &got); err != nil {
		t.Fatal(err)
	}
	if again := encoded(t, &got); !bytes.Equal(again, data) {
		t.Error("what was read is not what was sent")
	}
}

// Former constructors at the bottom of what may be nested cost no more than they are worth.
func TestFormersInDeepAnswers(t *testing.T) {
	var many []tg.MessageExtendedMediaClass
	for range 2000 {
		many = append(many, &tg.MessageExtendedMedia{Media: &tg.MessageMediaDocument{}})
	}
	media := &tg.MessageMediaPaidMedia{ExtendedMedia: many}
	for range 61 {
		media = &tg.MessageMediaPaidMedia{ExtendedMedia: []tg.MessageExtendedMediaClass{&tg.MessageExtendedMedia{Media: media}}}
	}
	var now, former bin.Buffer
	now.PutID(tg.MessageMediaDocumentTypeID)
	former.PutID(0xdd570bd5)
	data := bytes.ReplaceAll(encoded(t, media), now.Buf, former.Buf)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := DecodeAnswer(&bin.Buffer{Buf: data}, &tg.MessageMediaPaidMedia{})
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; err == nil || taken > 512<<20 {
		t.Errorf("%d MiB were taken in all, error %.100v", taken>>20, err)
	}
}
