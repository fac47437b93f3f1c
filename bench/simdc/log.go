package simdc

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Log is what a cluster was asked. It may be read while the cluster runs; its
// JSON is {"dcs": [...], "conns": [...]} of [Log.DCs] and [Log.Conns].
type Log struct {
	mu    sync.Mutex
	conns []*ConnLog // Guarded by mu, elements too.
	out   io.Writer  // Guarded by mu. Nil writes nothing.
	err   error      // Guarded by mu. The first error of out, which ends the writing.
}

// ConnLog is what happened on one connection.
type ConnLog struct {
	DC       int    `json:"dc"`
	Endpoint string `json:"endpoint"` // "main" or "media"
	Conn     int    `json:"conn"`     // the n-th of its endpoint, from 1
	Remote   string `json:"remote"`
	// Transport is "abridged", "intermediate", "padded" or "full", after
	// "obfuscated2+" if so wrapped; HeaderDC is the DC id in that wrapping's
	// header, 0 without one.
	Transport string `json:"transport,omitempty"`
	HeaderDC  int    `json:"header_dc,omitempty"`
	// Device is the device_model of the last initConnection.
	Device string    `json:"device,omitempty"`
	Opened time.Time `json:"opened"`
	// Closed is zero while the connection is open.
	Closed time.Time `json:"closed,omitzero"`
	Reason string    `json:"reason,omitempty"` // what closed it

	Handshakes []Handshake `json:"handshakes,omitempty"`
	// Logins are the accounts that logged in here, Imports those whose login
	// was imported.
	Logins  []int64 `json:"logins,omitempty"`
	Imports []int64 `json:"imports,omitempty"`
	// Methods counts the requests, Errors the rpc_errors that answered them.
	Methods map[string]int `json:"methods,omitempty"`
	Errors  map[string]int `json:"errors,omitempty"`
	// Permanent counts the requests that came under a permanent key.
	Permanent int `json:"permanent,omitempty"`
	// Takeout counts the requests that came within an export.
	Takeout int `json:"takeout,omitempty"`
	// Ranges are the file ranges that were answered with bytes, in the order
	// in which the answers left.
	Ranges []Range `json:"ranges,omitempty"`
}

// Handshake is one key exchange.
type Handshake struct {
	Key       string    `json:"key"`      // id of the new auth key, in hex
	InnerDC   int       `json:"inner_dc"` // DC id in p_q_inner_data_dc
	Temporary bool      `json:"temporary,omitempty"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	Err       string    `json:"error,omitempty"` // empty on success
}

// Range is one answer that held bytes of a file.
type Range struct {
	Method string `json:"method"`
	File   int64  `json:"file"`
	Thumb  string `json:"thumb,omitempty"` // the size of a photo or thumbnail
	Offset int64  `json:"offset"`
	Limit  int    `json:"limit"`
	Bytes  int    `json:"bytes"`
	// Read is when the request had been read; First and Last are when the
	// first and the last byte of the answer went out.
	Read  time.Time `json:"read"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Repeated says that the answer to this very request was sent before.
	Repeated bool `json:"repeated,omitempty"`
	// Err is why the answer did not go out whole; its bytes do not count.
	Err string `json:"error,omitempty"`
}

// DCLog sums up the connections of one DC.
type DCLog struct {
	DC         int            `json:"dc"`
	Conns      int            `json:"conns"`
	Handshakes int            `json:"handshakes"` // that succeeded
	Logins     int            `json:"logins"`
	Imports    int            `json:"imports"`
	Methods    map[string]int `json:"methods,omitempty"`
	Errors     map[string]int `json:"errors,omitempty"`
	FileBytes  int64          `json:"file_bytes"`
	// TwiceBytes counts bytes of files that this DC had sent before.
	TwiceBytes int64 `json:"twice_bytes"`
}

// clone copies what later requests would change.
func (l *ConnLog) clone() ConnLog {
	c := *l
	c.Handshakes = slices.Clone(l.Handshakes)
	c.Logins = slices.Clone(l.Logins)
	c.Imports = slices.Clone(l.Imports)
	c.Methods = maps.Clone(l.Methods)
	c.Errors = maps.Clone(l.Errors)
	c.Ranges = slices.Clone(l.Ranges)
	return c
}

// Conns returns every connection, in the order in which they were opened.
func (l *Log) Conns() []ConnLog {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]ConnLog, 0, len(l.conns))
	for _, c := range l.conns {
		out = append(out, c.clone())
	}
	return out
}

// DCs returns the sums by DC, in the order of their ids. DCs that nobody
// connected to are not there.
func (l *Log) DCs() []DCLog {
	return sumByDC(l.Conns())
}

// DC returns the sum of one DC, empty if nobody connected to it.
func (l *Log) DC(id int) DCLog {
	for _, d := range l.DCs() {
		if d.DC == id {
			return d
		}
	}
	return DCLog{DC: id}
}

func sumByDC(conns []ConnLog) []DCLog {
	sums := map[int]*DCLog{}
	ranges := map[int][]Range{}
	for _, c := range conns {
		d := sums[c.DC]
		if d == nil {
			d = &DCLog{DC: c.DC, Methods: map[string]int{}, Errors: map[string]int{}}
			sums[c.DC] = d
		}
		d.Conns++
		d.Logins += len(c.Logins)
		d.Imports += len(c.Imports)
		for _, h := range c.Handshakes {
			if h.Err == "" {
				d.Handshakes++
			}
		}
		for name, n := range c.Methods {
			d.Methods[name] += n
		}
		for text, n := range c.Errors {
			d.Errors[text] += n
		}
		ranges[c.DC] = append(ranges[c.DC], c.Ranges...)
	}
	var out []DCLog
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		d := sums[id]
		d.FileBytes, d.TwiceBytes = Coverage(ranges[id])
		out = append(out, *d)
	}
	return out
}

// Coverage returns how many bytes of files the ranges hold, and how many of
// them more than once. Ranges that did not go out whole do not count.
func Coverage(ranges []Range) (total, twice int64) {
	type part struct {
		file  int64
		thumb string
	}
	byFile := map[part][]Range{}
	for _, r := range ranges {
		if r.Err == "" && r.Bytes > 0 {
			p := part{r.File, r.Thumb}
			byFile[p] = append(byFile[p], r)
		}
	}
	for _, list := range byFile {
		slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.Offset, b.Offset) })
		end := int64(0)
		for _, r := range list {
			n := int64(r.Bytes)
			total += n
			// What lies below the end of the ranges before was sent already.
			twice += min(max(end-r.Offset, 0), n)
			end = max(end, r.Offset+n)
		}
	}
	return total, twice
}

// MarshalJSON implements json.Marshaler.
func (l *Log) MarshalJSON() ([]byte, error) {
	conns := l.Conns()
	return json.Marshal(struct {
		DCs   []DCLog   `json:"dcs"`
		Conns []ConnLog `json:"conns"`
	}{sumByDC(conns), conns})
}

// Reset forgets what happened so far. Open connections stay in the log, with
// nothing on their account.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = slices.DeleteFunc(l.conns, func(c *ConnLog) bool { return !c.Closed.IsZero() })
	for _, c := range l.conns {
		c.Handshakes, c.Logins, c.Imports, c.Methods, c.Errors, c.Ranges = nil, nil, nil, nil, nil, nil
	}
}

// Err returns the first error of writing to Options.Log.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
