package simdc

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// scripted starts the default scenario with faults as a scenario file has them.
func scripted(t *testing.T, faults string) *Cluster {
	t.Helper()
	s, err := scenario.Parse([]byte(`{"base": "default", "faults": [` + faults + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return startTest(t, &s)
}

// outcome is "ok", or code and text of an rpc_error.
func outcome(err error) string {
	if rpc, ok := tgerr.As(err); ok {
		return fmt.Sprintf("%d %s", rpc.Code, rpc.Message)
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func TestScriptedErrors(t *testing.T) {
	ask := map[string]func(*direct) error{
		"users.getUsers": func(d *direct) error {
			_, err := d.api().UsersGetUsers(context.Background(), []tg.InputUserClass{&tg.InputUserSelf{}})
			return err
		},
		"help.getNearestDc": func(d *direct) error {
			_, err := d.api().HelpGetNearestDC(context.Background())
			return err
		},
	}
	for _, tc := range []struct {
		name, faults, method string
		want                 []string
	}{
		{
			"network migrate", `{"do":"error","code":303,"text":"NETWORK_MIGRATE_5","dc":1,"times":1}`,
			"help.getNearestDc", []string{"303 NETWORK_MIGRATE_5", "ok"},
		},
		{
			"stats migrate", `{"do":"error","code":303,"text":"STATS_MIGRATE_4","method":"users.getUsers","times":1}`,
			"users.getUsers", []string{"303 STATS_MIGRATE_4", "ok"},
		},
		{
			"bursts of -503", `{"do":"error","code":-503,"text":"Timeout","first":2,"every":4,"burst":2}`,
			"users.getUsers", []string{"ok", "-503 Timeout", "-503 Timeout", "ok", "ok", "-503 Timeout", "-503 Timeout", "ok"},
		},
		{
			"flood, normal and premium",
			`{"do":"error","code":420,"text":"FLOOD_WAIT_3","first":2,"every":3},{"do":"error","code":420,"text":"FLOOD_PREMIUM_WAIT_5","first":3,"times":1}`,
			"users.getUsers", []string{"ok", "420 FLOOD_WAIT_3", "ok", "420 FLOOD_PREMIUM_WAIT_5", "420 FLOOD_WAIT_3"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ada := scripted(t, tc.faults).as(t, scenario.Ada)
			var got []string
			for range tc.want {
				got = append(got, outcome(ask[tc.method](ada)))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestPingPong lets two DCs each say that a file is on the other one.
func TestPingPong(t *testing.T) {
	c := scripted(t, `{"do":"error","code":303,"text":"FILE_MIGRATE_5","dc":4,"method":"upload.getFile"},
		{"do":"error","code":303,"text":"FILE_MIGRATE_4","dc":5,"method":"upload.getFile"}`)
	ada := c.as(t, scenario.Ada)
	in := location(ada.document(t, 10))
	for dc, want := range map[int]string{4: "303 FILE_MIGRATE_5", 5: "303 FILE_MIGRATE_4"} {
		_, err := ada.on(t, dc).api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Limit: 4096})
		wantError(t, err, want)
	}
}

// TestParallelFlood floods an account from its third parallel file request on.
func TestParallelFlood(t *testing.T) {
	c := scripted(t, `{"do":"error","code":420,"text":"FLOOD_PREMIUM_WAIT_2","parallel":3,"method":"files"}`)
	ada := c.as(t, scenario.Ada)
	in := location(ada.document(t, 9))
	// The requests of this client are never answered as far as the cluster
	// knows: nothing is written.
	read := func(d *direct) string {
		_, err := d.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Limit: 4096})
		return outcome(err)
	}
	want := []string{"ok", "ok", "420 FLOOD_PREMIUM_WAIT_2"}
	for i, w := range want {
		if got := read(ada); got != w {
			t.Errorf("request %d: %s, want %s", i+1, got, w)
		}
	}
	ada.e.dc.reading.lost(ada.conn)
	if got := read(ada); got != "ok" {
		t.Errorf("after the others have ended: %s", got)
	}
	for call := range ada.e.dc.reading.calls {
		observer{ada.e}.Answered(call.request, mtserve.Answer{})
	}
	if n := len(ada.e.dc.reading.calls); n != 0 {
		t.Errorf("%d requests are under way after their answers", n)
	}
}

// dialable reports whether something listens at an address of help.getConfig.
func dialable(o tg.DCOption) bool {
	nc, err := net.Dial("tcp", net.JoinHostPort(o.IPAddress, strconv.Itoa(o.Port)))
	if err != nil {
		return false
	}
	return nc.Close() == nil
}

// addresses are those that help.getConfig tells of a DC.
func (d *direct) addresses(t *testing.T, dc int) []tg.DCOption {
	t.Helper()
	config, err := d.api().HelpGetConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(config.DCOptions, func(o tg.DCOption) bool { return o.ID != dc })
}

// TestVanishingDC lets the CDN DC vanish at the second question and come back
// at the fourth.
func TestVanishingDC(t *testing.T) {
	c := scripted(t, `{"do":"stop_dc","to":203,"method":"help.getNearestDc","first":2,"times":1},
		{"do":"start_dc","to":203,"method":"help.getNearestDc","first":3,"times":1}`)
	d := c.direct(2)
	before := d.addresses(t, 203)
	for i, want := range []bool{true, false, false, true} {
		if _, err := d.api().HelpGetNearestDC(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			<-c.endpoint(t, 203).current().ended
		}
		if got := dialable(before[0]); got != want {
			t.Errorf("question %d: the DC is there: %v, want %v", i+1, got, want)
		}
	}
	if after := d.addresses(t, 203); !slices.Equal(port(before), port(after)) {
		t.Errorf("it came back at %v, was at %v", after, before)
	}
}

func (c *Cluster) endpoint(t *testing.T, dc int) *endpoint {
	t.Helper()
	list, err := c.of(dc)
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func port(list []tg.DCOption) (out []int) {
	for _, o := range list {
		out = append(out, o.Port)
	}
	return out
}

// TestMovedDC lets DC 4, which has two endpoints, change its addresses.
func TestMovedDC(t *testing.T) {
	c := scripted(t, `{"do":"move_dc","to":4,"method":"help.getNearestDc","times":1}`)
	d := c.direct(2)
	before := d.addresses(t, 4)
	if _, err := d.api().HelpGetNearestDC(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := d.addresses(t, 4)
	if len(after) != 3 || slices.ContainsFunc(port(after), func(p int) bool { return slices.Contains(port(before), p) }) {
		t.Fatalf("addresses %v, were %v", after, before)
	}
	for _, o := range after {
		if !dialable(o) {
			t.Errorf("nothing at %v", o)
		}
	}
}

func TestStartAndMoveErrors(t *testing.T) {
	c := startTest(t, nil)
	for name, f := range map[string]func() error{
		"stop":   func() error { return c.StopDC(99) },
		"start":  func() error { return c.StartDC(t.Context(), 99) },
		"move":   func() error { return c.MoveDC(t.Context(), 99) },
		"rotate": func() error { return c.RotateKey(99) },
	} {
		if f() == nil {
			t.Errorf("%s: a DC that is not there", name)
		}
	}
	if err := c.StartDC(t.Context(), 2); err != nil {
		t.Errorf("starting a DC that runs: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.MoveDC(t.Context(), 2); !errors.Is(err, errEnded) {
		t.Errorf("moving a DC of a cluster that has ended: %v", err)
	}
}

func TestScriptedKeyRotation(t *testing.T) {
	c := scripted(t, `{"do":"rotate_key","to":203,"method":"help.getNearestDc","times":1}`)
	d := c.direct(2)
	key := func() string {
		config, err := d.api().HelpGetCDNConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return config.PublicKeys[0].PublicKey
	}
	before := key()
	if _, err := d.api().HelpGetNearestDC(t.Context()); err != nil {
		t.Fatal(err)
	}
	if key() == before {
		t.Error("the CDN's key is the same")
	}
}

// TestScriptedExpiry lets the references of all files expire at the second
// request.
func TestScriptedExpiry(t *testing.T) {
	c := scripted(t, `{"do":"expire","method":"upload.getFile","first":2,"times":1}`)
	ada := c.as(t, scenario.Ada)
	first, other := location(ada.document(t, 9)), location(ada.document(t, 10))
	there := ada.on(t, 5)
	read := func(d *direct, in tg.InputFileLocationClass) string {
		_, err := d.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Limit: 4096})
		return outcome(err)
	}
	const expired = "400 FILE_REFERENCE_EXPIRED"
	got := []string{read(ada, first), read(ada, first), read(ada, first), read(there, other)}
	if want := []string{"ok", expired, expired, expired}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if again := read(there, location(ada.document(t, 10))); again != "ok" {
		t.Errorf("with the new reference: %s", again)
	}
}

func TestMissingHashes(t *testing.T) {
	c := scripted(t, `{"do":"empty","method":"upload.getFileHashes","first":2},{"do":"empty","method":"upload.getCdnFileHashes"}`)
	ada := c.as(t, scenario.Ada)
	in := location(ada.document(t, 9))
	for i, want := range []int{1, 0, 0} {
		got, err := ada.api().UploadGetFileHashes(t.Context(), &tg.UploadGetFileHashesRequest{Location: in})
		if err != nil || len(got) != want {
			t.Errorf("request %d: %d hashes, %v", i+1, len(got), err)
		}
	}
}

// TestHostileAnswers checks what the API of a hostile server answers.
func TestHostileAnswers(t *testing.T) {
	t.Run("options", func(t *testing.T) {
		c := scripted(t, `{"do":"options","to":4}`)
		list := c.direct(2).addresses(t, 4)
		if len(list) != 10_003 || !dialable(list[10_000]) || list[10_000].Port != c.endpoint(t, 2).current().port {
			t.Errorf("%d addresses", len(list))
		}
	})
	t.Run("negative size", func(t *testing.T) {
		c := scripted(t, `{"do":"size","method":"channels.getMessages"}`)
		if doc := c.as(t, scenario.Ada).document(t, 9); doc.Size != -1 {
			t.Errorf("%d bytes", doc.Size)
		}
	})
	t.Run("wrong length", func(t *testing.T) {
		c := scripted(t, `{"do":"size","method":"upload.getFile"}`)
		ada := c.as(t, scenario.Ada)
		in := location(ada.document(t, 9))
		_, err := ada.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Limit: 4096})
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v", err)
		}
	})
	t.Run("redirects for ever", func(t *testing.T) {
		c := scripted(t, `{"do":"redirect","method":"upload.getFile"},{"do":"token","method":"upload.getCdnFile"}`)
		ada := c.as(t, scenario.Ada)
		in := location(ada.document(t, 9))
		for range 3 {
			got, err := ada.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Limit: 4096})
			if err != nil {
				t.Fatal(err)
			}
			redirect := got.(*tg.UploadFileCDNRedirect)
			_, err = c.direct(203).api().UploadGetCDNFile(t.Context(), &tg.UploadGetCDNFileRequest{FileToken: redirect.FileToken, Limit: 4096})
			wantError(t, err, "400 FILE_TOKEN_INVALID")
		}
	})
	t.Run("re-upload for ever", func(t *testing.T) {
		c := scripted(t, `{"do":"reupload"}`)
		f := c.world.files[3013]
		token := c.world.cdnToken(fileToken, f, 0)
		for range 3 {
			got, err := c.direct(203).api().UploadGetCDNFile(t.Context(), &tg.UploadGetCDNFileRequest{FileToken: token, Limit: 4096})
			if err != nil {
				t.Fatal(err)
			}
			needed, ok := got.(*tg.UploadCDNFileReuploadNeeded)
			if !ok {
				t.Fatalf("%T", got)
			}
			_, err = c.as(t, scenario.Bot).api().UploadReuploadCDNFile(t.Context(), &tg.UploadReuploadCDNFileRequest{FileToken: token, RequestToken: needed.RequestToken})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestHostileMessages checks what is sent below the API.
func TestHostileMessages(t *testing.T) {
	var b bin.Buffer
	if err := nested(nestedDepth).Encode(&b); err != nil {
		t.Fatal(err)
	}
	depth := 0
	for body := b.Buf; len(body) > 0; depth++ {
		var c proto.MessageContainer
		if err := c.Decode(&bin.Buffer{Buf: body}); err != nil {
			t.Fatalf("container %d: %v", depth, err)
		}
		body = c.Messages[0].Body
	}
	if depth != nestedDepth {
		t.Errorf("%d containers", depth)
	}

	b.Reset()
	if err := (endless{}).Encode(&b); err != nil {
		t.Fatal(err)
	}
	if err := new(proto.MessageContainer).Decode(&b); err == nil {
		t.Error("an endless container was read to its end")
	}

	b.Reset()
	if err := (bomb{}).Encode(&b); err != nil {
		t.Fatal(err)
	}
	_, _ = b.ID()
	packed, err := b.Bytes()
	if err != nil || len(packed) > 2<<20 {
		t.Fatalf("%d bytes, %v", len(packed), err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(r, 64<<20)); n != 64<<20 {
		t.Errorf("%d bytes unpacked: %v", n, err)
	}
}
