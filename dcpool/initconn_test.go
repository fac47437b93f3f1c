package dcpool

import (
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
)

func TestWhatConnectionsSayOfTheClient(t *testing.T) {
	mtproxy, err := proxy.Parse("mtproxy://dd" + secretHex + "@proxy.example:8443")
	if err != nil {
		t.Fatal(err)
	}
	socks, err := proxy.Parse("socks5://127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	for name, way := range map[string]*proxy.Proxy{"direct": nil, "socks": socks, "mtproxy": mtproxy} {
		p, err := New(Config{APIID: 7, APIHash: "x", Proxy: way, Device: Device{Model: "m", AppVersion: "3.2", LangCode: "de"}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		said := func(kind Kind) (out tg.InitConnectionRequest) {
			var b bin.Buffer
			if err := b.Encode(p.initQuery(kind)(&tg.HelpGetConfigRequest{})); err != nil {
				t.Fatal(err)
			}
			out.Query = &tg.HelpGetConfigRequest{}
			if err := (&tg.InvokeWithLayerRequest{Query: &out}).Decode(&b); err != nil {
				t.Fatal(err)
			}
			return out
		}
		_, offset := time.Now().Zone()
		for _, kind := range []Kind{Main, Media} {
			init := said(kind)
			object, _ := init.Params.(*tg.JSONObject)
			if object == nil || object.Value[0].Key != "tz_offset" || object.Value[0].Value.(*tg.JSONNumber).Value != float64(offset) {
				t.Errorf("%s %s: params %v, want tz_offset %d", name, kind, init.Params, offset)
			}
			told, ok := init.GetProxy()
			if ok != (name == "mtproxy") || ok && (told.Address != "proxy.example" || told.Port != 8443) {
				t.Errorf("%s %s: proxy %v", name, kind, told)
			}
			if init.DeviceModel != "m" || init.AppVersion != "3.2" || init.LangCode != "de" || init.APIID != 7 {
				t.Errorf("%s %s: %v", name, kind, init)
			}
		}
		init := said(CDN)
		if init.DeviceModel != "n/a" || init.SystemVersion != "n/a" || init.AppVersion != "n/a" ||
			init.SystemLangCode+init.LangPack+init.LangCode != "" || init.Params != nil || init.Flags != 0 {
			t.Errorf("%s: a CDN is told %v", name, init)
		}
	}
}
