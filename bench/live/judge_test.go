package live

import (
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/report"
)

// windowsOf are windows of these lengths, one behind the other.
func windowsOf(from int64, limits ...int) (out []tg.FileHash) {
	for _, n := range limits {
		out = append(out, tg.FileHash{Offset: from, Limit: n})
		from += int64(n)
	}
	return out
}

func TestJudge(t *testing.T) {
	eight := windowsOf(0, window, window, window, window, window, window, window, window)
	gap := windowsOf(0, window, window)
	gap[1].Offset += window
	server := time.Unix(1000, 0)
	for _, c := range []struct {
		name string
		got  finding
		want finding
	}{
		{"full last window", judgeLastWindow(window+5, windowsOf(window, window)), finding{"131072 bytes stated, fewer are left", true}},
		{"true length", judgeLastWindow(window+5, windowsOf(0, window, 5)), finding{"only the bytes that are left are stated", false}},
		{"neither", judgeLastWindow(window+5, windowsOf(window, 4096)), finding{"4096 bytes stated", false}},
		{"elsewhere", judgeLastWindow(window+5, windowsOf(0, window)), finding{"no window begins where the last one must", false}},

		{"eight windows", judgeBatch(eight), finding{"8 windows of 131072 bytes", true}},
		{"seven", judgeBatch(eight[:7]), finding{"7 windows of 131072 bytes", false}},
		{"of several lengths", judgeBatch(windowsOf(0, window, 4096)), finding{"2 windows of 4096 to 131072 bytes", false}},
		{"gaps", judgeBatch(gap), finding{"2 windows of 131072 bytes, with gaps", false}},

		{"same clock", judgeClock(server, server.Add(400*time.Millisecond), server.Add(600*time.Millisecond)), finding{"no difference within 0.6 s", true}},
		{"slow round trip", judgeClock(server, server.Add(-8*time.Second), server), finding{"no difference within 4.5 s", true}},
		{"ahead", judgeClock(server, server.Add(-4*time.Second), server.Add(-4*time.Second)), finding{"Telegram's is ahead by 4.5 s", true}},
		{"far ahead", judgeClock(server, server.Add(-6*time.Second), server.Add(-6*time.Second)), finding{"Telegram's is ahead by 6.5 s", false}},
		{"behind", judgeClock(server, server.Add(time.Hour), server.Add(time.Hour)), finding{"Telegram's is behind by 1h0m0s", false}},

		{"no queues", judgeQueues(map[string]float64{"small_queue_max_active_operations_count": 5}), finding{"5 and nothing; with Premium nothing and nothing", false}},
		{"no promise", judgePremium(nil), finding{"nothing is said of it", false}},
		{"no photo hashes", judgePhoto(nil), finding{"no hashes", false}},
		{"no hashes of the beginning", judgeRedirect(&tg.UploadFileCDNRedirect{FileHashes: windowsOf(window, window)}), finding{"it brings no hash of the beginning", false}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
}

func TestJudgeRate(t *testing.T) {
	floods := []report.Flood{{Setting: report.Setting{Connections: 4}, Name: "FLOOD_PREMIUM_WAIT", Parallel: 16, Wait: 3}}
	point := func(n int, rate float64) report.Point {
		return report.Point{Setting: report.Setting{Connections: n}, Rate: rate}
	}
	for _, c := range []struct {
		name  string
		found report.DC
		want  finding
		whole bool
	}{
		{"all", report.DC{Points: []report.Point{point(1, 2e6), point(2, 3.5e6), point(4, 7e6), point(8, 7e6)}}, finding{"2, 3.5, 7, 7 MB/s with 1, 2, 4, 8", true}, true},
		{"not all", report.DC{Points: []report.Point{point(1, 2e6), point(2, 3.5e6), point(8, 0)}}, finding{"2, 3.5 MB/s with 1, 2", true}, false},
		{"none", report.DC{Points: []report.Point{point(1, 0)}}, finding{"", true}, false},
		{"flood at once", report.DC{Floods: floods}, finding{"FLOOD_PREMIUM_WAIT of 3 s with 4 connections, 16 requests at once", false}, true},
		{"flood later", report.DC{Points: []report.Point{point(1, 2e6), point(4, 0)}, Floods: floods}, finding{"2 MB/s with 1; FLOOD_PREMIUM_WAIT of 3 s with 4 connections, 16 requests at once", false}, true},
	} {
		if got, whole := judgeRate(c.found); got != c.want || whole != c.whole {
			t.Errorf("%s: %+v, %v, want %+v, %v", c.name, got, whole, c.want, c.whole)
		}
	}
}

func TestSecretForms(t *testing.T) {
	sixteen := strings.Repeat("k", 16)
	for text, want := range map[string]bool{
		sixteen: true, "\xdd" + sixteen: true, "\xee" + sixteen + "example.org": true,
		"": false, "short": false, "\xaa" + sixteen: false, "\xee" + sixteen: false, "\xee" + sixteen + "nodots": false, sixteen + sixteen: false,
	} {
		if got := isSecret([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestTwoAddresses(t *testing.T) {
	at := func(dc int, ip string, media bool) tg.DCOption {
		return tg.DCOption{ID: dc, IPAddress: ip, Port: 443, MediaOnly: media}
	}
	for _, c := range []struct {
		name          string
		options       []tg.DCOption
		first, second string
	}{
		{"none", nil, "", ""},
		{"one, listed twice", []tg.DCOption{at(1, "1.1.1.1", false), {ID: 1, IPAddress: "1.1.1.1", Port: 443, Static: true}}, "", ""},
		{"of two data centers", []tg.DCOption{at(1, "1.1.1.1", false), at(2, "2.2.2.2", false)}, "", ""},
		{"media", []tg.DCOption{at(1, "1.1.1.2", true), at(1, "1.1.1.1", false)}, "1.1.1.1", "1.1.1.2"},
		{"ordinary ones rather", []tg.DCOption{at(1, "1.1.1.2", true), at(1, "1.1.1.1", false), at(4, "4.4.4.1", false), at(4, "4.4.4.2", false)}, "4.4.4.1", "4.4.4.2"},
		{"media alone", []tg.DCOption{at(1, "1.1.1.2", true), at(1, "1.1.1.1", true)}, "", ""},
		{"a CDN, another family, nonsense", []tg.DCOption{at(1, "1.1.1.1", false), {ID: 1, IPAddress: "1.1.1.2", Port: 443, CDN: true}, {ID: 1, IPAddress: "::1", Port: 443, Ipv6: true}, {ID: 1, IPAddress: "x", Port: 443}, {ID: 1, IPAddress: "1.1.1.3"}}, "", ""},
	} {
		first, second, ok := twoAddresses(c.options, false)
		if first.IPAddress != c.first || second.IPAddress != c.second || ok != (c.first != "") {
			t.Errorf("%s: %q and %q, %v", c.name, first.IPAddress, second.IPAddress, ok)
		}
	}
}
