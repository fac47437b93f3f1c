package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

const (
	chatName = "simchaos"
	chatID   = 1_500_000_777
	cdnDC    = 203
	// maxRoundBytes bounds the files of a round, which are fetched on the cores
	// that simulate and check them.
	maxRoundBytes = 40 << 20
)

// dcs are the ordinary data centers.
var dcs = []int{1, 2, 3, 4, 5}

// Item is a file that a link of the round leads to.
type Item struct {
	Message  int    `json:"message"`
	Link     string `json:"link"` // of the round's links, the one that covers it
	File     int64  `json:"file"`
	Size     int64  `json:"size"`
	DC       int    `json:"dc"`
	CDN      bool   `json:"cdn,omitempty"`
	NoHashes bool   `json:"no_hashes,omitempty"`
	// Vouched says that redirects to the CDN bring the hashes of every byte.
	Vouched bool `json:"vouched,omitempty"`
}

// world is what there is in a round: the scenario without its faults, the
// links and what they hold.
type world struct {
	scenario scenario.Scenario
	items    []Item
	links    []string
	missing  []string // links, of links, to messages that are not there
	home     int
}

// builder makes a world.
type builder struct {
	*rand.Rand
	world
	message int
	file    int64
	left    int64 // bytes
}

func newWorld(r *rand.Rand) world {
	b := &builder{Rand: r, message: 1 + r.IntN(50), file: 1 + r.Int64N(1<<40), left: maxRoundBytes}
	b.home = pick(r, dcs)
	b.scenario = scenario.Scenario{
		Seed: r.Uint64(), APIID: 1 + r.IntN(1<<20), APIHash: fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()),
		Link: b.link(),
		DCs:  b.dcs(),
		Accounts: []scenario.Account{{
			ID: 1 + r.Int64N(1<<30), HomeDC: b.home, Name: "Chaos",
			Phone: fmt.Sprintf("+99966%010d", r.Int64N(1e10)), Code: fmt.Sprintf("%018d", r.Int64N(1e18)),
		}},
		Chats: []scenario.Chat{{ID: chatID, Title: "Chaos", Username: chatName}},
	}
	if r.IntN(4) == 0 {
		b.scenario.HashBatch = 1 + r.IntN(16)
	}
	for _, belief := range scenario.Beliefs() { // Clients are right under both readings.
		if r.IntN(6) == 0 {
			b.scenario.Turned = append(b.scenario.Turned, belief)
		}
	}
	for n := 2 + r.IntN(7); n > 0; n-- {
		b.post()
	}
	r.Shuffle(len(b.links), func(i, j int) { b.links[i], b.links[j] = b.links[j], b.links[i] })
	return b.world
}

// link shapes the paths to all DCs, or not at all.
func (b *builder) link() scenario.Link {
	var l scenario.Link
	if b.IntN(3) == 0 {
		return l
	}
	l.RTT = scenario.Duration(time.Duration(1+b.IntN(30)) * time.Millisecond)
	if b.IntN(2) == 0 {
		l.Rate = scenario.Size(2_000_000 + b.IntN(10_000_000))
	}
	if b.IntN(4) == 0 {
		l.DCRate = scenario.Size(8_000_000 + b.IntN(8_000_000))
	}
	if b.IntN(5) == 0 {
		l.AccountRate = scenario.Size(8_000_000 + b.IntN(8_000_000))
	}
	switch b.IntN(8) {
	case 0, 1:
		l.Conns = []scenario.ConnLink{{N: 1 + b.IntN(4), Rate: scenario.Size(200_000 + b.IntN(400_000))}}
	case 2:
		l.Conns = []scenario.ConnLink{{N: 1 + b.IntN(4), CutAfter: scenario.Size(20_000 + b.IntN(2_000_000))}}
	case 3:
		l.CutAfter = scenario.Size(16_000_000 + b.IntN(16_000_000))
	}
	return l
}

// far is the path to a data center at the other end of the world.
func (b *builder) far() *scenario.Link {
	return &scenario.Link{
		RTT: scenario.Duration(time.Duration(60+b.IntN(120)) * time.Millisecond), Rate: scenario.Size(1_000_000 + b.IntN(4_000_000)),
	}
}

// slowCDN is what a CDN does to cost time, as the path to it.
func (b *builder) slowCDN() *scenario.Link {
	const keyed = 8 << 10 // Enough for a key exchange.
	return pick(b.Rand, []*scenario.Link{
		{Rate: 40, FastBytes: keyed, Drip: 1},
		{Rate: 40, Drip: 1},
		{Rate: 2000, FastBytes: keyed},
		{Rate: 40, FastBytes: keyed + scenario.Size(b.IntN(2<<20)), Drip: 1},
		{Burst: 100_000, Pause: scenario.Duration(time.Duration(1+b.IntN(30)) * time.Second)},
	})
}

// slowCDN says that the round has a CDN which clients may leave for being slow.
func (r Round) slowCDN() bool {
	return slices.ContainsFunc(r.Scenario.DCs, func(dc scenario.DC) bool { return dc.CDN && dc.Link != nil })
}

