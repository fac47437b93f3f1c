package fetcher

import (
	"maps"
	"time"

	"github.com/tgfetch/tgfetch/session"
)

// What is learnt is kept in the store; a store that cannot keep it costs round
// trips and no more, so its errors are only logged.

func (c *Client) storedPeer(key string) (peer session.Peer, ok bool) {
	err := c.store.ViewState(func(s *session.State) { peer, ok = s.Peers[key] })
	if err != nil {
		c.log.Warn("known chats cannot be read", "err", err)
	}
	return peer, ok
}

// storePeers keeps peers by their ids, and one of them under a key as well if
// the key is not empty.
func (c *Client) storePeers(peers []session.Peer, key string, peer session.Peer) {
	learnt := make(map[string]session.Peer, len(peers)+1)
	for _, p := range peers {
		switch p.Kind {
		case session.PeerChannel:
			learnt[session.ChannelKey(p.ID)] = p
		case session.PeerChat:
			learnt[session.ChatKey(p.ID)] = p
		default:
			learnt[session.UserKey(p.ID)] = p
		}
	}
	if key != "" {
		peer.Seen = time.Now()
		learnt[key] = peer
	}
	err := c.store.UpdateState(func(s *session.State) error {
		maps.Copy(s.Peers, learnt)
		return nil
	})
	if err != nil {
		c.log.Warn("chats cannot be remembered", "err", err)
	}
}

// storedDC is the data center under a key of session.State.Documents.
func (c *Client) storedDC(key string) (dc int, ok bool) {
	err := c.store.ViewState(func(s *session.State) { dc, ok = s.Documents[key] })
	if err != nil {
		c.log.Warn("known data centers cannot be read", "err", err)
	}
	return dc, ok
}

func (c *Client) storeDC(key string, dc int) {
	err := c.store.UpdateState(func(s *session.State) error {
		s.Documents[key] = dc
		return nil
	})
	if err != nil {
		c.log.Warn("the data center of a file cannot be remembered", "err", err)
	}
}
