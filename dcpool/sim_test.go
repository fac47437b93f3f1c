package dcpool

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/session"
)

// Facts of scenario.Default that the tests use.
const (
	simPhone    = "+9996610001" // Of an account on DC 1.
	simCode     = "11111"
	simUser     = 7001
	simHome     = 1
	simChannel  = "simfiles"
	simVideo    = 6 // Message with a video on DC 4.
	simMoved    = 7 // Message with a video that is said to be on DC 2 and is on DC 4.
	simOnCDN    = 8 // Message with a document on DC 2 that CDN DC 203 serves.
	simMediaDC  = 4
	simCDN      = 203
	simBotToken = "7004:simulated-bot-token"
	simBotHome  = 4
)

// sim is a running simulator and what it takes to connect to it.
type sim struct {
	*simdc.Cluster
	t       *testing.T
	network Network
	apiID   int
	apiHash string
}

// startSim starts a simulator, with beliefs turned round as the environment says; edit
// has the last word, and may be nil.
func startSim(t *testing.T, edit func(*scenario.Scenario)) *sim {
	t.Helper()
	cluster := simtest.Start(t, edit)
	file := cluster.File()
	return &sim{Cluster: cluster, t: t, network: networkOf(t, file), apiID: file.APIID, apiHash: file.APIHash}
}

// networkOf is the network that a cluster file tells of. Package cluster does this for
// everybody else; it imports this package.
func networkOf(t *testing.T, file simdc.ClusterFile) (n Network) {
	t.Helper()
	for _, dc := range file.DCs {
		secret, err := hex.DecodeString(dc.Secret)
		if err != nil {
			t.Fatal(err)
		}
		n.DCs = append(n.DCs, session.DCOption{
			ID: dc.ID, IP: dc.IP, Port: dc.Port, IPv6: netip.MustParseAddr(dc.IP).Is6(), MediaOnly: dc.MediaOnly, CDN: dc.CDN,
			TCPOOnly: dc.TCPOOnly, Static: dc.Static, Secret: secret, ThisPortOnly: true,
		})
	}
	for _, text := range file.Keys {
		keys, err := ParseKeys([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		n.Keys = append(n.Keys, keys...)
	}
	return n
}

// pool opens a Pool on the simulator that the test closes at its end.
func (s *sim) pool(store session.Store, edit func(*Config)) *Pool {
	s.t.Helper()
	cfg := Config{
		APIID:   s.apiID,
		APIHash: s.apiHash,
		Store:   store,
		Network: s.network,
		Logger:  slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if edit != nil {
		edit(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { closePool(s.t, p) })
	return p
}

func closePool(t *testing.T, p *Pool) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// logIn logs the account with simPhone in.
func (s *sim) logIn(p *Pool) {
	s.t.Helper()
	s.logInAs(p, simPhone, simCode, "", simUser)
}

// logInAs logs in with gotd's flow, as the command does.
func (s *sim) logInAs(p *Pool, phone, code, password string, user int64) {
	s.t.Helper()
	api := tg.NewClient(p.Invoker(Target{}))
	flow := auth.NewFlow(
		auth.Constant(phone, password, auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) {
			return code, nil
		})),
		auth.SendCodeOptions{},
	)
	if err := flow.Run(s.t.Context(), auth.NewClient(api, rand.Reader, s.apiID, s.apiHash)); err != nil {
		s.t.Fatalf("login: %v", err)
	}
	if err := p.SetUser(s.t.Context(), user, false); err != nil {
		s.t.Fatal(err)
	}
}

// loggedIn is a session that a Pool has logged in to and closed.
func (s *sim) loggedIn() session.Store {
	s.t.Helper()
	store := session.NewMemory()
	p := s.pool(store, nil)
	s.logIn(p)
	closePool(s.t, p)
	s.Log().Reset()
	return store
}

// document returns the document of a message in the simulator's channel.
func (s *sim) document(p *Pool, message int) *tg.Document {
	s.t.Helper()
	api := tg.NewClient(p.Invoker(Target{}))
	peer, err := api.ContactsResolveUsername(s.t.Context(), &tg.ContactsResolveUsernameRequest{Username: simChannel})
	if err != nil {
		s.t.Fatalf("resolve: %v", err)
	}
	channel, ok := peer.Chats[0].(*tg.Channel)
	if !ok {
		s.t.Fatalf("%s is a %T", simChannel, peer.Chats[0])
	}
	answer, err := api.ChannelsGetMessages(s.t.Context(), &tg.ChannelsGetMessagesRequest{
		Channel: channel.AsInput(),
		ID:      []tg.InputMessageClass{&tg.InputMessageID{ID: message}},
	})
	if err != nil {
		s.t.Fatalf("message %d: %v", message, err)
	}
	messages, ok := answer.AsModified()
	if !ok {
		s.t.Fatalf("message %d: %T", message, answer)
	}
	media, ok := messages.GetMessages()[0].(*tg.Message).Media.(*tg.MessageMediaDocument)
	if !ok {
		s.t.Fatalf("message %d has no document", message)
	}
	return media.Document.(*tg.Document)
}

// part is a request for limit bytes of doc.
func part(doc *tg.Document, offset int64, limit int) *tg.UploadGetFileRequest {
	return &tg.UploadGetFileRequest{
		Location: doc.AsInputDocumentFileLocation(""),
		Offset:   offset,
		Limit:    limit,
	}
}

// inParallel runs fn n times at once and joins the errors.
func inParallel(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// fault adds faults to those of the scenario.
func (s *sim) fault(f scenario.Fault) {
	s.t.Helper()
	if _, err := s.AddFault(f); err != nil {
		s.t.Fatal(err)
	}
}

// finalLog closes p and the simulator and returns the log, which then is whole:
// while the simulator runs an answer may be here before it is there.
func (s *sim) finalLog(p *Pool) *simdc.Log {
	s.t.Helper()
	closePool(s.t, p)
	if err := s.Close(); err != nil {
		s.t.Error(err)
	}
	return s.Log()
}
