package dcpool

import (
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func TestAppConfigNesting(t *testing.T) {
	nested := func(depth int) tg.JSONValueClass {
		var v tg.JSONValueClass = &tg.JSONNumber{Value: 1}
		for i := range depth - 1 {
			if i%2 == 0 {
				v = &tg.JSONArray{Value: []tg.JSONValueClass{&tg.JSONNull{}, v, &tg.JSONString{Value: "x"}}}
			} else {
				v = &tg.JSONObject{Value: []tg.JSONObjectValue{{Key: "a", Value: &tg.JSONBool{Value: true}}, {Key: "b", Value: v}}}
			}
		}
		return v
	}
	encode := func(v tg.JSONValueClass) []byte {
		var b bin.Buffer
		if err := (&tg.HelpAppConfig{Hash: 7, Config: v}).Encode(&b); err != nil {
			t.Fatal(err)
		}
		return b.Buf
	}
	for _, depth := range []int{1, 2, appConfigDepth} {
		var got appConfig
		b := bin.Buffer{Buf: encode(nested(depth))}
		if err := got.Decode(&b); err != nil || b.Len() != 0 {
			t.Errorf("%d deep: %v, %d bytes left", depth, err, b.Len())
		}
	}
	deep := encode(nested(100_000))
	for name, answer := range map[string][]byte{
		"one more":  encode(nested(appConfigDepth + 1)),
		"very deep": deep,
		"cut short": deep[:len(deep)/4*4/3],
		"no value":  encode(nested(1))[:8],
	} {
		if err := new(appConfig).Decode(&bin.Buffer{Buf: answer}); err == nil || len(err.Error()) > 200 {
			t.Errorf("%s: %.300v", name, err)
		}
	}
	var same bin.Buffer
	if err := (&tg.HelpAppConfigNotModified{}).Encode(&same); err != nil {
		t.Fatal(err)
	}
	if err := new(appConfig).Decode(&same); err != nil {
		t.Errorf("not modified: %v", err)
	}
}
