package judges

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// outgoing is the address that proxies dial from; the namespace has it.
const outgoing = "127.0.0.5"

// debianPackages are the proxies, by the program that tells whether one is there.
var debianPackages = map[string]string{"danted": "dante-server", "microsocks": "microsocks", "tinyproxy": "tinyproxy", "squid": "squid"}

// proxy is one way of running a proxy.
type proxy struct {
	name, program, scheme string
	// args are its arguments; %d is the port, %s the file with config.
	args   []string
	config string
	// password says that it wants the user "judge" with the password "secret".
	password bool
}

var proxies = []proxy{
	{name: "dante", program: "danted", scheme: "socks5", args: []string{"-f", "%s"}, config: `
logoutput: stderr
internal: 127.0.0.1 port = %d
external: ` + outgoing + `
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
`},
	{name: "microsocks", program: "microsocks", scheme: "socks5", args: []string{"-i", "127.0.0.1", "-p", "%d", "-b", outgoing}},
	{name: "microsocks with a password", program: "microsocks", scheme: "socks5", password: true,
		args: []string{"-i", "127.0.0.1", "-p", "%d", "-b", outgoing, "-u", "judge", "-P", "secret"}},
	{name: "tinyproxy", program: "tinyproxy", scheme: "http", args: []string{"-d", "-c", "%s"}, config: tinyproxyConfig},
	{name: "tinyproxy with a password", program: "tinyproxy", scheme: "http", password: true,
		args: []string{"-d", "-c", "%s"}, config: tinyproxyConfig + "BasicAuth judge secret\n"},
	{name: "squid", program: "squid", scheme: "http", args: []string{"-N", "-f", "%s"}, config: `
http_port 127.0.0.1:%d
http_access allow all
cache deny all
tcp_outgoing_address ` + outgoing + `
access_log none
cache_log /dev/null
pid_filename none
shutdown_lifetime 0 seconds
`},
}

const tinyproxyConfig = `
Port %d
Listen 127.0.0.1
Bind ` + outgoing + `
Allow 127.0.0.0/8
MaxClients 100
Timeout 60
LogLevel Warning
`

// proxyFiles are the files that tgfetch fetches through each proxy.
var proxyFiles = map[string]int64{"notes.txt": 3002, "report.pdf": 3003, "mib.bin": 3009, "cdn-no-hashes.bin": 3013}

// judgeProxies has tgfetch fetch files through each proxy, and checks that
// nothing of it went past the proxy.
func judgeProxies(t *testing.T, in installed) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			program := find(p.program)
			if program == "" {
				t.Skipf("%s is not installed (Debian: %s)", p.program, debianPackages[p.program])
			}
			p.judge(t, in, program)
		})
	}
}

func (p proxy) judge(t *testing.T, in installed, program string) {
	scenario := world()
	cluster, err := simdc.Start(t.Context(), simdc.Options{Scenario: &scenario})
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	dir := t.TempDir()
	if err := cluster.WriteFile(filepath.Join(dir, "cluster.json")); err != nil {
		t.Fatal(err)
	}
	address := p.start(t, program, dir)

	user := ""
	if p.password {
		user = "judge:secret@"
		out, err := tgfetch(t, in, dir, fmt.Sprintf("%s://judge:wrong@%s", p.scheme, address), "login", "--phone", "+9996610001", "--code", "11111")
		if err == nil || !strings.Contains(out, "password") {
			t.Errorf("with a wrong password: %v\n%s", err, out)
		}
	}
	url := fmt.Sprintf("%s://%s%s", p.scheme, user, address)
	if out, err := tgfetch(t, in, dir, url, "login", "--phone", "+9996610001", "--code", "11111"); err != nil {
		t.Fatalf("login: %v\n%s", err, out)
	}
	out, err := tgfetch(t, in, dir, url, "-P", "out", "t.me/simfiles/9", "t.me/simfiles/10", "t.me/simfiles/18", "t.me/simfiles/22")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, id := range proxyFiles {
		want, err := simdc.Digest(t.Context(), id, sizeOf(scenario, id))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := sum(filepath.Join(dir, "out", name)); err != nil || got != want {
			t.Errorf("%s: SHA-256 %s, want %s; %v", name, got, want, err)
		}
	}
	for _, conn := range cluster.Log().Conns() {
		if host, _, _ := net.SplitHostPort(conn.Remote); host != outgoing {
			t.Errorf("a connection to DC %d came from %s, past the proxy", conn.DC, conn.Remote)
		}
	}
}

// start runs the proxy until the test ends and returns its address, once it
// accepts connections.
func (p proxy) start(t *testing.T, program, dir string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()

	config := filepath.Join(dir, "proxy.conf")
	if p.config != "" {
		write(t, config, fmt.Sprintf(p.config, port))
		if err := os.Chmod(config, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var args []string
	for _, a := range p.args {
		args = append(args, strings.NewReplacer("%d", fmt.Sprint(port), "%s", config).Replace(a))
	}
	var said bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("what %s said:\n%s", p.program, tail(said.String(), 2000))
		}
	})
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("%s ended at once", p.program)
		case <-deadline:
			t.Fatalf("%s does not listen", p.program)
		}
	}
}

// tgfetch runs the command through a proxy and returns what it said.
func tgfetch(t *testing.T, in installed, dir, proxy string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, in.path("tgfetch"), append([]string{"--cluster", "cluster.json", "--proxy", proxy}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
