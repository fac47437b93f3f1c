package gotdclient_test

import (
	"context"
	"errors"
	"testing"

	gotdsession "github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/gotdclient"
	"github.com/tgfetch/tgfetch/fetcher/simtest"
)

func TestGotdClientIsADoer(t *testing.T) {
	simtest.Doers(t, func(t *testing.T, s *simtest.Sim) fetcher.Doer {
		var list dcs.List
		for _, dc := range s.Access.Network.DCs {
			list.Options = append(list.Options, tg.DCOption{ID: dc.ID, IPAddress: dc.IP, Port: dc.Port, MediaOnly: dc.MediaOnly, CDN: dc.CDN})
		}
		client := telegram.NewClient(s.Access.APIID, s.Access.APIHash, telegram.Options{
			DC: 1, DCList: list, PublicKeys: s.Access.Network.Keys, SessionStorage: &gotdsession.StorageMemory{}, NoUpdates: true, AllowCDN: true,
		})
		doer := gotdclient.New(client, gotdclient.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		ready, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- client.Run(ctx, func(ctx context.Context) error {
				account := s.Access.Accounts[0]
				if err := client.Auth().IfNecessary(ctx, simtest.Flow(account.Phone, account.Code)); err != nil {
					return err
				}
				close(ready)
				<-ctx.Done()
				return doer.Close()
			})
		}()
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		select {
		case <-ready:
		case err := <-ended:
			t.Fatal(err)
		}
		return doer
	})
}
