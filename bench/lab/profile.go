package lab

import (
	"embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Chats of a profile's scenario.
const (
	// measuredChat holds the files that a run fetches, in order.
	measuredChat = "simbench"
	// warmChat holds a tiny file on every DC whose key is to be known before.
	warmChat = "simwarm"
)

//go:embed profiles/*.json
var scenarios embed.FS

// Profile is a path to Telegram, what is fetched over it, and what is expected
// of tgfetch there.
type Profile struct {
	Name  string
	About string
	// Scenario is what the simulator is. A run fetches what the messages of its
	// chat "simbench" hold; the files of its chat "simwarm" are fetched before,
	// so that keys and logins of their DCs are known.
	Scenario scenario.Scenario
	// References are the profiles whose runs the targets compare with.
	References []string
	// Auxiliary profiles are only run as the reference of others.
	Auxiliary bool
	// Cold leaves out the files of "simwarm".
	Cold bool
	// Seen fetches what is measured once before, so that its whereabouts are known.
	Seen bool
	// Refused says that fetching must fail with an error that names the data
	// centers: nothing is compared with the baseline.
	Refused bool

	targets []target
}

// Profiles returns every profile, references of others last.
func Profiles() []Profile {
	list := []Profile{
		{
			Name:    "wan100",
			About:   "RTT 100 ms, 10 MB/s per connection, 512 MiB",
			targets: []target{spanShare(80, 0.85), timesBaseline(2)},
		},
		{
			Name:    "far300",
			About:   "RTT 300 ms, 1 MB/s per connection, 4 MB/s per account, 64 MiB",
			targets: []target{spanShare(4, 0.85), nothingTwice(), queueDelay(300 * time.Millisecond)},
		},
		{
			Name:    "fat",
			About:   "no shaping, 1 GiB",
			targets: []target{timesBaseline(1.2), cpuOfBaseline(0.7), peakMemory(budget + 64<<20)},
		},
		{
			Name:       "onebad",
			About:      "RTT 50 ms, 10 MB/s per connection, the third connection 0.2 MB/s, 512 MiB",
			References: []string{"eight50"},
			targets:    []target{spanOfReference("eight50", 1.15)},
		},
		{
			Name:       "stall",
			About:      "wan100, one connection goes silent at 30 % without closing",
			References: []string{"wan100"},
			targets:    []target{spanBeyondReference("wan100", 3*time.Second)},
		},
		{
			Name:       "cut",
			About:      "wan100, every connection is cut after 20 MB",
			References: []string{"wan100"},
			targets:    []target{speedOfReference("wan100", 0.75), twiceAtMostCut()},
		},
		{
			Name:       "flood",
			About:      "wan100, FLOOD_WAIT_3 on every 200th file request",
			References: []string{"wan100"},
			targets:    []target{spanWithFloods("wan100", 1.15)},
		},
		{
			Name:    "small",
			About:   "2,000 files of 64 KiB, RTT 100 ms, 10 MB/s per connection",
			targets: []target{filesPerSecond(400), messageCalls(25)},
		},
		{
			Name:       "mixed",
			About:      "500 files of 64 KiB queued behind one of 1 GiB, wan100's path",
			References: []string{"alone", "wan100"},
			targets:    []target{smallOfReference("alone", 1.3, 100*time.Millisecond), speedOfReference("wan100", 0.9)},
		},
		{
			Name:    "warm",
			About:   "RTT 200 ms, a second process, 1 MiB, location and keys on disk",
			Seen:    true,
			targets: []target{firstByteRTTs(4, 200*time.Millisecond), dialToByteRTTs(2.5, 200*time.Millisecond), noExchanges()},
		},
		{
			Name:  "cold",
			About: "RTT 200 ms, logged in, the file's DC never used before, 1 MiB",
			Cold:  true,
		},
		{
			Name:    "pingpong",
			About:   "FILE_MIGRATE from DC 4 to DC 5 and back",
			Refused: true,
			targets: []target{migrationHops(5)},
		},
		{
			Name:      "eight50",
			About:     "onebad without the bad connection",
			Auxiliary: true,
		},
		{
			Name:      "alone",
			About:     "the 500 small files of mixed alone",
			Auxiliary: true,
		},
	}
	for i := range list {
		p := &list[i]
		data, err := scenarios.ReadFile("profiles/" + p.Name + ".json")
		if err == nil {
			p.Scenario, err = scenario.Parse(data)
		}
		if err != nil {
			panic(fmt.Sprintf("bench: profile %s: %v", p.Name, err)) // An embedded file is wrong.
		}
	}
	return list
}

// budget is how many bytes tgfetch keeps in flight at most.
const budget = 64 << 20

// Find returns the profiles with these names, in this order, together with the
// references they need. "all" stands for every profile that is not auxiliary,
// a name with ".json" for a scenario file of one's own, which has no targets.
func Find(names ...string) ([]Profile, error) {
	known := Profiles()
	var out []Profile
	add := func(p Profile) {
		if !slices.ContainsFunc(out, func(q Profile) bool { return q.Name == p.Name }) {
			out = append(out, p)
		}
	}
	for _, name := range names {
		switch i := slices.IndexFunc(known, func(p Profile) bool { return p.Name == name }); {
		case i >= 0:
			add(known[i])
		case name == "all":
			for _, p := range known {
				if !p.Auxiliary {
					add(p)
				}
			}
		case strings.HasSuffix(name, ".json"):
			p, err := readProfile(name)
			if err != nil {
				return nil, err
			}
			add(p)
		default:
			return nil, fmt.Errorf("no profile %q; there are %s and all, or give a scenario file", name, strings.Join(profileNames(known), ", "))
		}
	}
	for _, p := range out {
		for _, name := range p.References {
			add(known[slices.IndexFunc(known, func(q Profile) bool { return q.Name == name })])
		}
	}
	return out, nil
}

func profileNames(list []Profile) []string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
	}
	return names
}

