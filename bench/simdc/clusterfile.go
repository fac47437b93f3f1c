package simdc

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// ClusterFile tells a client how to reach a cluster and what is there: the
// addresses and keys of its DCs, accounts to log in with and links to fetch.
// The keys of CDN DCs are not in it; help.getCdnConfig has them.
type ClusterFile struct {
	APIID    int              `json:"api_id"`
	APIHash  string           `json:"api_hash"`
	DCs      []ClusterDC      `json:"dcs"`
	Keys     []string         `json:"keys"` // RSA public keys, PKCS #1 in PEM
	Accounts []ClusterAccount `json:"accounts"`
	Links    []ClusterLink    `json:"links"`
}

// ClusterDC is one address of a DC.
type ClusterDC struct {
	ID        int    `json:"id"`
	IP        string `json:"ip"`
	Port      int    `json:"port"`
	MediaOnly bool   `json:"media_only"`
	CDN       bool   `json:"cdn"`
	// TCPOOnly, Static and Secret, in hexadecimal, are as in a dcOption.
	TCPOOnly bool   `json:"tcpo_only,omitempty"`
	Static   bool   `json:"static,omitempty"`
	Secret   string `json:"secret,omitempty"`
}

// ClusterAccount is an account that a client can log in with: a user, or a
// bot if BotToken is set.
type ClusterAccount struct {
	Phone    string `json:"phone,omitempty"`
	Code     string `json:"code,omitempty"`
	HomeDC   int    `json:"home_dc"`
	Password string `json:"password"`
	BotToken string `json:"bot_token,omitempty"`
}

// ClusterLink is one file that a link leads to.
type ClusterLink struct {
	URL  string `json:"url"`
	DC   int    `json:"dc"` // where the file is
	Size int64  `json:"size"`
	// SHA256 is the digest in hex; empty for files of a scenario of one's own
	// that are too large to be digested at the start.
	SHA256 string `json:"sha256,omitempty"`
	CDN    bool   `json:"cdn"`
}

// File returns the cluster file as of now.
func (c *Cluster) File() ClusterFile {
	s := c.world.scenario
	out := ClusterFile{APIID: s.APIID, APIHash: s.APIHash, Links: slices.Clone(c.links)}
	for _, e := range c.endpoints {
		out.DCs = append(out.DCs, ClusterDC{
			ID: e.dc.ID, IP: e.ip, Port: e.current().port, MediaOnly: e.address.Media, CDN: e.dc.CDN,
			TCPOOnly: e.address.TCPOOnly, Static: e.address.Static || e.address.twice, Secret: e.address.Secret,
		})
	}
	for _, dc := range c.sortedDCs() {
		if pem := publicPEM(dc.rsaKey()); !dc.CDN && !slices.Contains(out.Keys, pem) {
			out.Keys = append(out.Keys, pem)
		}
	}
	for _, a := range s.Accounts {
		out.Accounts = append(out.Accounts, ClusterAccount{
			Phone: a.Phone, Code: a.Code, HomeDC: a.HomeDC, Password: a.Password, BotToken: a.BotToken,
		})
	}
	return out
}

// JSON is the contents of the file.
func (f ClusterFile) JSON() []byte {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err) // Numbers, strings and booleans always have a form in JSON.
	}
	return append(data, '\n')
}

// WriteFile writes the cluster file, as JSON, so that nobody sees half of it.
func (c *Cluster) WriteFile(path string) error {
	if err := ownfile.Replace(ownfile.Cluster, path, c.File().JSON()); err != nil {
		return fmt.Errorf("cluster file: %w", err)
	}
	return nil
}

// maxDigested bounds the bytes that a start may spend on digests of files
// that have no known one: a quarter of a second's worth.
const maxDigested = 256 << 20

// links lists what t.me links of the scenario lead to. Messages that nobody
// may read are left out.
func (w *world) links(ctx context.Context) ([]ClusterLink, error) {
	var out []ClusterLink
	var ids []int64 // of the files in out
	for _, x := range w.scenario.Chats {
		for _, m := range w.chats[x.ID].box {
			if m.file == nil || m.Deleted || x.Closed {
				continue
			}
			f := m.file
			digest := cmp.Or(f.SHA256, knownDigests[digestKey{f.ID, int64(f.Size)}])
			out = append(out, ClusterLink{URL: urlOf(x, m.ID), DC: f.DC, Size: int64(f.Size), SHA256: digest, CDN: f.CDN})
			ids = append(ids, f.ID)
		}
	}
	budget := int64(maxDigested)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range out {
		link := &out[i]
		if link.SHA256 != "" || link.Size > budget {
			continue
		}
		budget -= link.Size
		group.Go(func() (err error) {
			link.SHA256, err = Digest(ctx, ids[i], link.Size)
			return err
		})
	}
	return out, group.Wait()
}

// urlOf is the link to a message.
func urlOf(c scenario.Chat, id int) string {
	switch {
	case c.Username != "":
		return fmt.Sprintf("https://t.me/%s/%d", c.Username, id)
	case c.Basic:
		return fmt.Sprintf("tg://openmessage?chat_id=%d&message_id=%d", c.ID, id)
	}
	return fmt.Sprintf("https://t.me/c/%d/%d", c.ID, id)
}
