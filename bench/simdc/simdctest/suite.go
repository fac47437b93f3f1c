// Package simdctest checks servers that claim to speak Telegram's protocol:
// package simdc's, or one of your own. The judge is gotd's client, with its
// own connection, key exchange, migration and CDN code.
//
//	func TestServer(t *testing.T) {
//		simdctest.Run(t, clusterFile)
//	}
//
// The cluster file says how to reach the server and what is there, see
// [simdc.ClusterFile]; what it does not have is not asked for. It needs an
// account with a phone and no password, and a link to a public channel.
// [Client], [Login], [Locate] and [Fetch] are what the suite is made of, for
// tests beyond it.
package simdctest

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/transport"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

const (
	// maxFetched bounds the files that are fetched whole.
	maxFetched = 64 << 20
	// patience bounds each part of the suite.
	patience = time.Minute
)

// Transport is one of the ways to talk to a server.
type Transport struct {
	Name     string
	Resolver dcs.Resolver
}

// Transports are all that the suite knows: plain and obfuscated.
func Transports() []Transport {
	protocols := []struct {
		name     string
		protocol dcs.Protocol
	}{
		{"abridged", transport.Abridged}, {"intermediate", transport.Intermediate},
		{"padded", transport.PaddedIntermediate}, {"full", transport.Full},
	}
	var out []Transport
	for _, p := range protocols {
		out = append(out, Transport{p.name, dcs.Plain(dcs.PlainOptions{Protocol: p.protocol})})
		if p.name != "full" { // It cannot be obfuscated.
			resolver := dcs.Plain(dcs.PlainOptions{Protocol: p.protocol, Obfuscated: true})
			out = append(out, Transport{"obfuscated2+" + p.name, resolver})
		}
	}
	return out
}

// suite is one run against one server.
type suite struct {
	file    simdc.ClusterFile
	account simdc.ClusterAccount
	link    simdc.ClusterLink      // small, of a public channel
	store   *session.StorageMemory // of a client that is logged in
}

// Run checks a server. It makes one key exchange per DC that files are on,
// and one each for the parts that must not have a login.
func Run(t *testing.T, file simdc.ClusterFile) {
	s := newSuite(t, file)
	if !t.Run("login", s.login) {
		return // Nothing else works without.
	}
	for _, tr := range Transports() {
		t.Run("transport/"+tr.Name, func(t *testing.T) { s.transport(t, tr) })
	}
	t.Run("files", s.files)
	t.Run("refusals", s.refusals)
	t.Run("foreign DC", s.foreign)
	t.Run("garbage", s.garbage)
	t.Run("logout", s.logout)
}

func newSuite(t *testing.T, file simdc.ClusterFile) *suite {
	t.Helper()
	s := &suite{file: file, store: &session.StorageMemory{}}
	i := slices.IndexFunc(file.Accounts, func(a simdc.ClusterAccount) bool { return a.Phone != "" && a.Password == "" })
	if i < 0 {
		t.Fatal("the cluster file has no account with a phone and no password")
	}
	s.account = file.Accounts[i]
	j := slices.IndexFunc(file.Links, func(l simdc.ClusterLink) bool { return public(l) && l.Size > 0 && l.DC == s.account.HomeDC })
	if j < 0 {
		t.Fatalf("the cluster file has no link to a file of a public channel on DC %d", s.account.HomeDC)
	}
	s.link = file.Links[j]
	return s
}

// public reports whether a link is of a public channel and its file small
// enough to be fetched.
func public(l simdc.ClusterLink) bool {
	return !strings.Contains(l.URL, "t.me/c/") && l.SHA256 != "" && l.Size <= maxFetched
}