// dcs gives some of the data centers odd clocks and short-lived salts, and some worlds a
// slow CDN.
func (b *builder) dcs() []scenario.DC {
	out := []scenario.DC{{ID: cdnDC, CDN: true}}
	if b.IntN(5) == 0 {
		out[0].Link = b.slowCDN()
	}
	for _, id := range dcs {
		d := scenario.DC{ID: id, Media: b.IntN(3) == 0, NoGzip: b.IntN(3) == 0}
		if b.IntN(3) == 0 {
			d.Clock = scenario.Offset(time.Duration(b.IntN(14_400)-7_200) * time.Second)
		}
		if b.IntN(3) == 0 {
			d.SaltPeriod = scenario.Duration(time.Duration(500+b.IntN(3000)) * time.Millisecond)
		}
		if b.IntN(8) == 0 {
			d.Link = b.far()
		}
		out = append(out, d)
	}
	return out
}

// post adds what one link leads to: a file, an album, a row of messages, or
// nothing.
func (b *builder) post() {
	first := b.message
	link := fmt.Sprintf("https://t.me/%s/%d", chatName, first)
	switch b.IntN(10) {
	case 0:
		b.add(scenario.Message{Deleted: true})
		b.missing = append(b.missing, link)
	case 1, 2:
		album := b.Int64N(1<<40) + 1
		n := 2 + b.IntN(4)
		link = fmt.Sprintf("https://t.me/%s/%d", chatName, first+b.IntN(n))
		for range n {
			b.item(link, album, b.photo())
		}
	case 3:
		n := 2 + b.IntN(8)
		link = fmt.Sprintf("https://t.me/%s/%d-%d", chatName, first, first+n-1)
		for range n {
			b.item(link, 0, b.document(small))
		}
	case 4:
		link = fmt.Sprintf("@%s/%d", chatName, first)
		b.item(link, 0, b.photo())
	default:
		b.item(link, 0, b.document(b.size()))
	}
	b.links = append(b.links, link)
	b.message += b.IntN(3) // Some ids are not used.
}

func (b *builder) add(m scenario.Message) {
	m.ID = b.message
	b.message++
	chat := &b.scenario.Chats[0]
	chat.Messages = append(chat.Messages, m)
}

func (b *builder) item(link string, album int64, f scenario.File) {
	b.file++
	f.ID = b.file
	if b.left -= int64(f.Size); b.left < 0 {
		f.Size %= 64 << 10
	}
	b.scenario.Files = append(b.scenario.Files, f)
	b.items = append(b.items, Item{
		Message: b.message, Link: link, File: f.ID, Size: int64(f.Size), DC: f.DC, CDN: f.CDN, NoHashes: f.NoHashes,
		Vouched: f.CDN && f.CDNHashes == scenario.HashesAll,
	})
	b.add(scenario.Message{File: f.ID, Album: album})
}

func (b *builder) photo() scenario.File {
	f := scenario.File{Kind: scenario.KindPhoto, Size: scenario.Size(1_000 + b.IntN(300_000))}
	f.DC, f.StatedDC = b.place()
	return f
}

// place is where a file is, and where messages say it is.
func (b *builder) place() (dc, stated int) {
	dc = pick(b.Rand, dcs)
	if b.IntN(5) == 0 {
		stated = pick(b.Rand, dcs)
	}
	return dc, stated
}

// class is a range of sizes.
type class int

const (
	small  class = iota // one request
	edge                // about a boundary
	medium              // some requests
	large               // many
)

func (b *builder) size() class {
	return []class{small, small, edge, edge, medium, medium, medium, large, large}[b.IntN(9)]
}

// edges are sizes at which something changes.
var edges = []int{1, 4 << 10, 128 << 10, 512 << 10, 1 << 20, 2 << 20}

func (b *builder) document(c class) scenario.File {
	f := scenario.File{Name: b.name()}
	switch c {
	case small:
		f.Size = scenario.Size(1 + b.IntN(64<<10))
	case edge:
		f.Size = scenario.Size(max(pick(b.Rand, edges)+b.IntN(3)-1, 0))
	case medium:
		f.Size = scenario.Size(64<<10 + b.IntN(3<<20))
	case large:
		f.Size = scenario.Size(3<<20 + b.IntN(16<<20))
	}
	f.DC, f.StatedDC = b.place()
	f.NoHashes = b.IntN(8) == 0
	if f.CDN = f.Size > 0 && b.IntN(3) == 0; f.CDN {
		f.CDNHashes = pick(b.Rand, []string{scenario.HashesNone, scenario.HashesSome, scenario.HashesAll})
		f.Reupload = b.IntN(3) == 0
	}
	return f
}

// name is a file name, mostly a decent one.
func (b *builder) name() string {
	switch b.IntN(12) {
	case 0:
		return ""
	case 1:
		return "same.bin"
	case 2:
		return pick(b.Rand, []string{"../../out", "/etc/passwd", `C:\x.bin`, "CON", "a\nb.bin", "\u202egnp.bin", ".."})
	}
	return fmt.Sprintf("file-%d.bin", b.file)
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// other is a member of list that is not one of these.
func other(r *rand.Rand, list []int, not ...int) int {
	return pick(r, slices.DeleteFunc(slices.Clone(list), func(x int) bool { return slices.Contains(not, x) }))
}
