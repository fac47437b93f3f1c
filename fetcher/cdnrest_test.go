package fetcher

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
)

// Many networks have no way to the CDN. That is found out once, not for every file.
func TestCDNOutOfReachCostsOneDial(t *testing.T) {
	const files = 20
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent %v", silent), func(t *testing.T) {
			s := startSim(t, func(sc *scenario.Scenario) {
				sc.Files = append(sc.Files, scenario.File{ID: 9001, DC: 2, Size: 200 << 10, CDN: true, Count: files})
				sc.Chats[0].Messages = append(sc.Chats[0].Messages, scenario.Message{ID: 9001, File: 9001, Count: files})
				for i := range sc.DCs {
					sc.DCs[i].Away = sc.DCs[i].CDN && !silent
				}
			})
			var cdn string
			for _, o := range s.cluster.Network.DCs {
				if o.CDN {
					cdn = net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
				}
			}
			var dials atomic.Int64
			client := s.client(func(cfg *Config) {
				cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if addr == cdn {
						if dials.Add(1); silent {
							return nil, os.ErrDeadlineExceeded // As when nobody answers for seconds.
						}
					}
					return new(net.Dialer).DialContext(ctx, network, addr)
				}
			})
			dir := t.TempDir()
			for i := range files {
				f := file(t, client, 9001+i)
				result, err := client.Fetch(t.Context(), f, Target{Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				checkContent(t, result.Path, f)
			}
			most := int64(2)
			if silent {
				most = 1
			}
			if n := dials.Load(); n == 0 || n > most {
				t.Errorf("%d dials of the CDN for %d files, want at most %d", n, files, most)
			}
		})
	}
}

// TestPoolHasAllSkills: what a Doer may know, the Pool does.
func TestPoolHasAllSkills(t *testing.T) {
	s := skillsOf((*dcpool.Pool)(nil))
	if s.conns == nil || s.prepare == nil || s.queues == nil || s.floods == nil || s.cdns == nil || s.rests == nil {
		t.Errorf("%+v", s)
	}
}
