package fetcher

import (
	"errors"
	"flag"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cdn"
)

// The table of what a CDN can cost, at real sizes and times, is for by hand:
//
//	go test ./fetcher -run TestCDNTable -cdn 64 -timeout 1h -v
var cdnTableMiB = flag.Int64("cdn", 0, "MiB that `TestCDNTable` fetches with each bad CDN")

// badCDN is what a CDN of the simulator does to cost time.
type badCDN struct {
	name   string
	link   scenario.Link
	faults []scenario.Fault
	slow   bool // It is left for being slow.
}

// keyed is how many bytes of a connection are enough for a key exchange.
const keyed = 8 << 10

func getCDNFault(f scenario.Fault) []scenario.Fault {
	f.Method = "upload.getCdnFile"
	return []scenario.Fault{f}
}

var badCDNs = []badCDN{
	{"0 B/s", scenario.Link{}, getCDNFault(scenario.Fault{Do: scenario.DoStall, Bytes: 1}), true},
	{"1 B/s", scenario.Link{Rate: 1, FastBytes: keyed, Drip: 1}, nil, true},
	{"40 B/s", scenario.Link{Rate: 40, FastBytes: keyed, Drip: 1}, nil, true},
	{"2,000 B/s", scenario.Link{Rate: 2000, FastBytes: keyed}, nil, true},
	{"40 B/s from the key exchange on", scenario.Link{Rate: 40, Drip: 1}, nil, false},
	{"40,000 B/s", scenario.Link{Rate: 40_000, FastBytes: keyed}, nil, true},
	{"100 KB at once, then 20 s of silence", scenario.Link{Burst: 100_000, Pause: scenario.Duration(20 * time.Second)}, nil, true},
	{"fast for a part, then 40 B/s", scenario.Link{Rate: 40, FastBytes: 1500 << 10, Drip: 1}, nil, true},
	{"hangs up at each answer", scenario.Link{}, getCDNFault(scenario.Fault{Do: scenario.DoCut, Bytes: 1}), false},
	{"hangs up at each half answer", scenario.Link{}, getCDNFault(scenario.Fault{Do: scenario.DoCut, Bytes: 60 << 10}), false},
	{"wants each part uploaded again", scenario.Link{}, getCDNFault(scenario.Fault{Do: scenario.DoReupload}), false},
	{"sends back in circles", scenario.Link{}, getCDNFault(scenario.Fault{Do: scenario.DoToken}), false},
	{"2,000 B/s, and hashes after 5 s", scenario.Link{Rate: 2000, FastBytes: keyed},
		[]scenario.Fault{{Do: scenario.DoDelay, Method: "upload.getCdnFileHashes", Delay: scenario.Duration(5 * time.Second)}}, true},
}

// with is a simulator with such a CDN and two files of this size there.
func (b badCDN) with(t *testing.T, size int64, home scenario.Link, cdn bool) *sim {
	return startSim(t, func(s *scenario.Scenario) {
		s.Link = home
		for i, dc := range s.DCs {
			if dc.CDN {
				s.DCs[i].Link = &b.link
			}
		}
		f := scenario.File{ID: 9001, DC: 2, Size: scenario.Size(size), Name: "bad.bin", CDN: cdn, CDNHashes: scenario.HashesSome, Count: 2}
		s.Files = append(s.Files, f)
		s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: 9001, File: f.ID, Count: 2})
		s.Faults = b.faults
	})
}

// A CDN that takes its time is left for the file, and for the next one it is not asked.
func TestBadCDNsAreLeft(t *testing.T) {
	t.Parallel()
	for _, b := range badCDNs {
		if b.link.Rate == 1 || b.link.Rate == 40_000 || b.link.FastBytes == 0 && b.link.Rate > 0 {
			continue // Like others at this patience, or bound by that of a key exchange.
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.with(t, 3<<20+5, scenario.Link{}, true)
			c := s.client(nil)
			c.cdnPatience = time.Second
			f := file(t, c, 9001)
			result, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}})
			if err != nil {
				t.Fatal(err)
			}
			if slow := errors.Is(result.CDNLeft, cdn.ErrSlow); result.CDNLeft == nil || b.slow && !slow {
				t.Errorf("the CDN was left for %v", result.CDNLeft)
			}
			if n := c.Stats().InFlight; n != 0 {
				t.Errorf("%d bytes are in flight", n)
			}
			if !b.slow {
				return
			}
			asked := s.Log().DC(simCDN).Methods["upload.getCdnFile"]
			f = file(t, c, 9002)
			if _, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}}); err != nil {
				t.Fatal(err)
			}
			if n := s.Log().DC(simCDN).Methods["upload.getCdnFile"] - asked; n > 0 {
				t.Errorf("the next file was asked of the slow CDN %d times", n)
			}
		})
	}
}

// TestCDNTable compares each bad CDN with none, and prints the factors.
func TestCDNTable(t *testing.T) {
	size := *cdnTableMiB << 20
	if size == 0 {
		t.Skip("takes a quarter of an hour: ask for it with -cdn MiB")
	}
	home := scenario.Link{RTT: scenario.Duration(50 * time.Millisecond), Rate: 1_000_000}
	fetch := func(t *testing.T, b badCDN, onCDN bool) Result {
		s := b.with(t, size, home, onCDN)
		c := s.client(nil)
		f := file(t, c, 9001)
		result, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	alone := fetch(t, badCDN{}, false).Elapsed
	t.Logf("| CDN | time | without | factor | twice and 30 s | left |")
	for _, b := range badCDNs {
		t.Run(b.name, func(t *testing.T) {
			result := fetch(t, b, true)
			bound := 2*alone + 30*time.Second
			t.Logf("| %s | %.1f s | %.1f s | %.2f | %.1f s | %v |", b.name, result.Elapsed.Seconds(), alone.Seconds(),
				result.Elapsed.Seconds()/alone.Seconds(), bound.Seconds(), result.CDNLeft)
			if result.Elapsed > bound {
				t.Errorf("more than twice the time of the file's data center and half a minute")
			}
		})
	}
}
