package gotdclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	gotdsession "github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/gotdclient"
	"github.com/tgfetch/tgfetch/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run logs a gotd client in to a simulator and calls f while it runs.
func run(ctx context.Context, faults []scenario.Fault, f func(ctx context.Context, client *telegram.Client) error) (err error) {
	world := scenario.Default()
	simtest.Turn(&world)
	world.Faults = faults
	running, err := simdc.Start(ctx, simdc.Options{Scenario: &world})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		return err
	}
	var list dcs.List
	for _, dc := range access.Network.DCs {
		list.Options = append(list.Options, tg.DCOption{ID: dc.ID, IPAddress: dc.IP, Port: dc.Port, MediaOnly: dc.MediaOnly, CDN: dc.CDN})
	}
	client := telegram.NewClient(access.APIID, access.APIHash, telegram.Options{
		DC: 1, DCList: list, PublicKeys: access.Network.Keys, SessionStorage: &gotdsession.StorageMemory{}, NoUpdates: true, AllowCDN: true,
	})
	code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return "11111", nil })
	return client.Run(ctx, func(ctx context.Context) error {
		flow := auth.NewFlow(auth.Constant("+9996610001", "", code), auth.SendCodeOptions{})
		if err := client.Auth().IfNecessary(ctx, flow); err != nil {
			return err
		}
		return f(ctx, client)
	})
}

func TestDownloadsThroughAGotdClient(t *testing.T) {
	faults := []scenario.Fault{{Do: scenario.DoError, Method: "upload.getFile", Code: 420, Text: "FLOOD_WAIT_1", Times: 1}}
	err := run(t.Context(), faults, func(ctx context.Context, client *telegram.Client) error {
		doer := gotdclient.New(client, gotdclient.Options{})
		files, err := fetcher.New(fetcher.Config{Doer: doer})
		if err != nil {
			return err
		}
		dir := t.TempDir()
		for _, message := range []int{9, 10, 23} { // On DC 1, on DC 5, on DC 1 with the CDN.
			link := fetcher.Link{Username: "simfiles", First: message, Last: message}
			for f, err := range files.Resolve(ctx, link) {
				if err != nil {
					return err
				}
				result, err := files.Fetch(ctx, f, fetcher.Target{Dir: dir})
				if err != nil {
					return err
				}
				got, err := os.ReadFile(result.Path)
				if err != nil {
					return err
				}
				want := make([]byte, f.Size)
				simdc.Content(f.ID, 0, want)
				if string(got) != string(want) {
					t.Errorf("message %d: wrong bytes", message)
				}
			}
		}
		stop := errors.New("stop")
		stopped, cancel := context.WithCancelCause(ctx)
		cancel(stop)
		err = doer.Do(stopped, dcpool.Target{}, &tg.HelpGetConfigRequest{}, untouched{t})
		if !errors.Is(err, stop) {
			t.Errorf("a call that is given up: %v", err)
		}
		if err := errors.Join(files.Close(), doer.Close()); err != nil {
			return err
		}
		var config tg.Config
		err = doer.Do(ctx, dcpool.Target{DC: 4, Kind: dcpool.Media}, &tg.HelpGetConfigRequest{}, &config)
		if !errors.Is(err, dcpool.ErrClosed) {
			t.Errorf("a call after Close: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server that asks to wait again and again, or for longer than there is time, is not waited for
// beyond the limit.
func TestFloodsAreBounded(t *testing.T) {
	for _, text := range []string{"FLOOD_WAIT_0", "FLOOD_WAIT_9223372037", "FLOOD_WAIT_9223372036854775807"} {
		faults := []scenario.Fault{{Do: scenario.DoError, Code: 420, Text: text, Method: "help.getNearestDc"}}
		err := run(t.Context(), faults, func(ctx context.Context, client *telegram.Client) error {
			doer := gotdclient.New(client, gotdclient.Options{FloodWaitMax: 1500 * time.Millisecond})
			defer doer.Close()
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			err := doer.Do(ctx, dcpool.Target{}, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC))
			if flood, ok := errors.AsType[*dcpool.FloodError](err); !ok || flood.Wait < time.Second {
				t.Errorf("%s: %v", text, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// untouched is an answer that must not be decoded.
type untouched struct{ t *testing.T }

func (u untouched) Decode(*bin.Buffer) error {
	u.t.Error("decoded")
	return nil
}

// Download with the connections and the login of a gotd client.
func Example() {
	ctx := context.Background()
	err := run(ctx, nil, func(ctx context.Context, client *telegram.Client) error { // As client.Run.
		doer := gotdclient.New(client, gotdclient.Options{})
		defer doer.Close()
		files, err := fetcher.New(fetcher.Config{Doer: doer})
		if err != nil {
			return err
		}
		defer files.Close()

		// Messages come from wherever the program has them: updates, a history, a search.
		found, err := client.API().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "simfiles"})
		if err != nil {
			return err
		}
		channel := found.Chats[0].(*tg.Channel)
		answer, err := client.API().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
			Channel: channel.AsInput(), ID: []tg.InputMessageClass{&tg.InputMessageID{ID: 9}},
		})
		if err != nil {
			return err
		}
		chat := session.Peer{Kind: session.PeerChannel, ID: channel.ID, AccessHash: channel.AccessHash}
		media, err := fetcher.Files(answer.(*tg.MessagesChannelMessages).Messages[0], chat)
		if err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		for _, f := range media {
			result, err := files.Fetch(ctx, f, fetcher.Target{Dir: dir})
			if err != nil {
				return err
			}
			fmt.Println(filepath.Base(result.Path), result.Bytes)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: notes.txt 65536
}
