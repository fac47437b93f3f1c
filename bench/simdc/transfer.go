package simdc

import (
	"crypto/rand"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// registerTransfer adds the methods that carry a login to another DC.
// https://core.telegram.org/api/datacenter#authorization-transfer
func registerTransfer(m methods) {
	add(m, anyDC, (*call).exportAuthorization)
	add(m, open, (*call).importAuthorization)
}

// maxExports bounds the exports that wait for their import; older ones are
// forgotten first.
const maxExports = 1024

// exports are the logins on their way to another DC.
type exports struct {
	mu      sync.Mutex
	waiting map[string]export // Guarded by mu. By the secret bytes.
	order   []string          // Guarded by mu. Oldest first.
}

type export struct {
	login *login
	dc    int
}

func (x *exports) put(e export) []byte {
	secret := make([]byte, 96)
	rand.Read(secret)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.waiting == nil {
		x.waiting = map[string]export{}
	}
	x.waiting[string(secret)] = e
	x.order = append(x.order, string(secret))
	if len(x.order) > maxExports {
		delete(x.waiting, x.order[0])
		x.order = x.order[1:]
	}
	return secret
}

// take returns what was exported under the secret, once.
func (x *exports) take(secret []byte, dc int, user int64) (*login, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e, ok := x.waiting[string(secret)]
	if !ok || e.dc != dc || e.login.account.ID != user {
		return nil, false
	}
	delete(x.waiting, string(secret))
	return e.login, true
}

func (c *call) exportAuthorization(r *tg.AuthExportAuthorizationRequest) (bin.Encoder, error) {
	target, ok := c.cluster.dcs[r.DCID]
	if !ok || target.CDN || target == c.dc {
		return nil, fail(400, "DC_ID_INVALID")
	}
	l := c.key.current()
	if l == nil {
		return nil, fail(401, "AUTH_KEY_UNREGISTERED")
	}
	return &tg.AuthExportedAuthorization{
		ID:    l.account.ID,
		Bytes: c.cluster.exports.put(export{login: l, dc: r.DCID}),
	}, nil
}

func (c *call) importAuthorization(r *tg.AuthImportAuthorizationRequest) (bin.Encoder, error) {
	l, ok := c.cluster.exports.take(r.Bytes, c.dc.ID, r.ID)
	if !ok || l.revoked.Load() {
		return nil, fail(400, "AUTH_BYTES_INVALID")
	}
	c.key.set(l)
	c.note.imported = true
	return c.authorized(l.account), nil
}
