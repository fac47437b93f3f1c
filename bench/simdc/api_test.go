package simdc

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// raw is a query of words that no schema knows.
type raw []uint32

func (r raw) Encode(b *bin.Buffer) error {
	for _, w := range r {
		b.PutUint32(w)
	}
	return nil
}

// packed is a query as gzip_packed, deflated the same in zlib's format.
type (
	packed   struct{ bin.Encoder }
	deflated struct{ bin.Encoder }
)

func (p packed) Encode(b *bin.Buffer) error {
	var inner bin.Buffer
	if err := p.Encoder.Encode(&inner); err != nil {
		return err
	}
	return proto.GZIP{Data: inner.Buf}.Encode(b)
}

func (p deflated) Encode(b *bin.Buffer) error {
	var inner bin.Buffer
	if err := p.Encoder.Encode(&inner); err != nil {
		return err
	}
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(inner.Buf); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.PutID(proto.GZIPTypeID)
	b.PutBytes(out.Bytes())
	return nil
}

func TestWrappers(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	query := &tg.HelpGetNearestDCRequest{}
	layer := func(in bin.Encoder) bin.Encoder {
		return &tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: object{in}}
	}
	initWith := func(id int) func(bin.Encoder) bin.Encoder {
		return func(in bin.Encoder) bin.Encoder { return &tg.InitConnectionRequest{APIID: id, Query: object{in}} }
	}
	initConn := initWith(c.world.scenario.APIID)
	quiet := func(in bin.Encoder) bin.Encoder { return &tg.InvokeWithoutUpdatesRequest{Query: object{in}} }
	after := func(in bin.Encoder) bin.Encoder { return &tg.InvokeAfterMsgRequest{MsgID: 1, Query: object{in}} }
	afters := func(in bin.Encoder) bin.Encoder {
		return &tg.InvokeAfterMsgsRequest{MsgIDs: []int64{1, 2}, Query: object{in}}
	}
	takeout := func(in bin.Encoder) bin.Encoder { return &tg.InvokeWithTakeoutRequest{TakeoutID: 1, Query: object{in}} }
	deep := bin.Encoder(query)
	for range maxWrappers {
		deep = quiet(deep)
	}
	for _, tc := range []struct {
		name  string
		query bin.Encoder
		want  string // empty is success
	}{
		{"nothing", query, "400 CONNECTION_NOT_INITED"},
		{"layer only", layer(query), "400 CONNECTION_NOT_INITED"},
		{"initConnection without a layer", initConn(query), "400 CONNECTION_LAYER_INVALID"},
		{"layer 0", &tg.InvokeWithLayerRequest{Query: object{query}}, "400 CONNECTION_LAYER_INVALID"},
		{"wrong api_id", layer(initWith(1)(query)), "400 API_ID_INVALID"},
		{"as documented", layer(initConn(query)), ""},
		{"without updates outside", quiet(layer(initConn(query))), ""},
		{"without updates everywhere", quiet(layer(quiet(initConn(quiet(query))))), ""},
		{"after others", after(afters(layer(initConn(query)))), ""},
		{"in an export of nobody", takeout(layer(initConn(query))), "401 AUTH_KEY_UNREGISTERED"},
		{"too deep", layer(initConn(deep)), "400 INPUT_REQUEST_TOO_DEEP"},
		{"unknown method", layer(initConn(raw{0x12345678})), "400 INPUT_METHOD_INVALID_305419896"},
		{"half a method", layer(initConn(raw{tg.AuthSendCodeRequestTypeID})), "400 INPUT_FETCH_ERROR"},
		{"more than a method", layer(initConn(raw{tg.HelpGetConfigRequestTypeID, 0})), "400 INPUT_REQUEST_TOO_LONG"},
		{"half a wrapper", raw{tg.InvokeWithLayerRequestTypeID}, "400 INPUT_FETCH_ERROR"},
		{"an empty query", raw{}, "400 INPUT_FETCH_ERROR"},
		{"packed within initConnection", layer(initConn(packed{query})), ""},
		{"packed within the layer", layer(packed{initConn(query)}), ""},
		{"packed after others", after(afters(packed{layer(initConn(query))})), ""},
		{"packed without updates", layer(initConn(quiet(packed{query}))), ""},
		{"packed outside", packed{layer(initConn(query))}, ""},
		{"packed with zlib", layer(initConn(deflated{query})), ""},
		{"packed twice", layer(packed{initConn(packed{query})}), "400 INPUT_FETCH_ERROR"},
		{"half a pack", layer(initConn(raw{proto.GZIPTypeID, 0x10203})), "400 INPUT_FETCH_ERROR"},
	} {
		_, err := c.direct(2).call(ctx, tc.query, &tg.NearestDC{})
		if tc.want == "" && err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if tc.want != "" {
			t.Run(tc.name, func(t *testing.T) { wantError(t, err, tc.want) })
		}
	}

	t.Run("once per key", func(t *testing.T) {
		d := c.direct(2)
		if err := d.Invoke(ctx, query, &tg.NearestDC{}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.call(ctx, query, &tg.NearestDC{}); err != nil {
			t.Errorf("bare query after initConnection: %v", err)
		}
		d.conn, d.session = &mtserve.Conn{ID: 2}, &mtserve.Session{ID: 2}
		if _, err := d.call(ctx, query, &tg.NearestDC{}); err != nil {
			t.Errorf("bare query in another session: %v", err)
		}
	})
}

