package simdc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/auth/qrlogin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simdctest"
)

// The judge of the simulator is gotd's client, with its own connection, key
// exchange, migration, SRP and CDN code.

func start(t *testing.T, s *scenario.Scenario) *simdc.Cluster {
	t.Helper()
	c, err := simdc.Start(t.Context(), simdc.Options{Scenario: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

// judge makes a client of gotd's that knows what the cluster file says.
// change may be nil.
func judge(t *testing.T, c *simdc.Cluster, change func(*telegram.Options)) *telegram.Client {
	t.Helper()
	client, err := simdctest.Client(c.File(), change)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// run runs f with the client connected, for three minutes at most.
func run(t *testing.T, client *telegram.Client, f func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := client.Run(ctx, f); err != nil {
		t.Fatal(err)
	}
}

// account returns the n-th account of the cluster file.
func account(c *simdc.Cluster, n int) simdc.ClusterAccount { return c.File().Accounts[n] }

// atHome is the default scenario with some more files on DC 2, where clients
// start and Ben lives: reaching a DC costs gotd's client about a CPU-second.
func atHome() *scenario.Scenario {
	s := scenario.Default()
	s.Files = append(s.Files,
		scenario.File{ID: 9001, DC: 2, Size: 5<<20 + 1},
		scenario.File{ID: 9002, DC: 2, Size: 3<<20 + 1, CDN: true},
	)
	s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: 901, File: 9001}, scenario.Message{ID: 902, File: 9002})
	return &s
}

// link returns the link to a message of the public channel.
func link(t *testing.T, c *simdc.Cluster, message int) simdc.ClusterLink {
	t.Helper()
	url := fmt.Sprintf("https://t.me/simfiles/%d", message)
	list := c.File().Links
	i := slices.IndexFunc(list, func(l simdc.ClusterLink) bool { return l.URL == url })
	if i < 0 {
		t.Fatalf("no link %s", url)
	}
	return list[i]
}

// wantFetch fetches links and checks their digests.
func wantFetch(ctx context.Context, t *testing.T, client *telegram.Client, links ...simdc.ClusterLink) error {
	for _, l := range links {
		_, digest, err := simdctest.Fetch(ctx, client, l.URL)
		if err != nil {
			return fmt.Errorf("%s: %w", l.URL, err)
		}
		if digest != l.SHA256 {
			t.Errorf("%s: wrong bytes", l.URL)
		}
	}
	return nil
}

// TestJudgeTransports logs in once and reads over every transport, from the
// file's DC and over the CDN.
func TestJudgeTransports(t *testing.T) {
	c := start(t, atHome())
	store := &session.StorageMemory{}
	client := judge(t, c, func(o *telegram.Options) { o.SessionStorage = store })
	run(t, client, func(ctx context.Context) error { return simdctest.Login(ctx, client, account(c, 1)) })
	for _, tr := range simdctest.Transports() {
		t.Run(tr.Name, func(t *testing.T) {
			began := time.Now()
			client := judge(t, c, func(o *telegram.Options) { o.SessionStorage, o.Resolver = store, tr.Resolver })
			run(t, client, func(ctx context.Context) error {
				return wantFetch(ctx, t, client, link(t, c, 901), link(t, c, 16), link(t, c, 902))
			})
			obfuscated := strings.HasPrefix(tr.Name, "obfuscated2+")
			for _, conn := range c.Log().Conns() {
				if conn.Opened.Before(began) {
					continue
				}
				if conn.HeaderDC != 0 != obfuscated || obfuscated && conn.HeaderDC != conn.DC {
					t.Errorf("DC %d: DC %d in the header", conn.DC, conn.HeaderDC)
				}
				if conn.Transport != tr.Name {
					t.Errorf("DC %d: transport %s", conn.DC, conn.Transport)
				}
			}
		})
	}
}

func TestJudgeLogin(t *testing.T) {
	t.Run("phone of another DC", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		store := &session.StorageMemory{}
		client := judge(t, c, func(o *telegram.Options) { o.SessionStorage = store })
		run(t, client, func(ctx context.Context) error {
			if err := simdctest.Login(ctx, client, account(c, 0)); err != nil {
				return err
			}
			self, err := client.Self(ctx)
			if err == nil && (self.Username != "simada" || !self.Self) {
				t.Errorf("self: %v", self)
			}
			return err
		})
		if got := c.Log().DC(2).Errors["PHONE_MIGRATE_1"]; got != 1 {
			t.Errorf("%d PHONE_MIGRATE", got)
		}
		if dc := c.Log().DC(1); dc.Handshakes != 1 || dc.Logins != 1 {
			t.Errorf("DC 1: %+v", dc)
		}

		// The second run has a key and a login.
		c.Log().Reset()
		client = judge(t, c, func(o *telegram.Options) { o.SessionStorage = store })
		run(t, client, func(ctx context.Context) error {
			_, err := client.Self(ctx)
			return err
		})
		for _, dc := range c.Log().DCs() {
			if dc.DC == 1 && dc.Conns > 0 && dc.Handshakes == 0 && dc.Logins == 0 {
				continue
			}
			if dc.Conns > 0 && dc.DC != 1 || dc.Handshakes > 0 {
				t.Errorf("second run: %+v", dc)
			}
		}
	})
	t.Run("password", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		cleo := account(c, 2)
		client := judge(t, c, nil)
		run(t, client, func(ctx context.Context) error {
			wrong := cleo
			wrong.Password = "wrong"
			if err := simdctest.Login(ctx, client, wrong); !errors.Is(err, auth.ErrPasswordInvalid) {
				t.Errorf("wrong password: %v", err)
			}
			if err := simdctest.Login(ctx, client, cleo); err != nil {
				return err
			}
			_, err := client.Self(ctx)
			return err
		})
	})
	t.Run("bot", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		client := judge(t, c, nil)
		run(t, client, func(ctx context.Context) error {
			if _, err := client.Auth().Bot(ctx, account(c, 3).BotToken); err != nil {
				return err
			}
			self, err := client.Self(ctx)
			if err == nil && !self.Bot {
				t.Errorf("self: %v", self)
			}
			return errors.Join(err, wantFetch(ctx, t, client, link(t, c, 9)))
		})
		if got := c.Log().DC(2).Errors["USER_MIGRATE_4"]; got != 1 {
			t.Errorf("%d USER_MIGRATE", got)
		}
	})
}

