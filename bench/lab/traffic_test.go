package lab

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// The log of one run: started at 12:00:00, a message call, a wait, two
// requests of a large file, a small file, one range again and one cut off.
const logText = `
{"event":"open","time":"2030-01-01T12:00:00.5Z","dc":4,"endpoint":"media","conn":1}
{"event":"handshake","time":"2030-01-01T12:00:00.6Z","dc":4,"endpoint":"media","conn":1,"handshake":{"key":"aa"}}
{"event":"handshake","time":"2030-01-01T12:00:00.6Z","dc":4,"endpoint":"media","conn":1,"handshake":{"error":"no such key"}}
{"event":"request","time":"2030-01-01T12:00:00.6Z","dc":4,"endpoint":"media","conn":1,"request":{"method":"auth.importAuthorization","import":7}}
{"event":"request","time":"2030-01-01T12:00:00.7Z","dc":2,"endpoint":"main","conn":9,"request":{"method":"channels.getMessages"}}
{"event":"request","time":"2030-01-01T12:00:00.7Z","dc":4,"endpoint":"media","conn":1,"request":{"method":"upload.getFile","rpc_error":"rpc error code 420: FLOOD_WAIT_3"}}
{"event":"request","time":"2030-01-01T12:00:01.7Z","dc":4,"endpoint":"media","conn":1,"request":{"method":"upload.getFile","rpc_error":"rpc error code 420: FLOOD_WAIT_3"}}
{"event":"request","time":"2030-01-01T12:00:01.8Z","dc":4,"endpoint":"media","conn":1,"request":{"method":"upload.getFile","rpc_error":"rpc error code 303: FILE_MIGRATE_5"}}
{"event":"range","time":"2030-01-01T12:00:02Z","dc":4,"endpoint":"media","conn":1,"range":
 {"file":92,"offset":0,"limit":4096,"bytes":4096,"read":"2030-01-01T12:00:01Z","first":"2030-01-01T12:00:01Z","last":"2030-01-01T12:00:02Z"}}
{"event":"range","time":"2030-01-01T12:00:03Z","dc":4,"endpoint":"media","conn":1,"range":
 {"file":1,"offset":0,"limit":1048576,"bytes":1048576,"read":"2030-01-01T12:00:01.8Z","first":"2030-01-01T12:00:02Z","last":"2030-01-01T12:00:03Z"}}
{"event":"range","time":"2030-01-01T12:00:04Z","dc":4,"endpoint":"media","conn":1,"range":
 {"file":2,"offset":0,"limit":65536,"bytes":65536,"read":"2030-01-01T12:00:02.5Z","first":"2030-01-01T12:00:03Z","last":"2030-01-01T12:00:04Z"}}
{"event":"range","time":"2030-01-01T12:00:05Z","dc":4,"endpoint":"media","conn":1,"range":
 {"file":1,"offset":1048576,"limit":1048576,"bytes":1048576,"read":"2030-01-01T12:00:04Z","first":"2030-01-01T12:00:04.3Z","last":"2030-01-01T12:00:05Z"}}
{"event":"range","time":"2030-01-01T12:00:06Z","dc":4,"endpoint":"media","conn":1,"range":
 {"file":1,"offset":1572864,"limit":524288,"bytes":524288,"read":"2030-01-01T12:00:04.5Z","first":"2030-01-01T12:00:05Z","last":"2030-01-01T12:00:06Z"}}
{"event":"range","time":"2030-01-01T12:00:06Z","dc":4,"endpoint":"media","conn":1,"range":
 {"file":1,"offset":1048576,"limit":131072,"bytes":131072,"read":"2030-01-01T12:00:04.5Z","first":"2030-01-01T12:00:05Z","last":"0001-01-01T00:00:00Z","error":"cut"}}
`

func TestTraffic(t *testing.T) {
	started := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	got, err := readTraffic(strings.NewReader(logText), started, Profile{Scenario: scenario.Scenario{
		Link:  scenario.Link{Conns: []scenario.ConnLink{{N: 1}, {N: 3}}},
		Files: []scenario.File{{ID: 1, Size: 2 << 20}, {ID: 2, Size: 64 << 10}, {ID: 92, Size: 4096}},
		Chats: []scenario.Chat{{Username: measuredChat, Messages: []scenario.Message{{ID: 1, File: 1, Count: 2}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := Traffic{
		Span: 4, FirstByte: 2, DialToByte: 1.5, SmallSpan: 2.2,
		AskedBytes: 2<<20 + 64<<10 + 512<<10 + 128<<10, TwiceBytes: 512<<10 + 128<<10, CutInFlight: 128 << 10,
		Connections: 1, Exceptions: 1, Handshakes: 1, Imports: 1,
		FileRequests: 3, MessageCalls: 1, Calls: 5, Failures: 3, Migrations: 1,
		Floods: 2, FloodTime: 4, QueueDelay: 0.5,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestTrafficOfNothing(t *testing.T) {
	got, err := readTraffic(strings.NewReader(""), time.Now(), Profile{})
	if err != nil || got != (Traffic{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := readTraffic(strings.NewReader(`{"event":`), time.Now(), Profile{}); err == nil {
		t.Error("half a line is no error")
	}
}

func TestFloodWait(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"rpc error code 420: FLOOD_WAIT_3":           3 * time.Second,
		"rpc error code 420: FLOOD_PREMIUM_WAIT_30 ": 30 * time.Second,
		"FLOOD_WAIT_12 (12)":                         12 * time.Second,
		"FLOOD_WAIT_":                                0,
		"rpc error code 420: FROZEN_METHOD_INVALID":  0,
	} {
		if got, ok := floodWait(text); got != want || ok != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
}
