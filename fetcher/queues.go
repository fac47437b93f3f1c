package fetcher

import "github.com/tgfetch/tgfetch/chunker"

const (
	// maxFiles is the most files at once, over all data centers, if the user does
	// not say otherwise. It bounds open files and memory.
	maxFiles = 128
	// usualSmall and usualLarge are what Telegram sends to ordinary accounts.
	usualSmall = 5
	usualLarge = 2
	// fileRequests is how many requests Telegram's own clients have on their way
	// for one file on one connection: 16 parts of 128 KiB. It is what a place in a
	// queue is worth, so files that take fewer requests share one.
	fileRequests = 16
	// lookAhead is how many files may wait for their turn.
	lookAhead = 512
)

// queueSizes is what Telegram asks for, or usually does.
func (c *Client) queueSizes() (small, large int) {
	if c.skills.queues != nil {
		return c.skills.queues.Queues()
	}
	return usualSmall, usualLarge
}

// queue is the files of one kind on one data center.
type queue struct {
	dc    int
	large bool
}

// queues says which file FetchAll begins next. Telegram asks clients to fetch no
// more than a few files at once from one data center, counted apart for small
// and large ones; what the user asked for in Limits goes before. A queue is served
// in order, and a file that waits holds up no other queue.
//
// https://core.telegram.org/api/files#downloading-files
type queues struct {
	files, large int                       // The user's bounds over all data centers; 0 is none.
	sizes        func() (small, large int) // Telegram's, of each data center.
	waiting      []File                    // In order of arrival.
	running      int                       // Files.
	runningLarge int                       // Files.
	requests     map[queue]int             // Of running files, at most.
}

func newQueues(l Limits, sizes func() (small, large int)) *queues {
	return &queues{files: l.Files, large: l.LargeFiles, sizes: sizes, requests: make(map[queue]int)}
}

func (q *queues) add(f File) { q.waiting = append(q.waiting, f) }

// next takes out the first file that may begin now.
func (q *queues) next() (File, bool) {
	held := make(map[queue]bool)
	for i, f := range q.waiting {
		in := queueOf(f)
		if held[in] {
			continue
		}
		if !q.fits(f) {
			held[in] = true
			continue
		}
		q.waiting = append(q.waiting[:i:i], q.waiting[i+1:]...)
		q.count(f, 1)
		return f, true
	}
	return File{}, false
}

// ended takes back the place of a file that next gave.
func (q *queues) ended(f File) { q.count(f, -1) }

func (q *queues) count(f File, n int) {
	in := queueOf(f)
	q.running += n
	if in.large {
		q.runningLarge += n
	}
	if q.requests[in] += n * requestsOf(f); q.requests[in] == 0 {
		delete(q.requests, in)
	}
}

func (q *queues) fits(f File) bool {
	in := queueOf(f)
	most, places := q.files, 0
	if most == 0 {
		most = maxFiles
	}
	if q.running >= most {
		return false
	}
	small, large := q.sizes()
	switch {
	case in.large && q.large > 0:
		return q.runningLarge < q.large
	case in.large:
		places = large
	case q.files > 0:
		return true
	default:
		places = small
	}
	return q.requests[in] == 0 || q.requests[in]+requestsOf(f) <= places*fileRequests
}

func queueOf(f File) queue { return queue{dc: f.DC, large: f.Size >= largeFile} }

// requestsOf is how many requests a file may have on their way, at most what a
// place is worth.
func requestsOf(f File) int {
	if f.Size <= wholeFile { // Or UnknownSize, which is read part by part.
		return 1
	}
	return int(min(fileRequests, (f.Size+chunker.Grain-1)/chunker.Grain))
}
