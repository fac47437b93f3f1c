package fetcher

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/session"
)

// transcript is everything a client said, as text and as JSON.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *transcript) logger() *slog.Logger {
	opts := &slog.HandlerOptions{Level: slog.LevelDebug - 100}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(l, opts), slog.NewJSONHandler(l, opts)))
}

// secrets are what must not be in a log, by what they are.
type secrets map[string][]string

func (s secrets) text(what, secret string) {
	s[what] = append(s[what], secret, strconv.Quote(secret), hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)))
}

func (s secrets) number(what string, n int64) {
	s[what] = append(s[what], strconv.FormatInt(n, 10), strconv.FormatUint(uint64(n), 10), strconv.FormatUint(uint64(n), 16))
}

// bytes takes pieces of nine bytes, which are whole in base64 too, from all over
// the secret, in every form that a print may give them.
func (s secrets) bytes(what string, secret []byte) {
	for piece := range slices.Chunk(secret, 9) {
		if len(piece) < 9 {
			break
		}
		decimal := strings.Trim(fmt.Sprint(piece), "[]")
		forms := []string{
			string(piece), hex.EncodeToString(piece), strings.ToUpper(hex.EncodeToString(piece)),
			fmt.Sprintf("% x", piece), base64.StdEncoding.EncodeToString(piece), base64.URLEncoding.EncodeToString(piece),
			decimal, strings.ReplaceAll(decimal, " ", ","), strings.ReplaceAll(decimal, " ", ", "),
			strings.Trim(strconv.Quote(string(piece)), `"`),
		}
		s[what] = append(s[what], forms...)
	}
}

func (s secrets) keys(t *testing.T, store session.Store) {
	t.Helper()
	keys, err := store.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for what, dcs := range map[string]map[int]session.DCKeys{"auth key": keys.DCs, "auth key of the CDN": keys.CDN} {
		if len(dcs) == 0 {
			t.Errorf("no %s was made, so none can be missed", what)
		}
		for _, dc := range dcs {
			s.bytes(what, dc.AuthKey[:])
			for _, salt := range dc.Salts {
				s.number("salt", salt.Value)
			}
		}
	}
}

func (s secrets) wantNone(t *testing.T, text string) {
	t.Helper()
	for what, forms := range s {
		for _, form := range forms {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("the %s is in the log: …%q", what, text[max(0, i-100):i+len(form)])
				break
			}
		}
	}
}

