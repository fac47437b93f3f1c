package simdc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simdctest"
)

func TestClusterFile(t *testing.T) {
	began := time.Now()
	c := start(t, nil)
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("the cluster file was there after %v", took)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file simdc.ClusterFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.File(), file); diff != "" {
		t.Error(diff)
	}
	if len(file.DCs) != 7 || len(file.Keys) != 1 || len(file.Accounts) != 4 {
		t.Errorf("%d DCs, %d keys, %d accounts", len(file.DCs), len(file.Keys), len(file.Accounts))
	}
	if keys, err := crypto.ParseRSAPublicKeys([]byte(file.Keys[0])); err != nil || len(keys) != 1 {
		t.Errorf("key: %v", err)
	}
	for _, l := range file.Links {
		if len(l.SHA256) != 64 || strings.Contains(l.URL, "simclosed") {
			t.Errorf("link %+v", l)
		}
	}
	// The names that clients rely on.
	var plain map[string][]map[string]any
	if err := json.Unmarshal(data, &plain); err == nil {
		t.Error("api_id is not there") // It is no list.
	}
	for _, name := range []string{"api_id", "api_hash", "media_only", "home_dc", "password", "bot_token", "sha256", "cdn"} {
		if !bytes.Contains(data, []byte(`"`+name+`":`)) {
			t.Errorf("no field %s", name)
		}
	}
	if err := c.WriteFile(filepath.Join(t.TempDir(), "none", "cluster.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
}

func TestStartErrors(t *testing.T) {
	for name, o := range map[string]simdc.Options{
		"scenario": {Scenario: &scenario.Scenario{}},
		"host":     {Listen: "localhost"},
		"port":     {Listen: "127.0.0.1:443"},
		"any":      {Listen: "0.0.0.0"},
		"address":  {Listen: "192.0.2.1"}, // Reserved for documentation: nobody has it.
	} {
		if c, err := simdc.Start(t.Context(), o); err == nil {
			t.Errorf("%s: started", name)
			c.Close()
		}
	}
}

func TestClusterEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, err := simdc.Start(ctx, simdc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-c.Done()
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// lines collects what is written to it.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func TestLog(t *testing.T) {
	var written lines
	c, err := simdc.Start(t.Context(), simdc.Options{Log: &written})
	if err != nil {
		t.Fatal(err)
	}
	client := judge(t, c, nil)
	run(t, client, func(ctx context.Context) error {
		if err := simdctest.Login(ctx, client, account(c, 0)); err != nil {
			return err
		}
		l := link(t, c, 12) // One MiB and a byte, on DC 3.
		return wantFetch(ctx, t, client, l, l)
	})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	// gotd dials every address that is listed and keeps the first that answers.
	ready, conns := 0, 0
	for _, conn := range c.Log().Conns() {
		conns++
		if conn.Transport != "" {
			ready++
		}
	}
	dc := c.Log().DC(3)
	if dc.Conns == 0 || dc.Handshakes != 1 || dc.Imports != 1 || dc.Logins != 0 ||
		dc.FileBytes != 2<<20+2 || dc.TwiceBytes != 1<<20+1 || dc.Methods["upload.getFile"] == 0 {
		t.Errorf("DC 3: %+v", dc)
	}
	if got := c.Log().DC(99); got.Conns != 0 {
		t.Errorf("DC 99: %+v", got)
	}
	for _, conn := range c.Log().Conns() {
		if conn.Closed.Before(conn.Opened) || conn.Reason == "" {
			t.Errorf("connection opened %v, closed %v: %q", conn.Opened, conn.Closed, conn.Reason)
		}
		for _, h := range conn.Handshakes {
			if h.Ended.Before(h.Started) || len(h.Key) != 16 || h.Err != "" {
				t.Errorf("handshake %+v", h)
			}
		}
		for _, r := range conn.Ranges {
			if r.First.Before(r.Read) || r.Last.Before(r.First) || r.Err != "" || r.Method != "upload.getFile" {
				t.Errorf("range %+v", r)
			}
		}
	}

	// What was written says the same, line by line.
	counts := map[string]int{}
	for line := range bytes.Lines(written.buf.Bytes()) {
		var e simdc.Event
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		counts[e.Event]++
		if e.Event == simdc.EventRange && e.DC == 3 {
			counts["bytes"] += e.Range.Bytes
		}
		if e.Event == simdc.EventRequest && e.Request.Import != 0 {
			counts["imports"]++
		}
		if e.Event == simdc.EventRequest && e.Request.Err != "" {
			counts["refused"]++
		}
	}
	if counts[simdc.EventAnswer] == 0 || counts[simdc.EventAnswer] != counts["refused"] {
		t.Errorf("%d errors went out, %d requests were refused", counts[simdc.EventAnswer], counts["refused"])
	}
	for name, want := range map[string]int{
		simdc.EventOpen: conns, simdc.EventReady: ready, simdc.EventClose: conns, "bytes": 2<<20 + 2, "imports": 1,
	} {
		if counts[name] != want {
			t.Errorf("%s: %d, want %d", name, counts[name], want)
		}
	}

	data, err := json.Marshal(c.Log())
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		DCs   []simdc.DCLog
		Conns []simdc.ConnLog
	}
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Conns) != conns || len(back.DCs) != 3 {
		t.Errorf("JSON has %d connections, %d DCs", len(back.Conns), len(back.DCs))
	}
	c.Log().Reset()
	if got := c.Log().Conns(); len(got) != 0 {
		t.Errorf("%d connections after a reset", len(got))
	}
}

// broken is a log that cannot be written.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestLogThatCannotBeWritten(t *testing.T) {
	c, err := simdc.Start(t.Context(), simdc.Options{Log: broken{}})
	if err != nil {
		t.Fatal(err)
	}
	client := judge(t, c, nil)
	run(t, client, func(ctx context.Context) error {
		_, err := client.API().HelpGetConfig(ctx)
		return err
	})
	if err := c.Close(); !errors.Is(err, errBroken) {
		t.Errorf("close: %v", err)
	}
}

func TestStopDC(t *testing.T) {
	c := start(t, nil)
	if err := c.StopDC(99); err == nil {
		t.Error("a DC that is not there was stopped")
	}
	if err := c.StopDC(2); err != nil {
		t.Fatal(err)
	}
	for _, d := range c.File().DCs {
		nc, err := net.Dial("tcp", net.JoinHostPort(d.IP, strconv.Itoa(d.Port)))
		if err == nil {
			nc.Close()
		}
		if stopped := d.ID == 2; (err != nil) != stopped {
			t.Errorf("DC %d: %v", d.ID, err)
		}
	}
}

// TestRenumber checks that connections count from 1 again when asked to.
func TestRenumber(t *testing.T) {
	c := start(t, nil)
	d := c.File().DCs[0]
	dial := func(want int) {
		t.Helper()
		nc, err := net.Dial("tcp", net.JoinHostPort(d.IP, strconv.Itoa(d.Port)))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		// A key id that is not known: the answer says that it was accepted.
		if _, err := nc.Write(append([]byte{0xef, 6}, bytes.Repeat([]byte{1}, 24)...)); err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadFull(nc, make([]byte, 5))
		conns := c.Log().Conns()
		if got := conns[len(conns)-1].Conn; got != want {
			t.Errorf("connection %d, want %d", got, want)
		}
	}
	dial(1)
	dial(2)
	c.Renumber()
	dial(1)
}
