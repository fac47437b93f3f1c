package cluster

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const clusterKey = `-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEAyMEdY1aR+sCR3ZSJrtztKTKqigvO/vBfqACJLZtS7QMgCGXJ6XIR\nyy7mx66W0/sOFa7/1mAZtEoIokDP3ShoqF4fVNb6XeqgQfaUHd8wJpDWHcR2OFwv\nplUUI1PLTktZ9uW2WE23b+ixNwJjJGwBDJPQEQFBE+vfmH0JP503wr5INS1poWg/\nj25sIWeYPHYeOrFp/eXaqhISP6G+q2IeTaWTXpwZj4LzXq5YOpk4bYEQ6mvRq7D1\naHWfYmlEGepfaYR8Q0YqvvhYtMte3ITnuSJs171+GDqpdKcSwHnd6FudwGO4pcCO\nj4WcDuXc2CTHgH8gFTNhp/Y8/SpDOhvn9QIDAQAB\n-----END RSA PUBLIC KEY-----`

func writeCluster(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadFile(t *testing.T) {
	c, err := ReadFile(writeCluster(t, `{"api_id": 7, "api_hash": "x", "more": 1,
		"dcs": [{"id": 2, "ip": "127.0.0.1", "port": 4432}, {"id": 2, "ip": "::1", "port": 4433, "media_only": true}],
		"keys": ["`+clusterKey+`"],
		"accounts": [{"phone": "+1", "code": "2", "home_dc": 1, "password": ""}, {"bot_token": "b"}],
		"links": [{"url": "u", "dc": 4, "size": 5, "sha256": "s", "cdn": true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.APIID != 7 || c.APIHash != "x" || len(c.Network.Keys) != 1 || len(c.Network.DCs) != 2 {
		t.Errorf("%+v", c)
	}
	if dc := c.Network.DCs[1]; !dc.MediaOnly || !dc.IPv6 || dc.Port != 4433 {
		t.Errorf("%+v", dc)
	}
	if len(c.Accounts) != 2 || c.Accounts[1].BotToken != "b" || len(c.Links) != 1 || !c.Links[0].CDN {
		t.Errorf("accounts %+v, links %+v", c.Accounts, c.Links)
	}
}

func TestReadFileNamesWhatIsWrong(t *testing.T) {
	const (
		head = `{"api_id": 7, "api_hash": "x", `
		dcs  = `"dcs": [{"id": 2, "ip": "127.0.0.1", "port": 4432}], `
	)
	for name, test := range map[string]struct{ text, want string }{
		"empty":          {``, "cut short or empty"},
		"torn":           {head + dcs, "cut short or empty"},
		"no JSON":        {`hello`, "not valid JSON at byte 1"},
		"two":            {head + dcs + `"keys": []} {}`, "more than one"},
		"type":           {`{"api_id": "7"}`, "api_id"},
		"nested type":    {head + `"dcs": [{"id": "2"}]}`, "dcs.id"},
		"no id":          {`{"api_hash": "x"}`, "api_id"},
		"no hash":        {`{"api_id": 7}`, "api_hash"},
		"no DCs":         {head + `"keys": []}`, "dcs"},
		"DC id":          {head + `"dcs": [{"id": 0, "ip": "127.0.0.1", "port": 1}]}`, "dcs[0].id"},
		"host name":      {head + `"dcs": [{"id": 1, "ip": "localhost", "port": 1}]}`, "dcs[0].ip"},
		"port":           {head + `"dcs": [{"id": 1, "ip": "127.0.0.1", "port": 70000}]}`, "dcs[0].port"},
		"no keys":        {head + dcs + `"links": []}`, "keys"},
		"bad key":        {head + dcs + `"keys": ["abc"]}`, "keys[0]"},
		"second bad key": {head + dcs + `"keys": ["` + clusterKey + `", ""]}`, "keys[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeCluster(t, test.text)
			_, err := ReadFile(path)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want one with %q and the path", err, test.want)
			}
		})
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// A file that cannot be read to its end is not taken for one that is cut short.
func TestParseReportsTheReader(t *testing.T) {
	broken := errors.New("broken")
	head := strings.NewReader(`{"api_id": 7, `)
	if _, err := Parse(io.MultiReader(head, iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"api_id": 7, "api_hash": "x", "dcs": [{"id": 2, "ip": "127.0.0.1", "port": 1}], "keys": ["` + clusterKey + `"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(bytes.NewReader(data))
		if err == nil && (len(c.Network.DCs) == 0 || len(c.Network.Keys) == 0) {
			t.Error("accepted without an address or a key")
		}
	})
}