func TestAccess(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	self := []tg.InputUserClass{&tg.InputUserSelf{}}

	t.Run("no login", func(t *testing.T) {
		_, err := c.direct(1).api().UsersGetUsers(ctx, self)
		wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
		_, err = c.direct(1).api().UploadGetFile(ctx, &tg.UploadGetFileRequest{Location: &tg.InputDocumentFileLocation{}, Limit: 4096})
		wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
	})
	t.Run("temporary key that is not bound", func(t *testing.T) {
		d := c.direct(1)
		d.key.Temporary = true
		_, err := d.api().UsersGetUsers(ctx, self)
		wantError(t, err, "401 AUTH_KEY_PERM_EMPTY")
	})
	t.Run("bots", func(t *testing.T) {
		_, err := c.as(t, scenario.Bot).api().MessagesGetDialogs(ctx, &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}})
		wantError(t, err, "400 BOT_METHOD_INVALID")
	})
	t.Run("CDN", func(t *testing.T) {
		cdn := c.direct(203)
		_, err := cdn.api().HelpGetConfig(ctx)
		wantError(t, err, "400 CDN_METHOD_INVALID")
		_, err = cdn.api().AuthImportAuthorization(ctx, &tg.AuthImportAuthorizationRequest{})
		wantError(t, err, "400 CDN_METHOD_INVALID")
		err = cdn.Invoke(ctx, raw{0x12345678}, &tg.NearestDC{})
		wantError(t, err, "400 CDN_METHOD_INVALID")
		_, err = cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{FileToken: []byte("x"), Limit: 4096})
		wantError(t, err, "400 FILE_TOKEN_INVALID")
		_, err = c.as(t, scenario.Ada).api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{Limit: 4096})
		wantError(t, err, "400 METHOD_INVALID")
		cdn.bare = true
		cdn.key = c.direct(203).key
		_, err = cdn.api().UploadGetCDNFile(ctx, &tg.UploadGetCDNFileRequest{Limit: 4096})
		wantError(t, err, "400 CONNECTION_NOT_INITED")
	})
}

