package simdc

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerPFS adds what temporary keys need. https://core.telegram.org/api/pfs
func registerPFS(m methods) {
	add(m, open, (*call).bindTempKey)
	// TDLib asks it before it is logged in.
	add(m, open, func(c *call, r *tg.AuthDropTempAuthKeysRequest) (bin.Encoder, error) {
		c.dc.keys.DropTemp(c.request.Key, r.ExceptAuthKeys)
		return &tg.BoolTrue{}, nil
	})
}

// bindTempKey makes a temporary key stand for a permanent one.
func (c *call) bindTempKey(r *tg.AuthBindTempAuthKeyRequest) (bin.Encoder, error) {
	err := c.dc.keys.BindTemp(c.request, r.PermAuthKeyID, r.Nonce, r.ExpiresAt, r.EncryptedMessage)
	if err != nil {
		return nil, err
	}
	if c.cluster.world.scenario.Turns(scenario.ManyTempKeys) {
		c.dc.keys.ForgetOthers(c.request.Key)
	}
	// https://core.telegram.org/api/invoking#saving-client-info
	c.client.inited.Store(false)
	return &tg.BoolTrue{}, nil
}
