package live

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/report"
)

// This file is pure: what was answered goes in, what was seen and whether it
// agrees comes out.

// finding is what a question brought to light.
type finding struct {
	seen   string
	agrees bool
}

const (
	// window is the length of a hash window, batch how many come in an answer.
	window = 128 << 10
	batch  = 8
)

// lastStart is where the last hash window of a file of size bytes begins.
func lastStart(size int64) int64 { return (size - 1) / window * window }

// judgeLastWindow reads the answer to a question for the last window of a file of
// size bytes, which is no multiple of window.
func judgeLastWindow(size int64, answer []tg.FileHash) finding {
	for _, h := range answer {
		if h.Offset != lastStart(size) {
			continue
		}
		switch int64(h.Limit) {
		case window:
			return finding{"131072 bytes stated, fewer are left", true}
		case size - h.Offset:
			return finding{"only the bytes that are left are stated", false}
		}
		return finding{fmt.Sprintf("%d bytes stated", h.Limit), false}
	}
	return finding{"no window begins where the last one must", false}
}

// judgeBatch reads the answer for the beginning of a file that has more than batch
// windows.
func judgeBatch(answer []tg.FileHash) finding {
	least, most, at := answer[0].Limit, answer[0].Limit, int64(0)
	gaps := false
	for _, h := range answer {
		least, most = min(least, h.Limit), max(most, h.Limit)
		gaps = gaps || h.Offset != at
		at = h.Offset + int64(h.Limit)
	}
	f := finding{fmt.Sprintf("%d windows of %d bytes", len(answer), most), len(answer) == batch && least == window && most == window && !gaps}
	if least != most {
		f.seen = fmt.Sprintf("%d windows of %d to %d bytes", len(answer), least, most)
	}
	if gaps {
		f.seen += ", with gaps"
	}
	return f
}

func judgePhoto(answer []tg.FileHash) finding {
	if len(answer) == 0 {
		return finding{"no hashes", false}
	}
	return finding{count(len(answer), "hash", "hashes") + " of one photo", true}
}

// judgeOptions reads the addresses of help.getConfig.
func judgeOptions(options []tg.DCOption) map[string]finding {
	var media, fixed, lonely, obfuscated, secrets, odd int
	for _, o := range options {
		media += one(o.MediaOnly)
		fixed += one(o.Static)
		lonely += one(o.Static && !slices.ContainsFunc(options, func(p tg.DCOption) bool { return !p.Static && sameWay(o, p) }))
		obfuscated += one(o.TCPObfuscatedOnly)
		secrets += one(len(o.Secret) > 0)
		odd += one(len(o.Secret) > 0 && !isSecret(o.Secret))
	}
	of := func(n, but int, why string) string {
		text := fmt.Sprintf("%d of %s", n, count(len(options), "address", "addresses"))
		if but > 0 {
			text += fmt.Sprintf("; %d %s", but, why)
		}
		return text
	}
	return map[string]finding{
		mediaOnly: {of(media, 0, ""), media > 0},
		static:    {of(fixed, lonely, "with no other beside"), fixed > 0 && lonely == 0},
		tcpoOnly:  {of(obfuscated, 0, ""), obfuscated == 0},
		secret:    {of(secrets, odd, "of another form"), odd == 0},
	}
}