// run runs f with a client that has the session of the login.
func (s *suite) run(t *testing.T, change func(*telegram.Options), f func(ctx context.Context, client *telegram.Client) error) {
	t.Helper()
	client, err := Client(s.file, func(o *telegram.Options) {
		o.SessionStorage = s.store
		if change != nil {
			change(o)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := client.Run(ctx, func(ctx context.Context) error { return f(ctx, client) }); err != nil {
		t.Error(err)
	}
}

// login follows the account to its home DC; a wrong code is refused first.
func (s *suite) login(t *testing.T) {
	s.run(t, nil, func(ctx context.Context, client *telegram.Client) error {
		wrong := s.account
		wrong.Code = strings.Repeat("0", len(wrong.Code))
		if err := Login(ctx, client, wrong); !tgerr.Is(err, "PHONE_CODE_INVALID") {
			t.Errorf("wrong code: %v", err)
		}
		if err := Login(ctx, client, s.account); err != nil {
			return err
		}
		self, err := client.Self(ctx)
		if err == nil && !self.Self {
			t.Error("users.getUsers(self) is not self")
		}
		return err
	})
}

// transport uses the key and the login of another connection.
func (s *suite) transport(t *testing.T, tr Transport) {
	s.run(t, func(o *telegram.Options) { o.Resolver = tr.Resolver }, func(ctx context.Context, client *telegram.Client) error {
		config, err := client.API().HelpGetConfig(ctx)
		if err != nil {
			return err
		}
		if config.ThisDC != s.account.HomeDC {
			t.Errorf("this_dc is %d, the account's home is %d", config.ThisDC, s.account.HomeDC)
		}
		return s.fetch(ctx, t, client, s.link)
	})
}

func (s *suite) fetch(ctx context.Context, t *testing.T, client *telegram.Client, l simdc.ClusterLink) error {
	size, digest, err := Fetch(ctx, client, l.URL)
	if err == nil && (size != l.Size || digest != l.SHA256) {
		t.Errorf("%s: %d bytes with SHA-256 %s, want %d with %s", l.URL, size, digest, l.Size, l.SHA256)
	}
	return err
}

// files fetches every file that is small enough, from every DC.
func (s *suite) files(t *testing.T) {
	s.run(t, nil, func(ctx context.Context, client *telegram.Client) error {
		for _, l := range s.file.Links {
			if !public(l) {
				continue
			}
			if err := s.fetch(ctx, t, client, l); err != nil {
				t.Errorf("%s: %v", l.URL, err)
			}
		}
		return nil
	})
}

// refusals asks at home for what is not allowed.
func (s *suite) refusals(t *testing.T) {
	s.run(t, nil, func(ctx context.Context, client *telegram.Client) error {
		api := client.API()
		in, err := Locate(ctx, api, s.link.URL)
		if err != nil {
			return err
		}
		for _, tc := range []struct {
			offset int64
			limit  int
			want   string
		}{
			{1, 4096, "OFFSET_INVALID"}, {-4096, 4096, "OFFSET_INVALID"},
			{0, 0, "LIMIT_INVALID"}, {0, 12 << 10, "LIMIT_INVALID"}, {0, 2 << 20, "LIMIT_INVALID"},
			{512 << 10, 1 << 20, "LIMIT_INVALID"}, // reaches across a MiB
		} {
			_, err := api.UploadGetFile(ctx, &tg.UploadGetFileRequest{Location: in, Offset: tc.offset, Limit: tc.limit})
			if !tgerr.Is(err, tc.want) {
				t.Errorf("offset %d, limit %d: %v, want %s", tc.offset, tc.limit, err, tc.want)
			}
		}
		_, err = api.UploadGetFile(ctx, &tg.UploadGetFileRequest{Location: withoutReference(in), Limit: 4096})
		if rpc, ok := tgerr.As(err); !ok || !strings.HasPrefix(rpc.Message, "FILE_REFERENCE_") {
			t.Errorf("no file reference: %v", err)
		}
		_, err = api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "no_such_name_here"})
		if !tgerr.Is(err, "USERNAME_NOT_OCCUPIED") {
			t.Errorf("a name that nobody has: %v", err)
		}
		_, err = api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
			Channel: &tg.InputChannel{ChannelID: 1, AccessHash: 1}, ID: []tg.InputMessageClass{&tg.InputMessageID{ID: 1}},
		})
		if !tgerr.Is(err, "CHANNEL_INVALID") {
			t.Errorf("a channel that is not there: %v", err)
		}
		return nil
	})
}

func withoutReference(in tg.InputFileLocationClass) tg.InputFileLocationClass {
	switch in := in.(type) {
	case *tg.InputDocumentFileLocation:
		bare := *in
		bare.FileReference = nil
		return &bare
	case *tg.InputPhotoFileLocation:
		bare := *in
		bare.FileReference = nil
		return &bare
	}
	return in
}

// foreign asks a DC that is not home, without a login, with a wrong one, and
// with one that was used.
func (s *suite) foreign(t *testing.T) {
	i := slices.IndexFunc(s.file.DCs, func(d simdc.ClusterDC) bool { return d.ID != s.account.HomeDC && !d.CDN && !d.MediaOnly })
	if i < 0 {
		return // A server of one DC.
	}
	dc := s.file.DCs[i].ID
	s.run(t, nil, func(ctx context.Context, home *telegram.Client) error {
		exported, err := home.API().AuthExportAuthorization(ctx, dc)
		if err != nil {
			return err
		}
		client, err := Client(s.file, func(o *telegram.Options) { o.DC = dc })
		if err != nil {
			return err
		}
		return client.Run(ctx, func(ctx context.Context) error {
			api := client.API()
			if _, err := api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}}); !auth.IsUnauthorized(err) {
				t.Errorf("no login: %v", err)
			}
			imports := func(secret []byte) error {
				_, err := api.AuthImportAuthorization(ctx, &tg.AuthImportAuthorizationRequest{ID: exported.ID, Bytes: secret})
				return err
			}
			if err := imports([]byte("wrong")); !tgerr.Is(err, "AUTH_BYTES_INVALID") {
				t.Errorf("wrong bytes: %v", err)
			}
			if err := imports(exported.Bytes); err != nil {
				return err
			}
			if err := imports(exported.Bytes); !tgerr.Is(err, "AUTH_BYTES_INVALID") {
				t.Errorf("bytes used twice: %v", err)
			}
			return nil
		})
	})
}

// garbage sends a message under a key that nobody has: the server says −404
// and nothing else.
func (s *suite) garbage(t *testing.T) {
	d := s.file.DCs[0]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var dialer net.Dialer
	nc, err := dialer.DialContext(ctx, "tcp", address(d))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := unknownKey(ctx, nc); err != nil {
		t.Error(err)
	}
}

// logout ends the login for everybody who has the key.
func (s *suite) logout(t *testing.T) {
	s.run(t, nil, func(ctx context.Context, client *telegram.Client) error {
		if _, err := client.API().AuthLogOut(ctx); err != nil {
			return err
		}
		status, err := client.Auth().Status(ctx)
		if err == nil && status.Authorized {
			t.Error("logged in after auth.logOut")
		}
		return err
	})
}