// TestSecretsAreNotLogged logs in with phone, code and password, downloads with
// all that can go wrong, and searches what was logged and said in errors.
func TestSecretsAreNotLogged(t *testing.T) {
	const (
		phone    = "+9996650003"
		code     = "481516234299" // Too long to be in a log by chance.
		password = "correct horse battery staple"
		user     = 7003
	)
	s := startSim(t, func(s *scenario.Scenario) {
		for i, account := range s.Accounts {
			if account.Phone == phone {
				s.Accounts[i].Code = code
			}
		}
	})
	var said transcript
	hidden := secrets{}
	hidden.text("phone number", strings.TrimPrefix(phone, "+"))
	hidden.text("login code", code)
	hidden.text("password", password)
	hidden.text("api_hash", s.cluster.APIHash)

	store, err := session.OpenDir(t.TempDir(), session.DirOptions{Logger: said.logger()})
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
	c := s.stranger(func(cfg *Config) { cfg.Logger = said.logger() })
	login := auth.NewClient(tg.NewClient(c.Pool().Invoker(dcpool.Target{})), nil, s.cluster.APIID, s.cluster.APIHash)
	for _, answer := range []string{"00000", code} { // A wrong one first.
		flow := auth.NewFlow(
			auth.Constant(phone, password, auth.CodeAuthenticatorFunc(func(_ context.Context, sent *tg.AuthSentCode) (string, error) {
				hidden.text("phone code hash", sent.PhoneCodeHash)
				return answer, nil
			})),
			auth.SendCodeOptions{},
		)
		err := flow.Run(t.Context(), login)
		fmt.Fprintf(&said, "login: %v %+v\n", err, err)
		if (err == nil) != (answer == code) {
			t.Fatalf("login with %s: %v", answer, err)
		}
	}
	if err := c.Pool().SetUser(t.Context(), user, false); err != nil {
		t.Fatal(err)
	}

	for _, f := range []scenario.Fault{
		{Do: scenario.DoError, Method: "upload.getFile", Code: -503, Text: "Timeout", First: 2, Times: 2},
		{Do: scenario.DoError, Method: "upload.getFile", Code: 420, Text: "FLOOD_WAIT_1", First: 3, Times: 1},
		{Do: scenario.DoExpire, Method: "upload.getFile", First: 6, Times: 1},
		{Do: scenario.DoForgetKey, DC: simMediaDC, Method: "upload.getFile", First: 8, Times: 1},
		{Do: scenario.DoLogOut, DC: simMediaDC, Method: "upload.getFile", First: 12, Times: 1},
		{Do: scenario.DoCut, Method: "upload.getFile", First: 15, Times: 2, Bytes: 1000},
		{Do: scenario.DoTransport, Code: -429, Method: "upload.getFile", First: 20, Times: 1},
		{Do: scenario.DoFlip, Method: "upload.getCdnFile", First: 4, Times: 1},
		{Do: scenario.DoReupload, Method: "upload.getCdnFile", First: 6, Times: 2},
		{Do: scenario.DoToken, Method: "upload.getCdnFile", First: 9, Times: 1},
	} {
		s.fault(f)
	}
	for _, message := range []int{simVideo, simOnCDN, simReupload, simSmall} {
		f := file(t, c, message)
		if location, ok := f.Location.(*tg.InputDocumentFileLocation); ok {
			hidden.bytes("file reference", location.FileReference)
			hidden.number("access hash of a file", location.AccessHash)
		}
		hidden.redirect(t, c, f)
		if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
			fmt.Fprintf(&said, "fetch: %v %+v\n", err, err)
			t.Errorf("%s: %v", f.Name, err)
		}
		fresh := file(t, c, message)
		if location, ok := fresh.Location.(*tg.InputDocumentFileLocation); ok {
			hidden.bytes("file reference", location.FileReference)
		}
		hidden.redirect(t, c, fresh)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "files", Code: 400, Text: "LOCATION_INVALID"})
	_, err = c.Fetch(t.Context(), file(t, c, simOdd), Target{Dir: t.TempDir()})
	fmt.Fprintf(&said, "fetch: %v %+v\n%+v\n", err, err, c.Stats())
	hidden.keys(t, store)
	if err := c.Pool().LogOut(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}

	for _, what := range []string{"phone code hash", "file reference", "CDN token", "CDN key", "auth key", "auth key of the CDN"} {
		if len(hidden[what]) == 0 {
			t.Errorf("the test met no %s", what)
		}
	}
	text := said.buf.String()
	if strings.Count(text, "\n") < 20 {
		t.Errorf("hardly anything was logged:\n%s", text)
	}
	hidden.wantNone(t, text)
}

// redirect takes the CDN's part of a file, if it has one.
func (s secrets) redirect(t *testing.T, c *Client, f File) {
	t.Helper()
	answer := filedata.FileAnswer{Dst: make([]byte, 4096)}
	request := &tg.UploadGetFileRequest{Location: f.Location, Limit: 4096}
	request.SetCDNSupported(true)
	if err := c.Invoke(t.Context(), f.DC, request, &answer); err != nil || answer.Redirect == nil {
		return
	}
	s.bytes("CDN token", answer.Redirect.FileToken)
	s.bytes("CDN key", answer.Redirect.EncryptionKey)
	s.bytes("CDN key", answer.Redirect.EncryptionIv)
}