// sameWay says that two addresses serve the same.
func sameWay(a, b tg.DCOption) bool {
	return a.ID == b.ID && a.Ipv6 == b.Ipv6 && a.MediaOnly == b.MediaOnly && a.CDN == b.CDN
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// isSecret knows the forms of secrets that clients can use.
//
// https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
func isSecret(s []byte) bool {
	switch {
	case len(s) == 16:
		return true
	case len(s) == 17:
		return s[0] == 0xdd
	}
	return len(s) > 17 && s[0] == 0xee && strings.Contains(string(s[17:]), ".")
}

func judgeRedirect(r *tg.UploadFileCDNRedirect) finding {
	for _, h := range r.FileHashes {
		if h.Offset == 0 {
			return finding{"it brings " + count(len(r.FileHashes), "hash", "hashes"), true}
		}
	}
	return finding{"it brings no hash of the beginning", false}
}

// judgeTempKey says whether the first of two temporary keys is still in use: else its
// pool has made another.
func judgeTempKey(renewed bool) finding {
	if renewed {
		return finding{"the first key is not known after the second was bound", false}
	}
	return finding{"the first key still works after the second was bound", true}
}

func judgeFreshKey(refused bool) finding {
	if refused {
		return finding{"it is refused there at first (−404)", false}
	}
	return finding{"it is known there at once", true}
}

// judgeRate reads what bench measured on one way. whole says that it is enough to judge
// by: there was a flood, or none with any number of connections.
func judgeRate(d report.DC) (f finding, whole bool) {
	var connections, rates []string
	for _, s := range speeds(d) {
		connections = append(connections, strconv.Itoa(s.Connections))
		rates = append(rates, strings.TrimSuffix(report.Rate(s.BytesPerSecond), " MB/s"))
	}
	f.agrees = len(d.Floods) == 0
	if len(rates) > 0 {
		f.seen = strings.Join(rates, ", ") + " MB/s with " + strings.Join(connections, ", ")
	}
	if !f.agrees {
		flood := d.Floods[0]
		wait := fmt.Sprintf("%s of %.0f s with %s, %d requests at once", cmp.Or(rpcNamed(flood.Name), "a wait"), flood.Wait,
			count(flood.Connections, "connection", "connections"), flood.Parallel)
		f.seen = strings.TrimPrefix(f.seen+"; "+wait, "; ")
	}
	most := rateConnections[len(rateConnections)-1]
	return f, !f.agrees || slices.ContainsFunc(speeds(d), func(s Speed) bool { return s.Connections == most })
}

// speeds are what each number of connections brought.
func speeds(d report.DC) (out []Speed) {
	for _, p := range d.Points {
		if p.Rate > 0 {
			out = append(out, Speed{Connections: p.Connections, BytesPerSecond: p.Rate})
		}
	}
	return out
}

// maxSkew is how far a clock may be off: proxies with fake TLS refuse clients by
// more.
const maxSkew = 5 * time.Second

// judgeClock compares the second that a server stated with when its answer was
// under way.
func judgeClock(server, sent, came time.Time) finding {
	skew := server.Add(500 * time.Millisecond).Sub(sent.Add(came.Sub(sent) / 2))
	// What cannot be told: the fraction of the server's second, and where in the
	// round trip it looked at its clock.
	unsure := 500*time.Millisecond + came.Sub(sent)/2
	switch {
	case skew.Abs() <= unsure:
		return finding{"no difference within " + seconds(unsure), true}
	case skew > 0:
		return finding{"Telegram's is ahead by " + seconds(skew), skew <= maxSkew}
	}
	return finding{"Telegram's is behind by " + seconds(-skew), -skew <= maxSkew}
}

// seconds writes a time as a person reads it: "0.4 s", "2h0m0s".
func seconds(d time.Duration) string {
	if d >= time.Minute {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// judgeQueues and judgePremium read the numbers of help.getAppConfig.
func judgeQueues(numbers map[string]float64) finding {
	names := [4]string{
		"small_queue_max_active_operations_count", "large_queue_max_active_operations_count",
		"small_queue_max_active_operations_count_premium", "large_queue_max_active_operations_count_premium",
	}
	var got [4]float64
	var texts [4]string
	for i, name := range names {
		n, said := numbers[name]
		got[i], texts[i] = n, fmt.Sprintf("%g", n)
		if !said {
			texts[i] = "nothing"
		}
	}
	return finding{
		fmt.Sprintf("%s and %s; with Premium %s and %s", texts[0], texts[1], texts[2], texts[3]),
		got == [4]float64{5, 2, 10, 4},
	}
}

func judgePremium(numbers map[string]float64) finding {
	n, said := numbers["upload_premium_speedup_download"]
	if !said {
		return finding{"nothing is said of it", false}
	}
	return finding{fmt.Sprintf("%g times", n), n == 10}
}
