package dcpool

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// exchangeSilence is how long a server may say nothing during a key exchange. Its
// steps cost it milliseconds.
const exchangeSilence = 10 * time.Second

// errMute is the error of a read that took longer than expected.
var errMute = errors.New("the server says nothing")

// hearing is a net.Conn that does not wait for ever for the next byte.
type hearing struct {
	net.Conn
	patience atomic.Int64 // A time.Duration; 0 is without a bound.
}

// expect bounds the wait of each Read that begins from now on; 0 is no bound. No read
// may be going on.
func (h *hearing) expect(d time.Duration) {
	h.patience.Store(int64(d))
	if d == 0 {
		_ = h.SetReadDeadline(time.Time{})
	}
}

func (h *hearing) Read(p []byte) (int, error) {
	d := time.Duration(h.patience.Load())
	if d > 0 {
		// A conn without deadlines is left to the bound of the whole exchange.
		_ = h.SetReadDeadline(time.Now().Add(d))
	}
	n, err := h.Conn.Read(p)
	if d > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		err = errMute
	}
	return n, err
}
