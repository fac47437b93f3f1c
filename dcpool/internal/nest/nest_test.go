package nest

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool/internal/nest/tgtypes"
)

// legacy are constructors that gotd has beside the schema, which no answer has room for.
var legacy = map[uint32]bool{
	tg.InputStickerSetThumbLegacyTypeID:       true,
	tg.InputPeerPhotoFileLocationLegacyTypeID: true,
}

// Each constructor, with each of its optional fields, ends where gotd's encoder ends it.
func TestReadsAsGotd(t *testing.T) {
	check := func(id uint32, obj bin.Object, what string) {
		var b bin.Buffer
		if err := obj.Encode(&b); err != nil {
			t.Errorf("%s %s: %v", tg.TypesMap()[id], what, err)
			return
		}
		r := reader{data: append(b.Copy(), 1, 2, 3, 4), layouts: layouts()}
		if err := r.object(1); err != nil || len(r.data) != bin.Word {
			t.Errorf("%s %s of %d bytes: error %v, %d left", tg.TypesMap()[id], what, b.Len(), err, len(r.data)-bin.Word)
		}
	}
	n := 0
	for _, id := range tgtypes.Constructors() {
		if _, known := layouts()[id]; !known {
			continue
		}
		check(id, tgtypes.New(id), "alone")
		for _, name := range tgtypes.Optional(id) {
			check(id, tgtypes.With(id, name), "with "+name)
			n++
		}
		for _, child := range tgtypes.Children(id) {
			check(id, tgtypes.Inside(id, child), "around "+tg.TypesMap()[child])
			if _, known := layouts()[child]; !known && !legacy[child] {
				t.Errorf("%s has no layout", tg.TypesMap()[child])
			}
		}
		n++
	}
	if n < 3000 {
		t.Errorf("only %d samples", n)
	}
}

// Strings of each length end where gotd ends them.
func TestStrings(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 252, 253, 254, 255, 256, 257, 70_000, 1<<24 - 1} {
		var b bin.Buffer
		b.PutBytes(make([]byte, n))
		r := reader{data: b.Buf}
		if err := r.bytes(); err != nil || len(r.data) != 0 {
			t.Errorf("%d bytes: error %v, %d left", n, err, len(r.data))
		}
	}
}

// Siblings are legal in thousands, levels up to the bound, and no more.
func TestCheck(t *testing.T) {
	levels := func(n int) []byte {
		data := slices.Repeat(binary.LittleEndian.AppendUint32(nil, tg.TextBoldTypeID), n-1)
		return binary.LittleEndian.AppendUint32(data, tg.TextEmptyTypeID)
	}
	var siblings bin.Buffer
	texts := tg.TextConcat{}
	for range 10_000 {
		texts.Texts = append(texts.Texts, &tg.TextItalic{Text: &tg.TextPlain{Text: string(levels(2 * MaxDepth))}})
	}
	if err := texts.Encode(&siblings); err != nil {
		t.Fatal(err)
	}
	var list bin.Buffer
	list.PutVectorHeader(1)
	for name, tt := range map[string]struct {
		data []byte
		deep bool
	}{
		"nothing":             {nil, false},
		"half a word":         {[]byte{1, 2}, false},
		"siblings":            {siblings.Buf, false},
		"the bound":           {levels(MaxDepth), false},
		"one more":            {levels(MaxDepth + 1), true},
		"one more, cut":       {levels(MaxDepth + 2)[:4*MaxDepth+4], true},
		"the bound, cut":      {levels(MaxDepth + 1)[:4*MaxDepth], false},
		"a vector, one more":  {append(list.Copy(), levels(MaxDepth+1)...), true},
		"a vector, the bound": {append(list.Copy(), levels(MaxDepth)...), false},
	} {
		if err := Check(tt.data); errors.Is(err, ErrDeep) != tt.deep || err != nil && !tt.deep {
			t.Errorf("%s: %v", name, err)
		}
	}
}