// readProfile makes a profile of a scenario file.
func readProfile(path string) (Profile, error) {
	s, err := scenario.Read(path)
	if err != nil {
		return Profile{}, err
	}
	p := Profile{Name: strings.TrimSuffix(filepath.Base(path), ".json"), About: path, Scenario: s}
	if len(p.links(measuredChat)) == 0 {
		return Profile{}, fmt.Errorf("scenario %s: chats: there is none with the username %q, or it has no messages; its files are what is measured", path, measuredChat)
	}
	return p, nil
}

// links are what a run fetches from a chat, one link for each range of messages.
func (p Profile) links(chat string) []string {
	var out []string
	for _, c := range p.Scenario.Chats {
		if c.Username != chat {
			continue
		}
		for _, m := range c.Messages {
			link := fmt.Sprintf("https://t.me/%s/%d", chat, m.ID)
			if m.Count > 1 {
				link = fmt.Sprintf("%s-%d", link, m.ID+m.Count-1)
			}
			out = append(out, link)
		}
	}
	return out
}

// prepared are the links to fetch before anything is measured.
func (p Profile) prepared() []string {
	if p.Cold {
		return nil
	}
	links := p.links(warmChat)
	if p.Seen {
		links = append(links, p.links(measuredChat)...)
	}
	return links
}

// measured tells the files of a run from those that prepared it. The values
// are their sizes.
func (p Profile) measured() map[int64]int64 {
	sizes := map[int64]int64{}
	for _, f := range p.Scenario.Files {
		for n := range int64(max(f.Count, 1)) {
			sizes[f.ID+n] = int64(f.Size)
		}
	}
	out := map[int64]int64{}
	for _, c := range p.Scenario.Chats {
		if c.Username != measuredChat {
			continue
		}
		for _, m := range c.Messages {
			for n := range int64(max(m.Count, 1)) {
				if m.File != 0 {
					out[m.File+n] = sizes[m.File+n]
				}
			}
		}
	}
	return out
}
