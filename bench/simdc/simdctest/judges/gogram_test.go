package judges

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// gogramKey is how the modulus of the RSA key begins that is built into gogram.
var gogramKey = []byte{0xc1, 0x50, 0x02, 0x3e, 0x2f, 0x70, 0xdb, 0x79, 0x85, 0xde, 0xd0, 0x64}

// gogramDCs are the addresses that are built into gogram, and what stands in
// their places in the copy of its driver: loopback addresses of the same length.
var gogramDCs = map[int][2]string{
	1: {"149.154.175.58:443", "127.154.175.58:443"},
	2: {"149.154.167.50:443", "127.154.167.50:443"},
	3: {"149.154.175.100:443", "127.154.175.100:443"},
	4: {"149.154.167.91:443", "127.154.167.91:443"},
	5: {"91.108.56.151:443", "127.10.56.151:443"},
}

// prepareGogram makes a copy of gogram's driver with the simulator's RSA key
// and addresses that lead to it: gogram takes no others when it migrates.
func prepareGogram(t *testing.T, in installed, _ *simdc.Cluster, j *job, _ *exec.Cmd) {
	program, err := os.ReadFile(in.path("gogram", "unpatched"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(j.Keys[0]))
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	replaceOnce(t, program, gogramKey, key.N.Bytes())
	for _, dc := range j.DCs {
		if built, ok := gogramDCs[dc.ID]; ok && !dc.MediaOnly {
			replaceOnce(t, program, []byte(built[0]), []byte(built[1]))
			forward(t, built[1], fmt.Sprintf("%s:%d", dc.IP, dc.Port))
		}
	}
	if err := os.WriteFile(in.path("gogram", "judge"), program, 0o755); err != nil {
		t.Fatal(err)
	}
}

// replaceOnce writes over what begins with old, which must be there once.
func replaceOnce(t *testing.T, program, old, replacement []byte) {
	t.Helper()
	at := bytes.Index(program, old)
	if at < 0 || bytes.Contains(program[at+1:], old) {
		t.Fatalf("%q is not once in gogram's driver: is it another version?", old)
	}
	copy(program[at:], replacement)
}

// forward accepts connections until the test ends and pipes them to another
// address.
func forward(t *testing.T, from, to string) {
	l, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // The test has ended.
			}
			go pipe(client, to)
		}
	}()
}

func pipe(client net.Conn, to string) {
	defer client.Close()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer client.Close()
		_, _ = io.Copy(client, server)
	}()
	_, _ = io.Copy(server, client)
}
