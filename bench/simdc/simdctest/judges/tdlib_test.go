package judges

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// builtIn are the addresses that TDLib has of the production data centers.
var builtIn = map[int][]string{
	1: {"149.154.175.50"}, 2: {"149.154.167.51", "95.161.76.100"}, 3: {"149.154.175.100"}, 4: {"149.154.167.91"}, 5: {"149.154.171.5"},
}

// prepareTDLib leads TDLib's built-in addresses to the simulator, and gives it
// a copy of its library with the simulator's RSA key.
func prepareTDLib(t *testing.T, in installed, c *simdc.Cluster, j *job, cmd *exec.Cmd) {
	var redial []string
	for _, dc := range j.DCs {
		for _, ip := range builtIn[dc.ID] {
			if !dc.MediaOnly && !dc.CDN {
				redial = append(redial, fmt.Sprintf("%s=%s:%d", ip, dc.IP, dc.Port))
			}
		}
	}
	cmd.Env = append(cmd.Env, "REDIAL="+strings.Join(redial, ","))
	j.Bridge, j.TDJSON = in.path("tdlib"), in.path("libtdjson.so")
	if _, err := os.Stat(j.TDJSON); err == nil {
		return
	}
	library, err := os.ReadFile(in.path("npm", "node_modules", "@prebuilt-tdlib", "linux-x64-glibc", "libtdjson.so"))
	if err != nil {
		t.Fatal(err)
	}
	if n := replaceKeys(library, []byte(j.Keys[0])); n == 0 {
		t.Fatal("TDLib's library has no RSA key of the simulator's length")
	}
	if err := os.WriteFile(j.TDJSON, library, 0o755); err != nil {
		t.Fatal(err)
	}
}

// replaceKeys puts key, in PEM, in the place of every public key of the same
// length, and returns how many there were.
func replaceKeys(library, key []byte) (n int) {
	const begin, end = "-----BEGIN RSA PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----"
	key = bytes.TrimSpace(key)
	for at := 0; ; {
		i := bytes.Index(library[at:], []byte(begin))
		if i < 0 {
			return n
		}
		at += i
		if j := bytes.Index(library[at:], []byte(end)); j >= 0 && j+len(end) == len(key) {
			copy(library[at:], key)
			n++
		}
		at += len(begin)
	}
}
