package simdc

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestMannersOfADC checks that what a scenario says about a DC's clock, salts
// and packing reaches its servers.
func TestMannersOfADC(t *testing.T) {
	s, err := scenario.Parse([]byte(`{"base": "default", "dcs": [{"id": 1, "clock": "-2h", "salt_period": "3s", "no_gzip": true},
		{"id": 2, "clock": "90m"}, {"id": 3}, {"id": 4}, {"id": 5}, {"id": 203, "cdn": true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c := startTest(t, &s)
	for _, tc := range []struct {
		dc     int
		clock  time.Duration
		period time.Duration
		gzip   int
	}{
		{1, -2 * time.Hour, 3 * time.Second, -1},
		{2, 90 * time.Minute, 0, 0},
		{3, 0, 0, 0},
	} {
		got := c.endpoint(t, tc.dc).config()
		if off := time.Until(got.Clock()) - tc.clock; off.Abs() > time.Minute {
			t.Errorf("DC %d: its clock is %v from where it should be", tc.dc, off)
		}
		if got.SaltPeriod != tc.period || got.GzipThreshold != tc.gzip {
			t.Errorf("DC %d: salts every %v, packed from %d bytes; want %v, %d", tc.dc, got.SaltPeriod, got.GzipThreshold, tc.period, tc.gzip)
		}
		config, err := c.direct(tc.dc).api().HelpGetConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if off := time.Until(time.Unix(int64(config.Date), 0)) - tc.clock; off.Abs() > time.Minute {
			t.Errorf("DC %d: help.getConfig is %v from where it should be", tc.dc, off)
		}
	}
	if _, err := scenario.Parse([]byte(`{"base": "default", "dcs": [{"id": 1, "clock": 3}]}`)); err == nil {
		t.Error("a clock that is a number was taken")
	}
	if _, err := scenario.Parse([]byte(`{"base": "default", "dcs": [{"id": 1, "clock": "late"}]}`)); err == nil {
		t.Error("a clock that is no duration was taken")
	}
}

// TestStrikesAreLogged checks that the log names the fault that struck a
// request and the file that it was about.
func TestStrikesAreLogged(t *testing.T) {
	c := scripted(t, `{"do":"duplicate","method":"upload.getFile","first":2,"times":1}`)
	var written bytes.Buffer
	c.log.out = &written // Nobody else asks this cluster anything.
	ada := c.as(t, scenario.Ada)
	in := location(ada.document(t, 9))
	for range 3 {
		if _, err := ada.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: in, Limit: 4096}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for dec := json.NewDecoder(&written); dec.More(); {
		var e Event
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Request != nil && e.Request.Method == "upload.getFile" {
			if e.Request.File != 3002 {
				t.Errorf("a request about file %d", e.Request.File)
			}
			got = append(got, e.Request.Fault)
		}
	}
	if len(got) != 3 || got[0] != "" || got[1] != scenario.DoDuplicate || got[2] != "" {
		t.Errorf("the log has the faults %q", got)
	}
}
