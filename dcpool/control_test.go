package dcpool

import (
	"io"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

func TestPick(t *testing.T) {
	conn := func(id ConnID, load float64) candidate { return candidate{id: id, load: load, fits: load <= 1} }
	leaving := candidate{id: 9, fits: true, leave: true}
	for _, test := range []struct {
		name    string
		conns   []candidate
		avoid   ConnID
		canOpen bool
		want    int
	}{
		{"none", nil, 0, true, -1},
		{"least full", []candidate{conn(1, 0.8), conn(2, 0.4), conn(3, 0.6)}, 0, false, 1},
		{"first of equals", []candidate{conn(1, 0.4), conn(2, 0.4)}, 0, false, 0},
		{"all full", []candidate{conn(1, 1.1), conn(2, 1.1)}, 0, false, -1},
		{"one full", []candidate{conn(1, 1.1), conn(2, 1)}, 0, false, 1},
		{"one leaves", []candidate{leaving, conn(2, 0.9)}, 0, false, 1},
		{"all leave", []candidate{leaving}, 0, false, -1},
		{"avoided", []candidate{conn(1, 0), conn(2, 0.8)}, 1, false, 1},
		{"avoided, the other is full", []candidate{conn(1, 0), conn(2, 1.1)}, 1, false, -1},
		{"avoided is alone and another can come", []candidate{conn(1, 0)}, 1, true, -1},
		{"avoided is alone", []candidate{conn(1, 0)}, 1, false, 0},
		{"avoided is alone but for one that leaves", []candidate{leaving, conn(1, 0)}, 1, false, 1},
		{"avoided is not there", []candidate{conn(1, 0)}, 9, true, 0},
	} {
		if got := pick(test.conns, test.avoid, test.canOpen); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	if backoff(0) != 0 {
		t.Error("a pause before any failure")
	}
	for n := 1; n < 100; n++ {
		full := backoffMax
		if n < 7 {
			full = backoffFirst << (n - 1)
		}
		if d := backoff(n); d < full/2 || d >= full {
			t.Errorf("failure %d: %v, want between %v and %v", n, d, full/2, full)
		}
	}
}

func TestDelivered(t *testing.T) {
	full := &filedata.FileAnswer{N: mib}
	for _, test := range []struct {
		name     string
		asked    int
		out      bin.Decoder
		answered bool
		err      error
		want     outcome
	}{
		{"whole", mib, full, true, nil, outcome{true, mib}},
		{"the end of a file", mib, &filedata.FileAnswer{N: 70_000}, true, nil, outcome{true, 70_000}},
		{"a redirect", mib, &filedata.FileAnswer{}, true, nil, outcome{answered: true}},
		{"not on the CDN", mib, &filedata.CDNFileAnswer{}, true, nil, outcome{answered: true}},
		{"a few bytes", mib, &filedata.CDNFileAnswer{N: smallCall}, true, nil, outcome{answered: true}},
		{"a small call", 0, full, true, nil, outcome{answered: true}},
		{"an out that does not know", mib, new(tg.UploadFileBox), true, nil, outcome{true, mib}},
		{"refused", mib, full, true, io.EOF, outcome{answered: true}},
		{"lost", mib, full, false, io.EOF, outcome{}},
	} {
		c := call{target: Target{Bytes: test.asked}, out: test.out}
		if got := c.delivered(test.answered, test.err); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&FloodError{DC: 4, Method: "upload.getFile", Wait: time.Minute}, "DC 4: Telegram asks to wait 1m0s before upload.getFile"},
		{&FloodError{DC: 4, Method: "upload.getFile"}, "DC 4: Telegram asks to wait before upload.getFile"},
		{&UnknownDCError{DC: 77, Kind: Media}, "no known address of DC 77 for media connections: check the id, and the IP version in use"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
