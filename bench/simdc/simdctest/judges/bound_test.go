package judges

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

const (
	// mostRequests is how often a client may ask for the same thing in a job,
	// besides once per chat: the list of chats is three pages long, and there are less
	// than ten files.
	mostRequests = 40
	// smallestPart is what clients ask for of a file at once, at least.
	smallestPart = 32 << 10
)

// aboutChats reports whether a method may be called once for each chat.
func aboutChats(method string) bool {
	return slices.Contains([]string{
		"channels.getFullChannel", "messages.getPeerSettings", "stories.getPeerStories", "users.getFullUser",
		"messages.getFullChat", "messages.getPeerDialogs", "updates.getChannelDifference", "messages.getHistory",
	}, method)
}

// checkLog checks that the client did not ask in circles, that it had no
// more of the files than there is, twice, and that it used temporary keys
// and the CDN if it has them.
func (c client) checkLog(t *testing.T, world scenario.Scenario, j job, log *simdc.Log) {
	var bytes int64
	for _, f := range j.Files {
		bytes += sizeOf(world, f.file)
	}
	methods, refused := map[string]int{}, map[string]int{}
	var served int64
	temporary, cdn := 0, int64(0)
	for _, dc := range log.DCs() {
		for name, n := range dc.Methods {
			methods[name] += n
		}
		for name, n := range dc.Errors {
			refused[name] += n
		}
		served += dc.FileBytes
		if dc.DC == 203 {
			cdn += dc.FileBytes
		}
	}
	for _, conn := range log.Conns() {
		for _, h := range conn.Handshakes {
			if h.Temporary && h.Err == "" {
				temporary++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		most := mostRequests
		if aboutChats(name) {
			most += manyChats
		}
		if strings.HasPrefix(name, "upload.") {
			most += 2 * int(bytes/smallestPart)
		}
		if methods[name] > most {
			t.Errorf("%s: asked %d times, at most %d make sense", name, methods[name], most)
		}
	}
	if served > 2*bytes+(2<<20) {
		t.Errorf("%d bytes served of files of %d", served, bytes)
	}
	if j.PFS && temporary == 0 {
		t.Error("no temporary key was made")
	}
	followed := slices.ContainsFunc(j.Files, func(f wanted) bool { return strings.Contains(f.Name, "CDN") })
	if c.cdn && followed && cdn == 0 {
		t.Error("the CDN served nothing")
	}
	t.Logf("methods %v", methods)
	t.Logf("refused %v", refused)
}