// TestJudgeQR scans the code that one client shows with another one. Ada lives
// on DC 1: shown on DC 2 the token migrates.
func TestJudgeQR(t *testing.T) {
	for _, tc := range []struct {
		name string
		dc   int
	}{{"at home", 1}, {"migrating", 2}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, nil)
			scanner := judge(t, c, nil)
			dispatcher := tg.NewUpdateDispatcher()
			// qrlogin.OnLoginToken would lose an update that comes before Auth waits.
			loggedIn := make(chan struct{}, 1)
			dispatcher.OnLoginToken(func(context.Context, tg.Entities, *tg.UpdateLoginToken) error {
				loggedIn <- struct{}{}
				return nil
			})
			shower := judge(t, c, func(o *telegram.Options) {
				o.DC = tc.dc
				o.UpdateHandler = dispatcher
				o.NoUpdates = false
			})
			run(t, scanner, func(ctx context.Context) error {
				if err := simdctest.Login(ctx, scanner, account(c, 0)); err != nil {
					return err
				}
				return shower.Run(ctx, func(ctx context.Context) error {
					got, err := shower.QR().Auth(ctx, loggedIn, func(ctx context.Context, token qrlogin.Token) error {
						_, err := qrlogin.AcceptQR(ctx, scanner.API(), token)
						return err
					})
					if err != nil {
						return err
					}
					if user := got.User.(*tg.User); user.Username != "simada" {
						t.Errorf("logged in as %v", user)
					}
					_, err = shower.Self(ctx)
					return err
				})
			})
		})
	}
}

// TestJudgeFlippedByte lets the CDN send a wrong bit: gotd notices.
func TestJudgeFlippedByte(t *testing.T) {
	c := start(t, nil)
	if err := c.SetFaults(scenario.Fault{Do: scenario.DoFlip, DC: 203, EveryWindow: 8}); err != nil {
		t.Fatal(err)
	}
	client := judge(t, c, nil)
	run(t, client, func(ctx context.Context) error {
		if err := simdctest.Login(ctx, client, account(c, 0)); err != nil {
			return err
		}
		l := link(t, c, 22)
		_, digest, err := simdctest.Fetch(ctx, client, l.URL)
		if err == nil && digest != l.SHA256 {
			t.Error("wrong bytes were taken for right ones")
		}
		if err == nil {
			t.Error("no error")
		}
		return nil
	})
}

// TestJudgePFS uses temporary keys bound to permanent ones.
func TestJudgePFS(t *testing.T) {
	c := start(t, nil)
	client := judge(t, c, func(o *telegram.Options) { o.EnablePFS = true })
	run(t, client, func(ctx context.Context) error {
		if err := simdctest.Login(ctx, client, account(c, 1)); err != nil {
			return err
		}
		return wantFetch(ctx, t, client, link(t, c, 17))
	})
	temporary := 0
	for _, conn := range c.Log().Conns() {
		for _, h := range conn.Handshakes {
			if h.Temporary {
				temporary++
			}
		}
	}
	if temporary == 0 {
		t.Error("no temporary key was made")
	}
}

// TestJudgeMedia asks the media-only endpoint of DC 4, which shares keys and
// logins with its main one.
func TestJudgeMedia(t *testing.T) {
	c := start(t, nil)
	client := judge(t, c, nil)
	run(t, client, func(ctx context.Context) error {
		if err := simdctest.Login(ctx, client, account(c, 0)); err != nil {
			return err
		}
		media, err := client.MediaOnly(ctx, 4, 1)
		if err != nil {
			return err
		}
		defer media.Close()
		peer, err := client.API().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "simfiles"})
		if err != nil {
			return err
		}
		got, err := client.API().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
			Channel: peer.Chats[0].(*tg.Channel).AsInput(), ID: []tg.InputMessageClass{&tg.InputMessageID{ID: 18}},
		})
		if err != nil {
			return err
		}
		doc := got.(*tg.MessagesChannelMessages).Messages[0].(*tg.Message).Media.(*tg.MessageMediaDocument).Document.(*tg.Document)
		file, err := tg.NewClient(media).UploadGetFile(ctx, &tg.UploadGetFileRequest{Location: doc.AsInputDocumentFileLocation(""), Limit: 1 << 20})
		if err != nil {
			return err
		}
		want := make([]byte, 1<<20)
		simdc.Content(doc.ID, 0, want)
		if !bytes.Equal(file.(*tg.UploadFile).Bytes, want) {
			t.Error("wrong bytes")
		}
		return nil
	})
	for _, conn := range c.Log().Conns() {
		if conn.DC == 4 && conn.Endpoint != "media" {
			t.Errorf("a connection to DC 4's %s endpoint", conn.Endpoint)
		}
	}
}
