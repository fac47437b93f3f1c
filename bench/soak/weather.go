package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// hazard is one kind of trouble.
type hazard struct {
	name string
	// cost is how many retries it may take from one and the same call. A client
	// allows a call six.
	cost int
	make func(r *rand.Rand, w world) []scenario.Fault
}

// mostRetries is what the hazards of a mild step may cost together: less than a
// call has, for connections that the world cuts.
const mostRetries = 4

const (
	getFile     = "upload.getFile"
	getCDNFile  = "upload.getCdnFile"
	fileHashes  = "upload.getFileHashes"
	cdnHashes   = "upload.getCdnFileHashes"
	getMessages = "channels.getMessages"
	files       = "files"
)

// sometimes are the conditions of a fault that strikes so many times, from an
// early request on, with some requests between.
func sometimes(r *rand.Rand, f scenario.Fault, times int) scenario.Fault {
	f.First, f.Every, f.Times = 1+r.IntN(25), 4+r.IntN(20), 1+r.IntN(times)
	return f
}

// one wraps what most hazards are: a single fault.
func one(f func(r *rand.Rand, w world) scenario.Fault) func(*rand.Rand, world) []scenario.Fault {
	return func(r *rand.Rand, w world) []scenario.Fault { return []scenario.Fault{f(r, w)} }
}

// flood asks for a wait of a second or two.
func flood(r *rand.Rand, method string) scenario.Fault {
	kind := pick(r, []string{"FLOOD_WAIT", "FLOOD_PREMIUM_WAIT"})
	return scenario.Fault{Do: scenario.DoError, Code: 420, Text: fmt.Sprintf("%s_%d", kind, 1+r.IntN(2)), Method: method}
}

func refusal(code int, text, method string) scenario.Fault {
	return scenario.Fault{Do: scenario.DoError, Code: code, Text: text, Method: method}
}

// foreign is a data center that is not the account's home.
func (w world) foreign(r *rand.Rand) int { return other(r, dcs, w.home) }

// victim is a file, of at least so many bytes if there is one, and where it is.
func (w world) victim(r *rand.Rand, least int64) (file int64, dc int) {
	list := slices.DeleteFunc(slices.Clone(w.items), func(i Item) bool { return i.Size < least })
	if len(list) == 0 {
		list = w.items
	}
	if len(list) == 0 {
		return 0, dcs[0]
	}
	i := pick(r, list)
	return i.File, i.DC
}

