package dcpool

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// Cluster is a network described by a file, such as the simulator writes or
// somebody with an own MTProto server.
type Cluster struct {
	APIID   int
	APIHash string
	Network Network
	// Accounts and Links are what a simulator offers to try; real clusters have
	// none.
	Accounts []ClusterAccount
	Links    []ClusterLink
}

// ClusterAccount is an account that can be logged in to.
type ClusterAccount struct {
	Phone    string `json:"phone,omitzero"`
	Code     string `json:"code,omitzero"`
	Password string `json:"password,omitzero"`
	BotToken string `json:"bot_token,omitzero"`
	HomeDC   int    `json:"home_dc,omitzero"`
}

// ClusterLink is a link with what it leads to.
type ClusterLink struct {
	URL    string `json:"url"`
	DC     int    `json:"dc,omitzero"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitzero"`
	CDN    bool   `json:"cdn,omitzero"`
}

type clusterFile struct {
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	DCs     []struct {
		ID        int    `json:"id"`
		IP        string `json:"ip"`
		Port      int    `json:"port"`
		MediaOnly bool   `json:"media_only"`
		CDN       bool   `json:"cdn"`
		TCPOOnly  bool   `json:"tcpo_only"`
		Static    bool   `json:"static"`
		Secret    string `json:"secret"`
	} `json:"dcs"`
	Keys     []string         `json:"keys"`
	Accounts []ClusterAccount `json:"accounts"`
	Links    []ClusterLink    `json:"links"`
}

// ReadCluster reads the cluster file at path:
//
//	{"api_id": 1, "api_hash": "…", "dcs": [{"id": 2, "ip": "127.0.0.1", "port": 4432,
//	 "media_only": false, "cdn": false}], "keys": ["-----BEGIN RSA PUBLIC KEY-----…"],
//	 "accounts": […], "links": […]}
//
// Accounts and links may be missing. An address may say "tcpo_only", "static" and, in
// hexadecimal, "secret", as a dcOption does. Every error names the file and the field.
func ReadCluster(path string) (Cluster, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Cluster{}, fmt.Errorf("cluster file: %w", err)
	}
	c, err := parseCluster(data)
	if err != nil {
		return Cluster{}, fmt.Errorf("cluster file %s: %w", path, err)
	}
	return c, nil
}

func parseCluster(data []byte) (Cluster, error) {
	var f clusterFile
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&f); err != nil {
		return Cluster{}, clusterJSONError(err, len(data))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Cluster{}, errors.New("there is more than one JSON object in it; write it again")
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
		addr, err := netip.ParseAddr(dc.IP)
		secret, badSecret := clusterSecret(dc.Secret)
		switch {
		case dc.ID <= 0:
			return Cluster{}, fmt.Errorf("dcs[%d].id: %d is not a data center id; use a positive number", i, dc.ID)
		case err != nil:
			return Cluster{}, fmt.Errorf("dcs[%d].ip: %q is not an IP address", i, dc.IP)
		case dc.Port <= 0 || dc.Port > 65535:
			return Cluster{}, fmt.Errorf("dcs[%d].port: %d is not a TCP port", i, dc.Port)
		case badSecret != nil:
			return Cluster{}, fmt.Errorf("dcs[%d].secret: %w", i, badSecret)
		}
		c.Network.DCs = append(c.Network.DCs, session.DCOption{
			ID:        dc.ID,
			IP:        dc.IP,
			Port:      dc.Port,
			IPv6:      addr.Is6() && !addr.Is4In6(),
			MediaOnly: dc.MediaOnly,
			CDN:       dc.CDN,
			TCPOOnly:  dc.TCPOOnly,
			Static:    dc.Static,
			Secret:    secret,
			// Who writes down a port means that one.
			ThisPortOnly: true,
		})
	}
	if len(f.Keys) == 0 {
		return Cluster{}, errors.New("keys: there are none; give the server's RSA public key in PEM")
	}
	for i, text := range f.Keys {
		keys, err := parsePublicKeys(text)
		if err != nil {
			return Cluster{}, fmt.Errorf("keys[%d]: %w", i, err)
		}
		c.Network.Keys = append(c.Network.Keys, keys...)
	}
	return c, nil
}

// clusterSecret reads the secret of an address, in hexadecimal; it may be missing.
func clusterSecret(text string) ([]byte, error) {
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

// parsePublicKeys reads one or more RSA keys in PEM.
func parsePublicKeys(text string) ([]exchange.PublicKey, error) {
	parsed, err := crypto.ParseRSAPublicKeys([]byte(text))
	if err != nil || len(parsed) == 0 {
		return nil, errors.New("it is not an RSA public key in PEM")
	}
	keys := make([]exchange.PublicKey, 0, len(parsed))
	for _, key := range parsed {
		keys = append(keys, exchange.PublicKey{RSA: key})
	}
	return keys, nil
}

func clusterJSONError(err error, size int) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is not valid JSON at byte %d of %d (%v); write it again", syntax.Offset, size, err)
	}
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: a %s where a %s is needed", typ.Field, typ.Value, typ.Type)
	}
	return fmt.Errorf("it is cut short or empty (%w); write it again", err)
}
