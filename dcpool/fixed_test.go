package dcpool

import (
	"sync"
	"testing"

	"github.com/gotd/td/tg"
)

// With a fixed window as many connections as allowed serve, and none has more in
// flight than the window.
func TestFixedWindow(t *testing.T) {
	const part, window, conns = 128 << 10, 256 << 10, 3
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), func(c *Config) { c.Limits = Limits{Connections: conns, Window: window} })
	file := s.document(p, simVideo).AsInputDocumentFileLocation("")

	var mu sync.Mutex
	served := map[ConnID]bool{}
	target := Target{DC: simMediaDC, Kind: Media, Bytes: part, OnConn: func(id ConnID) {
		for _, d := range p.Stats().DCs {
			for _, c := range d.Conns {
				if c.Kind == Media && (c.Window != window || c.InFlight > window) {
					t.Errorf("window %d with %d in flight, want %d", c.Window, c.InFlight, window)
				}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		served[id] = true
	}}
	all := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(served) >= conns
	}
	var wg sync.WaitGroup
	for range conns * window / part {
		wg.Go(func() {
			for !all() && t.Context().Err() == nil {
				if err := p.Do(t.Context(), target, &tg.UploadGetFileRequest{Location: file, Limit: part}, &tg.UploadFileBox{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
