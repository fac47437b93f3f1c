package judges

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	asked  = flag.Bool("judges", false, "install clients and proxies by others and run them against the simulator")
	folder = flag.String("judges-dir", "", "install into this `FOLDER` and leave it there, so that another run need not install again")
)

// inside is the environment variable that tells the test binary that it runs
// in a network namespace, and where the judges were installed.
const inside = "TGFETCH_JUDGES_INSTALLED"

// TestJudges installs the judges, then runs this test again in a network
// namespace that has nothing but a loopback device: simulator, clients and
// proxies cannot reach anything but each other.
func TestJudges(t *testing.T) {
	if dir := os.Getenv(inside); dir != "" {
		t.Run("clients", func(t *testing.T) { judgeClients(t, installed(dir)) })
		t.Run("proxies", func(t *testing.T) { judgeProxies(t, installed(dir)) })
		return
	}
	if !*asked {
		t.Skip("run with -judges")
	}
	dir := *folder
	if dir == "" {
		dir = t.TempDir()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	install(t, dir)

	args := []string{"--net"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user")
	}
	args = append(args, "sh", "-c", `ip link set lo up && ip addr add `+outgoing+`/32 dev lo && exec "$@"`, "sh", os.Args[0], "-test.v", "-test.run", runOf())
	cmd := exec.CommandContext(t.Context(), "unshare", args...)
	cmd.Env = append(os.Environ(), inside+"="+dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("in the namespace: %v", err)
	}
}

// runOf is what the -run flag of this test said.
func runOf() string {
	if f := flag.Lookup("test.run"); f != nil && f.Value.String() != "" {
		return f.Value.String()
	}
	return "TestJudges"
}
