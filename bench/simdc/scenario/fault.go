package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// MaxOptions bounds what DoOptions adds to help.getConfig.
const MaxOptions = 100_000

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

	DoStop   = "stop_dc"    // a DC vanishes, see simdc.Cluster.StopDC
	DoStart  = "start_dc"   // and comes back, see simdc.Cluster.StartDC
	DoMove   = "move_dc"    // it changes its addresses, see simdc.Cluster.MoveDC
	DoRotate = "rotate_key" // it gets another RSA key, see simdc.Cluster.RotateKey

	DoMoveName = "move_name" // the username Text goes to the peer Peer, see simdc.Cluster.MoveName

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

// Validate reports what in a fault makes no sense, naming the field.
func (f Fault) Validate() error {
	switch {
	case !slices.Contains(faultActions, f.Do):
		return fmt.Errorf("do: %q is none of %s", f.Do, strings.Join(faultActions, ", "))
	case f.Do == DoError && (f.Code == 0 || f.Text == ""):
		return fmt.Errorf("code: an error has a code and a text")
	case f.Do == DoMoveName && f.Text == "":
		return fmt.Errorf("text: it is the name that moves")
	case f.Do == DoTransport && f.Code >= 0:
		return fmt.Errorf("code: transport errors are negative")
	case f.Endpoint != "" && !isEndpointName(f.Endpoint):
		return fmt.Errorf("endpoint: %q is neither %s nor %s, nor one of these and a number from 2", f.Endpoint, EndpointMain, EndpointMedia)
	case min(f.First, f.Every, f.Burst, f.Times, f.Conn, f.Bytes, f.EveryWindow, f.Parallel, f.To, f.Count) < 0:
		return fmt.Errorf("first, every, burst, times, conn, bytes, every_window, parallel, to and count: none may be negative")
	case f.Count > MaxOptions:
		return fmt.Errorf("count: %d is more than %d", f.Count, MaxOptions)
	case f.OncePerWindow && f.EveryWindow == 0:
		return fmt.Errorf("once_per_window: needs every_window")
	}
	return nil
}
