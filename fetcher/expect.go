package fetcher

import (
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// expectFiles has a connection opened to where the last file of a chat was, while
// its messages are asked for: a chat's files are mostly in one place.
func (c *Client) expectFiles(chat session.Peer) {
	if c.skills.prepare == nil {
		return
	}
	if dc, ok := c.storedFilesDC(chat); ok {
		c.skills.prepare.Prepare(dcpool.Target{DC: dc, Kind: dcpool.Media})
	}
}

// foundFile notes where a file of a chat was.
func (c *Client) foundFile(chat session.Peer, dc int) {
	if known, _ := c.storedFilesDC(chat); chat.ID == 0 || dc == 0 || known == dc {
		return
	}
	c.storeDC(session.FilesKey(chat), dc)
}

func (c *Client) storedFilesDC(chat session.Peer) (dc int, ok bool) {
	return c.storedDC(session.FilesKey(chat))
}
