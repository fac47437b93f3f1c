package simdc

import (
	"slices"
	"sync"
)

// Fault is one thing that goes wrong, and when. The conditions that are set
// must all hold for a request to match; of the requests that match, number
// First, First+Every, First+2·Every… suffer, and the Burst−1 behind each, until
// Times of them have.
type Fault struct {
	// Do is one of the Do constants.
	Do string `json:"do"`

	// DC, Endpoint ("main" or "media"), Conn (the n-th connection that the
	// endpoint accepted, from 1), Method ("upload.getFile", or "files" for
	// upload.getFile and upload.getCdnFile), Account and File (ids): zero
	// values match everything.
	DC       int    `json:"dc,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	Conn     int    `json:"conn,omitempty"`
	Method   string `json:"method,omitempty"`
	Account  int64  `json:"account,omitempty"`
	File     int64  `json:"file,omitempty"`
	// EveryWindow matches requests for a file range that reaches into one of
	// every EveryWindow hash windows: 1 is each window, 8 is windows 7, 15, 23…
	EveryWindow int `json:"every_window,omitempty"`
	// OncePerWindow makes the fault happen only once to each window (with
	// EveryWindow), so that asking again helps.
	OncePerWindow bool `json:"once_per_window,omitempty"`

	// Parallel matches file requests of an account that has at least so many
	// of them under way on the DC, this one included: sent, and the answer not
	// yet with the client.
	Parallel int `json:"parallel,omitempty"`

	// First, Every and Burst default to 1; Times zero is without end.
	First int `json:"first,omitempty"`
	Every int `json:"every,omitempty"`
	// Burst is how many requests in a row suffer each time.
	Burst int `json:"burst,omitempty"`
	Times int `json:"times,omitempty"`

	// Code and Text are the error of DoError; Code alone that of DoTransport. Text
	// alone is the name of DoMoveName.
	Code int    `json:"code,omitempty"`
	Text string `json:"text,omitempty"`
	// Bytes is how many bytes DoShort leaves out and DoLong adds (zero is one),
	// and how many DoCut and DoStall let through.
	Bytes int `json:"bytes,omitempty"`
	// Delay is how long DoDelay waits before the request is handled.
	Delay Duration `json:"delay,omitempty"`
	// To is the DC that DoStop, DoStart, DoMove, DoRotate and DoOptions are
	// about; zero is the one that is asked.
	To int `json:"to,omitempty"`
	// Peer is the chat or account that DoMoveName is about; zero is nobody.
	Peer int64 `json:"peer,omitempty"`
	// Count is how many addresses DoOptions adds; zero is 10,000.
	Count int `json:"count,omitempty"`
}

// What a fault does.
const (
	DoError     = "error"      // answer with Code and Text: 420 FLOOD_WAIT_3, 303 FILE_MIGRATE_5, -503 Timeout
	DoDelay     = "delay"      // handle the request after Delay
	DoDrop      = "drop"       // never answer
	DoDuplicate = "duplicate"  // send the answer twice
	DoCut       = "cut"        // close the connection after Bytes of the answer
	DoStall     = "stall"      // go silent after Bytes of the answer, without closing
	DoTransport = "transport"  // answer with the bare code Code, such as -429
	DoForgetKey = "forget_key" // forget the auth key: −404
	DoLogOut    = "log_out"    // forget the login of this key on this DC: 401
	DoExpire    = "expire"     // expire the file references of every file, then handle the request
	DoShort     = "short"      // leave out the last Bytes of a file answer
	DoEmpty     = "empty"      // a file answer without bytes, or without hashes
	DoLong      = "long"       // add Bytes to a file answer
	DoFlip      = "flip"       // flip one bit of a file answer
	DoReupload  = "reupload"   // the CDN asks for upload.reuploadCdnFile
	DoRedirect  = "redirect"   // redirect to the CDN, whether the file is there and the client supports it or not
	DoToken     = "token"      // the file's CDN tokens become invalid, then handle the request

	DoStop   = "stop_dc"    // a DC vanishes, see [Cluster.StopDC]
	DoStart  = "start_dc"   // and comes back, see [Cluster.StartDC]
	DoMove   = "move_dc"    // it changes its addresses, see [Cluster.MoveDC]
	DoRotate = "rotate_key" // it gets another RSA key, see [Cluster.RotateKey]

	DoMoveName = "move_name" // the username Text goes to the peer Peer, see [Cluster.MoveName]

	// What only a hostile server does.

	DoOptions = "options" // help.getConfig lists Count addresses more, all the same
	DoSize    = "size"    // documents have −1 bytes; a file answer says it holds 16 MiB and ends before
	DoFrame   = "frame"   // in place of the answer, the beginning of a frame of 2 GiB
	DoNest    = "nest"    // before the answer, a container in a container, two thousand deep
	DoEndless = "endless" // before the answer, a container that says it holds two billion messages
	DoBomb    = "bomb"    // an answer that unpacks to 1 GiB
)

// faultActions are the values of Fault.Do.
var faultActions = []string{
	DoError, DoDelay, DoDrop, DoDuplicate, DoCut, DoStall, DoTransport, DoForgetKey, DoLogOut, DoExpire,
	DoShort, DoEmpty, DoLong, DoFlip, DoReupload, DoRedirect, DoToken, DoStop, DoStart, DoMove, DoRotate, DoMoveName,
	DoOptions, DoSize, DoFrame, DoNest, DoEndless, DoBomb,
}

// FaultActions returns the values that Fault.Do may have.
func FaultActions() []string { return slices.Clone(faultActions) }

// occasion is a request as the faults see it.
type occasion struct {
	dc       int
	endpoint string
	conn     int
	method   string
	account  int64
	file     int64 // 0 if the request is not about a file.
	off      int64
	limit    int
	parallel int // File requests of the account under way on the DC.
}

// strike is a fault that happens. At is where in the file it does, for
// faults that spoil bytes.
type strike struct {
	Fault
	at int64
}

// faults is the ordered list of a cluster.
type faults struct {
	mu   sync.Mutex
	list []*faultState // Guarded by mu, elements too.
}

type faultState struct {
	Fault
	matched, struck int
	windows         map[[2]int64]bool // struck file windows, for OncePerWindow
}

// set replaces the list; counting starts anew.
func (f *faults) set(list []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	for _, x := range list {
		f.list = append(f.list, &faultState{Fault: x, windows: map[[2]int64]bool{}})
	}
}

// add appends a fault and returns what removes it again.
func (f *faults) add(x Fault) (remove func()) {
	state := &faultState{Fault: x, windows: map[[2]int64]bool{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, state)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, s := range f.list {
			if s == state {
				f.list = append(f.list[:i:i], f.list[i+1:]...)
				return
			}
		}
	}
}

// next returns the fault that strikes this request. Every fault before it in
// the list has counted the request, those after it have not.
func (f *faults) next(o occasion) (strike, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.list {
		if at, ok := s.due(o); ok {
			return strike{Fault: s.Fault, at: at}, true
		}
	}
	return strike{}, false
}

// due counts the request if it matches and reports whether the fault strikes,
// and where in the file.
func (s *faultState) due(o occasion) (at int64, ok bool) {
	if s.DC != 0 && s.DC != o.dc ||
		s.Endpoint != "" && s.Endpoint != o.endpoint ||
		s.Conn != 0 && s.Conn != o.conn ||
		s.Account != 0 && s.Account != o.account ||
		s.File != 0 && s.File != o.file ||
		s.Parallel > o.parallel ||
		!s.matchesMethod(o) {
		return 0, false
	}
	at = o.off + int64(mixAll(uint64(o.file), uint64(o.off))%uint64(max(o.limit, 1)))
	if s.EveryWindow > 0 {
		if at, ok = s.window(o); !ok {
			return 0, false
		}
	}
	s.matched++
	first, every := max(s.First, 1), max(s.Every, 1)
	if s.matched < first || (s.matched-first)%every >= max(s.Burst, 1) || s.Times > 0 && s.struck >= s.Times {
		return 0, false
	}
	s.struck++
	if s.OncePerWindow {
		s.windows[[2]int64{o.file, at / HashWindow}] = true
	}
	return at, true
}

func (s *faultState) matchesMethod(o occasion) bool {
	switch s.Method {
	case "", o.method:
		return true
	case "files":
		return o.method == "upload.getFile" || o.method == "upload.getCdnFile"
	}
	return false
}

// window returns a place inside the first window of the range that the fault
// is about, and whether there is one.
func (s *faultState) window(o occasion) (at int64, ok bool) {
	if o.file == 0 {
		return 0, false
	}
	every := int64(s.EveryWindow)
	for w := o.off / HashWindow; w*HashWindow < o.off+int64(o.limit); w++ {
		if (w+1)%every != 0 || s.OncePerWindow && s.windows[[2]int64{o.file, w}] {
			continue
		}
		// The place depends on the window only, so that overlapping ranges are
		// spoiled alike as far as they can be.
		place := w*HashWindow + int64(mixAll(uint64(o.file), uint64(w))%HashWindow)
		return min(max(place, o.off), o.off+int64(o.limit)-1), true
	}
	return 0, false
}