func TestConfig(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	config, err := c.direct(4).api().HelpGetConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if config.ThisDC != 4 || config.Expires <= config.Date || len(config.DCOptions) != 12 {
		t.Errorf("this_dc %d, date %d, expires %d, %d options", config.ThisDC, config.Date, config.Expires, len(config.DCOptions))
	}
	media, cdn := 0, 0
	for _, o := range config.DCOptions {
		if o.MediaOnly {
			media = o.ID
		}
		if o.CDN {
			cdn = o.ID
		}
		if o.IPAddress != "127.0.0.1" || o.Port == 0 {
			t.Errorf("DC %d is at %s:%d", o.ID, o.IPAddress, o.Port)
		}
	}
	if media != 4 || cdn != 203 {
		t.Errorf("media-only endpoint of DC %d, CDN DC %d", media, cdn)
	}

	c.SetOptions(func(list []tg.DCOption) []tg.DCOption { return list[:1] })
	if config, err := c.direct(4).api().HelpGetConfig(ctx); err != nil || len(config.DCOptions) != 1 {
		t.Errorf("changed options: %v, %v", config, err)
	}

	app, err := c.direct(1).api().HelpGetAppConfig(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.direct(1).api().HelpGetAppConfig(ctx, app.(*tg.HelpAppConfig).Hash); err != nil {
		t.Error(err)
	}
}

func TestRotateKey(t *testing.T) {
	c := startTest(t, nil)
	key := func() string {
		config, err := c.direct(1).api().HelpGetCDNConfig(t.Context())
		if err != nil || len(config.PublicKeys) != 1 || config.PublicKeys[0].DCID != 203 {
			t.Fatalf("CDN config %+v, %v", config, err)
		}
		return config.PublicKeys[0].PublicKey
	}
	before := key()
	for _, pem := range c.File().Keys {
		if pem == before {
			t.Error("the cluster file gives the CDN's key away")
		}
	}
	if err := c.RotateKey(203); err != nil {
		t.Fatal(err)
	}
	if key() == before {
		t.Error("the key is the same")
	}
	if got := len(c.File().Keys); got != 1 {
		t.Errorf("%d keys in the cluster file", got)
	}
	if err := c.RotateKey(2); err != nil {
		t.Fatal(err)
	}
	if got := len(c.File().Keys); got != 2 {
		t.Errorf("%d keys in the cluster file after DC 2's was rotated", got)
	}
	for range len(scenario.SpareKeys()) - 1 {
		if err := c.RotateKey(203); err != nil {
			t.Error(err)
		}
	}
	if c.RotateKey(203) == nil || c.RotateKey(6) == nil {
		t.Error("rotated a key that cannot be")
	}
}

func TestFaultsOnCalls(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	config := &tg.HelpGetConfigRequest{}
	call := func(t *testing.T, f scenario.Fault) (*direct, error) {
		t.Helper()
		if err := c.SetFaults(f); err != nil {
			t.Fatal(err)
		}
		d := c.as(t, scenario.Ada)
		return d, d.Invoke(ctx, config, &tg.Config{})
	}
	t.Run("error", func(t *testing.T) {
		_, err := call(t, scenario.Fault{Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_3"})
		if d, ok := tgerr.AsFloodWait(err); !ok || d != 3*time.Second {
			t.Errorf("%v", err)
		}
		_, err = call(t, scenario.Fault{Do: scenario.DoError, Code: -503, Text: "Timeout"})
		wantError(t, err, "-503 Timeout")
	})
	t.Run("log out", func(t *testing.T) {
		d, err := call(t, scenario.Fault{Do: scenario.DoLogOut, Times: 1})
		wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
		_, err = d.api().UpdatesGetState(ctx)
		wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
	})
	t.Run("delay", func(t *testing.T) {
		if err := c.SetFaults(scenario.Fault{Do: scenario.DoDelay, Delay: scenario.Duration(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if err := c.direct(1).Invoke(ctx, config, &tg.Config{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	for _, tc := range []struct {
		do   string
		code int
		want mtserve.Fault
	}{
		{scenario.DoDrop, 0, mtserve.Fault{Drop: true}},
		{scenario.DoDuplicate, 0, mtserve.Fault{Repeat: 1}},
		{scenario.DoCut, 0, mtserve.Fault{CutAfter: 5}},
		{scenario.DoStall, 0, mtserve.Fault{StallAfter: 5}},
		{scenario.DoTransport, -429, mtserve.Fault{TransportError: -429}},
		{scenario.DoForgetKey, 0, mtserve.Fault{TransportError: -404}},
	} {
		if err := c.SetFaults(scenario.Fault{Do: tc.do, Code: tc.code, Bytes: 5}); err != nil {
			t.Fatal(err)
		}
		d := c.direct(1)
		r, err := d.call(ctx, d.wrap(config), &tg.Config{})
		if err != nil || r.Fault != tc.want {
			t.Errorf("%s: %+v, %v; want %+v", tc.do, r.Fault, err, tc.want)
		}
	}
	if err := c.SetFaults(scenario.Fault{Do: "explode"}); err == nil {
		t.Error("a fault without sense was taken")
	}
	if _, err := c.AddFault(scenario.Fault{Do: "explode"}); err == nil {
		t.Error("a fault without sense was taken")
	}
}
