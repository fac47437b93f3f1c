// Package cluster reads cluster files: descriptions of a network of data centers that is
// not Telegram's own, such as the simulator writes or somebody with an MTProto server of
// their own.
//
//	c, err := cluster.ReadFile("cluster.json")
//	...
//	pool, err := dcpool.New(dcpool.Config{APIID: c.APIID, APIHash: c.APIHash, Network: c.Network})
package cluster

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Cluster is a network and what is needed to use it.
type Cluster struct {
	APIID   int
	APIHash string
	Network dcpool.Network
	// Accounts and Links are what a simulator offers to try; real clusters have
	// none.
	Accounts []Account
	Links    []Link
}

// Account is an account that can be logged in to.
type Account struct {
	Phone    string `json:"phone,omitzero"`
	Code     string `json:"code,omitzero"`
	Password string `json:"password,omitzero"`
	BotToken string `json:"bot_token,omitzero"`
	HomeDC   int    `json:"home_dc,omitzero"`
}

// Link is a link with what it leads to.
type Link struct {
	URL    string `json:"url"`
	DC     int    `json:"dc,omitzero"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitzero"`
	CDN    bool   `json:"cdn,omitzero"`
}

type file struct {
	APIID    int       `json:"api_id"`
	APIHash  string    `json:"api_hash"`
	DCs      []address `json:"dcs"`
	Keys     []string  `json:"keys"`
	Accounts []Account `json:"accounts"`
	Links    []Link    `json:"links"`
}

type address struct {
	ID        int    `json:"id"`
	IP        string `json:"ip"`
	Port      int    `json:"port"`
	MediaOnly bool   `json:"media_only"`
	CDN       bool   `json:"cdn"`
	TCPOOnly  bool   `json:"tcpo_only"`
	Static    bool   `json:"static"`
	Secret    string `json:"secret"`
}

// ReadFile is [Parse] for the file at path, which its errors name.
func ReadFile(path string) (Cluster, error) {
	f, err := ownfile.Open(ownfile.Cluster, path)
	if err != nil {
		return Cluster{}, fmt.Errorf("cluster file: %w", err)
	}
	defer f.Close()
	c, err := Parse(ownfile.Bounded(ownfile.Cluster, path, f))
	if err != nil {
		return Cluster{}, fmt.Errorf("cluster file %s: %w", path, err)
	}
	return c, nil
}

// Parse reads a cluster file:
//
//	{"api_id": 1, "api_hash": "…", "dcs": [{"id": 2, "ip": "127.0.0.1", "port": 4432,
//	 "media_only": false, "cdn": false}], "keys": ["-----BEGIN RSA PUBLIC KEY-----…"],
//	 "accounts": […], "links": […]}
//
// Accounts and links may be missing. An address may say "tcpo_only", "static" and, in
// hexadecimal, "secret", as a dcOption does. Unknown fields are ignored. Every error names
// the field.
func Parse(r io.Reader) (Cluster, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Cluster{}, err
	}
	f, err := decode(data)
	if err != nil {
		return Cluster{}, err
	}
	if f.APIID <= 0 {
		return Cluster{}, errors.New("api_id: a positive number is needed")
	}
	if f.APIHash == "" {
		return Cluster{}, errors.New("api_hash: it is missing; any text will do for a server that does not check it")
	}
	c := Cluster{APIID: f.APIID, APIHash: f.APIHash, Accounts: f.Accounts, Links: f.Links}
	if len(f.DCs) == 0 {
		return Cluster{}, errors.New("dcs: there are none; give at least one as {\"id\": 2, \"ip\": \"…\", \"port\": …}")
	}
	for i, dc := range f.DCs {
		option, err := dc.option()
		if err != nil {
			return Cluster{}, fmt.Errorf("dcs[%d].%w", i, err)
		}
		c.Network.DCs = append(c.Network.DCs, option)
	}
	if len(f.Keys) == 0 {
		return Cluster{}, errors.New("keys: there are none; give the server's RSA public key in PEM")
	}
	for i, text := range f.Keys {
		keys, err := dcpool.ParseKeys([]byte(text))
		if err != nil {
			return Cluster{}, fmt.Errorf("keys[%d]: %w", i, err)
		}
		c.Network.Keys = append(c.Network.Keys, keys...)
	}
	return c, nil
}

// decode reads the one JSON object that data must be.
func decode(data []byte) (f file, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&f); err != nil {
		return file{}, jsonError(err, len(data))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return file{}, errors.New("there is more than one JSON object in it; write it again")
	}
	return f, nil
}

// option is the address as a Network has it. Errors begin with the field's name.
func (a address) option() (session.DCOption, error) {
	ip, err := netip.ParseAddr(a.IP)
	secret, badSecret := parseSecret(a.Secret)
	switch {
	case a.ID <= 0:
		return session.DCOption{}, fmt.Errorf("id: %d is not a data center id; use a positive number", a.ID)
	case err != nil:
		return session.DCOption{}, fmt.Errorf("ip: %q is not an IP address", a.IP)
	case a.Port <= 0 || a.Port > 65535:
		return session.DCOption{}, fmt.Errorf("port: %d is not a TCP port", a.Port)
	case badSecret != nil:
		return session.DCOption{}, fmt.Errorf("secret: %w", badSecret)
	}
	return session.DCOption{
		ID:        a.ID,
		IP:        a.IP,
		Port:      a.Port,
		IPv6:      ip.Is6() && !ip.Is4In6(),
		MediaOnly: a.MediaOnly,
		CDN:       a.CDN,
		TCPOOnly:  a.TCPOOnly,
		Static:    a.Static,
		Secret:    secret,
		// A port that is written down is the only one meant.
		ThisPortOnly: true,
	}, nil
}

// parseSecret reads the secret of an address, in hexadecimal; it may be missing.
func parseSecret(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, errors.New("it is not hexadecimal")
	}
	_, err = proxy.ParseSecret(raw)
	return raw, err
}

func jsonError(err error, size int) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is not valid JSON at byte %d of %d (%v); write it again", syntax.Offset, size, err)
	}
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: a %s where a %s is needed", typ.Field, typ.Value, typ.Type)
	}
	return fmt.Errorf("it is cut short or empty (%w); write it again", err)
}
