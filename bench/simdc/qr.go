package simdc

import (
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
)

// registerQR adds the methods of logging in by QR code.
// https://core.telegram.org/api/qr-login
func registerQR(m methods) {
	add(m, open, (*call).exportLoginToken)
	add(m, userOnly, (*call).acceptLoginToken)
	add(m, open, (*call).importLoginToken)
}

// loginTokenLife is how long a login token may be scanned.
const loginTokenLife = 30 * time.Second

// loginTokens are the QR codes on show, across the cluster: the one who scans
// may be on another DC than the one who shows.
type loginTokens struct {
	mu     sync.Mutex
	tokens map[string]*loginToken // Guarded by mu, elements too.
}

type loginToken struct {
	expires  time.Time
	session  *mtserve.Session // of the one who shows it
	accepted *account
}

// show returns a new token and forgets those that expired.
func (x *loginTokens) show(now time.Time, s *mtserve.Session) (string, time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.tokens == nil {
		x.tokens = map[string]*loginToken{}
	}
	for id, t := range x.tokens {
		if now.After(t.expires) {
			delete(x.tokens, id)
		}
	}
	id, expires := token(32), now.Add(loginTokenLife)
	x.tokens[id] = &loginToken{expires: expires, session: s}
	return id, expires
}

// accepted returns who accepted a token, or nil.
func (x *loginTokens) accepted(id string) *account {
	x.mu.Lock()
	defer x.mu.Unlock()
	if t := x.tokens[id]; t != nil {
		return t.accepted
	}
	return nil
}

func (x *loginTokens) remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.tokens, id)
}

// accept notes that an account scanned the token and returns whom to tell.
func (x *loginTokens) accept(id string, a *account, now time.Time) (*mtserve.Session, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.tokens[id]
	switch {
	case t == nil:
		return nil, fail(400, "AUTH_TOKEN_INVALID")
	case now.After(t.expires):
		return nil, fail(400, "AUTH_TOKEN_EXPIRED")
	case t.accepted != nil:
		return nil, fail(400, "AUTH_TOKEN_ALREADY_ACCEPTED")
	}
	t.accepted = a
	return t.session, nil
}

func (c *call) exportLoginToken(r *tg.AuthExportLoginTokenRequest) (bin.Encoder, error) {
	if err := c.checkAPI(r.APIID, r.APIHash); err != nil {
		return nil, err
	}
	c.key.mu.Lock()
	shown := c.key.qr
	c.key.mu.Unlock()
	if a := c.cluster.loginTokens.accepted(shown); a != nil {
		if a.HomeDC != c.dc.ID {
			return &tg.AuthLoginTokenMigrateTo{DCID: a.HomeDC, Token: []byte(shown)}, nil
		}
		return c.finishQR(shown, a)
	}
	id, expires := c.cluster.loginTokens.show(time.Now(), c.request.Session)
	c.key.mu.Lock()
	c.key.qr = id
	c.key.mu.Unlock()
	return &tg.AuthLoginToken{Expires: int(expires.Unix()), Token: []byte(id)}, nil
}

func (c *call) acceptLoginToken(r *tg.AuthAcceptLoginTokenRequest) (bin.Encoder, error) {
	now := time.Now()
	session, err := c.cluster.loginTokens.accept(string(r.Token), c.account, now)
	if err != nil {
		return nil, err
	}
	session.Push(&tg.UpdateShort{Update: &tg.UpdateLoginToken{}, Date: int(now.Unix())})
	return &tg.Authorization{
		APIID: c.cluster.world.scenario.APIID, DeviceModel: "unknown", Platform: "unknown", SystemVersion: "unknown",
		AppName: "unknown", AppVersion: "unknown", DateCreated: int(now.Unix()), DateActive: int(now.Unix()),
		IP: "127.0.0.1", Country: "nowhere", Region: "nowhere",
	}, nil
}

func (c *call) importLoginToken(r *tg.AuthImportLoginTokenRequest) (bin.Encoder, error) {
	a := c.cluster.loginTokens.accepted(string(r.Token))
	switch {
	case a == nil:
		return nil, fail(400, "AUTH_TOKEN_INVALID")
	case a.HomeDC != c.dc.ID:
		return &tg.AuthLoginTokenMigrateTo{DCID: a.HomeDC, Token: r.Token}, nil
	}
	return c.finishQR(string(r.Token), a)
}

// finishQR logs in whoever accepted the token, which ends its use.
func (c *call) finishQR(id string, a *account) (bin.Encoder, error) {
	c.cluster.loginTokens.remove(id)
	if a.locked() {
		return c.passCode(a)
	}
	return &tg.AuthLoginTokenSuccess{Authorization: c.logIn(a)}, nil
}