// mild is what a client promises to get through, whatever the mix.
var mild = []hazard{
	{"flood of file reads", 0, one(func(r *rand.Rand, _ world) scenario.Fault { return sometimes(r, flood(r, files), 2) })},
	{"flood of parallel reads", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := flood(r, files)
		f.Parallel, f.Times = 3+r.IntN(8), 1+r.IntN(2)
		return f
	})},
	{"flood of another method", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := flood(r, pick(r, []string{getMessages, cdnHashes, "contacts.resolveUsername", "help.getConfig"}))
		f.Times = 1
		return f
	})},
	{"busy servers", 2, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := pick(r, []scenario.Fault{
			refusal(-503, "Timeout", files), refusal(500, "WORKER_BUSY_TOO_LONG_RETRY", files), refusal(500, "INTERNAL", getMessages),
		})
		f = sometimes(r, f, 2)
		f.Burst = 2
		return f
	})},
	{"busy about hashes", 2, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := sometimes(r, refusal(500, "WORKER_BUSY_TOO_LONG_RETRY", pick(r, []string{fileHashes, cdnHashes})), 2)
		f.First = 1 + r.IntN(3)
		return f
	})},
	{"flood of logins", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := flood(r, pick(r, []string{"auth.exportAuthorization", "auth.importAuthorization"}))
		f.Times = 1
		return f
	})},
	{"cut", 2, one(func(r *rand.Rand, _ world) scenario.Fault {
		return sometimes(r, scenario.Fault{Do: scenario.DoCut, Method: files, Bytes: 1 + r.IntN(200_000)}, 2)
	})},
	{"delay", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoDelay, Every: 3 + r.IntN(8), Delay: scenario.Duration(time.Duration(5+r.IntN(200)) * time.Millisecond)}
	})},
	{"duplicates", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoDuplicate, Every: 1 + r.IntN(4)}
	})},
	{"too many connections", 1, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoTransport, Code: -429, Method: files, DC: pick(r, dcs), First: 1 + r.IntN(10), Times: 1}
	})},
	{"lost key", 1, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoForgetKey, DC: w.foreign(r), First: 1 + r.IntN(20), Times: 1}
	})},
	{"lost key of the CDN", 1, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoForgetKey, DC: cdnDC, First: 1 + r.IntN(20), Times: 1}
	})},
	{"lost import", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoLogOut, DC: w.foreign(r), Method: getFile, First: 1 + r.IntN(20), Times: 1}
	})},
	{"expired references", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return sometimes(r, scenario.Fault{Do: scenario.DoExpire, Method: getFile}, 2)
	})},
	{"wrong lengths", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		do := pick(r, []string{scenario.DoShort, scenario.DoEmpty, scenario.DoLong})
		return sometimes(r, scenario.Fault{Do: do, Method: files, Bytes: 1 + r.IntN(5000)}, 3)
	})},
	{"limits", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := refusal(400, "LIMIT_INVALID", getFile)
		f.File, _ = w.victim(r, 1<<20)
		f.Times = 1
		return f
	})},
	{"stale data center", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		file, dc := w.victim(r, 0)
		f := refusal(303, fmt.Sprintf("FILE_MIGRATE_%d", other(r, dcs, dc)), getFile)
		f.File, f.DC, f.Times = file, dc, 1
		return f
	})},
	{"moved home", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		kind := pick(r, []string{"NETWORK_MIGRATE", "USER_MIGRATE", "PHONE_MIGRATE"})
		f := refusal(303, fmt.Sprintf("%s_%d", kind, w.foreign(r)), getMessages)
		f.DC, f.Times = w.home, 1
		return f
	})},
	{"forgotten client", 1, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := refusal(400, pick(r, []string{"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"}), pick(r, []string{getFile, getMessages}))
		f.Times = 1
		return f
	})},
	{"stale configuration", 1, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := refusal(500, "MTPROTO_CLUSTER_INVALID", pick(r, []string{getFile, getMessages}))
		f.Times = 1
		return f
	})},
	{"CDN: wrong bytes once", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoFlip, DC: cdnDC, EveryWindow: 1 + r.IntN(8), OncePerWindow: true}
	})},
	{"CDN: wrong bytes always", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoFlip, DC: cdnDC, EveryWindow: 1 + r.IntN(8)}
	})},
	{"CDN: has any file", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return sometimes(r, scenario.Fault{Do: scenario.DoRedirect, Method: getFile}, 4)
	})},
	{"CDN: new tokens", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return sometimes(r, scenario.Fault{Do: scenario.DoToken, Method: pick(r, []string{getFile, getCDNFile})}, 3)
	})},
	{"CDN: upload it again", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := scenario.Fault{Do: scenario.DoReupload, DC: cdnDC}
		if r.IntN(3) > 0 {
			f = sometimes(r, f, 3)
		}
		return f
	})},
	{"CDN: refusals", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return sometimes(r, pick(r, []scenario.Fault{
			refusal(500, "CDN_UPLOAD_TIMEOUT", "upload.reuploadCdnFile"),
			refusal(400, "REQUEST_TOKEN_INVALID", "upload.reuploadCdnFile"),
			refusal(400, "FILE_TOKEN_INVALID", cdnHashes),
			refusal(400, "FILE_TOKEN_INVALID", getCDNFile),
			refusal(400, "CDN_METHOD_INVALID", getCDNFile),
		}), 3)
	})},
	{"CDN: vanishes", 0, func(r *rand.Rand, _ world) []scenario.Fault {
		first := 1 + r.IntN(6)
		list := []scenario.Fault{{Do: scenario.DoStop, To: cdnDC, Method: pick(r, []string{getFile, getCDNFile}), First: first, Times: 1}}
		if r.IntN(2) == 0 {
			list = append(list, scenario.Fault{Do: scenario.DoStart, To: cdnDC, Method: getFile, First: first + 1 + r.IntN(5), Times: 1})
		}
		return list
	}},
	{"CDN: moves", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoMove, To: cdnDC, Method: getFile, First: 1 + r.IntN(5), Times: 1}
	})},
	{"CDN: another RSA key", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoRotate, To: cdnDC, Method: getFile, First: 1 + r.IntN(3), Times: 1}
	})},
	{"CDN: no hashes", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoEmpty, Method: cdnHashes}
	})},
}

// lateHashes has hashes come long after the bytes that they are of.
var lateHashes = hazard{"late hashes", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
	return scenario.Fault{Do: scenario.DoDelay, Method: fileHashes, Delay: scenario.Duration(time.Duration(200+r.IntN(3000)) * time.Millisecond)}
})}

// serverHashes are the mild hazards of a client that checks a sample only.
var serverHashes = []hazard{
	{"no hashes", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoEmpty, Method: fileHashes, First: 1 + r.IntN(3)}
	})},
	{"flood of hashes", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := refusal(420, pick(r, []string{"FLOOD_WAIT_3", "FLOOD_WAIT_3600"}), fileHashes)
		f.First = 1 + r.IntN(3)
		return f
	})},
}

// fullHashes are the mild hazards of a client that checks every byte.
var fullHashes = []hazard{
	{"wrong bytes once", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoFlip, Method: getFile, EveryWindow: 1 + r.IntN(6), OncePerWindow: true}
	})},
}

// harsh is what may cost an item, or all of them.
var harsh = []hazard{
	{"stall", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		return sometimes(r, scenario.Fault{Do: scenario.DoStall, Method: files, Bytes: 1 + r.IntN(200_000)}, 2)
	})},
	{"imports refused", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		f := refusal(400, "AUTH_BYTES_INVALID", "auth.importAuthorization")
		f.First, f.Times = 1+r.IntN(3), 1
		return f
	})},
	{"a wait of an hour", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := refusal(420, "FLOOD_WAIT_3600", getFile)
		f.File, _ = w.victim(r, 0)
		f.First = 1 + r.IntN(3)
		return f
	})},
	{"busy for ever", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := refusal(-503, "Timeout", getFile)
		f.File, _ = w.victim(r, 0)
		f.First = 1 + r.IntN(3)
		return f
	})},
	{"data centers in a circle", 0, func(r *rand.Rand, w world) []scenario.Fault {
		file, dc := w.victim(r, 0)
		there := other(r, dcs, dc)
		go1 := refusal(303, fmt.Sprintf("FILE_MIGRATE_%d", there), getFile)
		go1.File, go1.DC = file, dc
		back := refusal(303, fmt.Sprintf("FILE_MIGRATE_%d", dc), getFile)
		back.File, back.DC = file, there
		return []scenario.Fault{go1, back}
	}},
	{"homes in a circle", 0, func(r *rand.Rand, w world) []scenario.Fault {
		there := w.foreign(r)
		go1 := refusal(303, fmt.Sprintf("USER_MIGRATE_%d", there), getMessages)
		go1.DC = w.home
		return []scenario.Fault{go1}
	}},
	{"statistics elsewhere", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := refusal(303, fmt.Sprintf("STATS_MIGRATE_%d", w.foreign(r)), getMessages)
		f.DC, f.Times = w.home, 1
		return f
	})},
	{"references never right", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := refusal(400, pick(r, []string{"FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_0_EXPIRED", "FILE_REFERENCE_INVALID"}), getFile)
		f.File, _ = w.victim(r, 0)
		return f
	})},
	{"wrong lengths for ever", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := scenario.Fault{Do: pick(r, []string{scenario.DoShort, scenario.DoEmpty, scenario.DoLong}), Method: getFile, Bytes: 1 + r.IntN(9000)}
		f.File, _ = w.victim(r, 0)
		return f
	})},
	{"CDN and DC lie", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := scenario.Fault{Do: scenario.DoFlip, EveryWindow: 1 + r.IntN(4)}
		for _, i := range w.items {
			if i.Vouched { // Else nobody could know.
				f.File = i.File
				return f
			}
		}
		f.DC = cdnDC
		return f
	})},
	{"file gone", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		f := refusal(400, pick(r, []string{"FILE_ID_INVALID", "LOCATION_INVALID"}), getFile)
		f.File, _ = w.victim(r, 0)
		f.First = 1 + r.IntN(3)
		return f
	})},
	{"DC vanishes", 0, func(r *rand.Rand, w world) []scenario.Fault {
		first, dc := 1+r.IntN(20), w.foreign(r)
		list := []scenario.Fault{{Do: scenario.DoStop, To: dc, Method: getFile, First: first, Times: 1}}
		if r.IntN(2) == 0 {
			list = append(list, scenario.Fault{Do: scenario.DoStart, To: dc, Method: getFile, First: first + 1 + r.IntN(5), Times: 1})
		}
		return list
	}},
	{"DC moves", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoMove, To: w.foreign(r), Method: getFile, First: 1 + r.IntN(20), Times: 1}
	})},
	{"wrong data center", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoTransport, Code: -444, DC: w.foreign(r), First: 1 + r.IntN(10), Times: 1}
	})},
	{"hostile messages", 0, one(func(r *rand.Rand, _ world) scenario.Fault {
		do := pick(r, []string{scenario.DoFrame, scenario.DoNest, scenario.DoEndless, scenario.DoBomb, scenario.DoSize})
		return sometimes(r, scenario.Fault{Do: do, Method: files}, 3)
	})},
	{"many addresses", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoOptions, To: pick(r, dcs), Count: 1 + r.IntN(500)}
	})},
}

// homeless ends the login. The client must say so and keep everything else.
var homeless = []hazard{
	{"home forgets the key", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoForgetKey, DC: w.home, First: 1 + r.IntN(4), Times: 1}
	})},
	{"home ends the login", 0, one(func(r *rand.Rand, w world) scenario.Fault {
		return scenario.Fault{Do: scenario.DoLogOut, DC: w.home, First: 1 + r.IntN(4), Times: 1}
	})},
}
