package judges

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// npmPackages are the clients of npm's registry, and TDLib's library.
var npmPackages = []string{"telegram@2.26.22", "@mtcute/node@0.30.3", "@mtcute/core@0.30.3", "prebuilt-tdlib@0.1008065.0"}

// gogram is the Go client, at the version that its driver was written for.
const gogram = "github.com/amarnathcjd/gogram@v1.6.11-0.20251216220425-d8aa810fd1e2"

// installed is the folder with the judges.
type installed string

func (in installed) path(elem ...string) string {
	return filepath.Join(append([]string{string(in)}, elem...)...)
}

// install puts the judges into dir, those that are not there yet. What cannot
// be had is said, and its tests are skipped.
func install(t *testing.T, dir string) {
	in := installed(dir)
	npm := in.path("npm")
	if _, err := os.Stat(in.path("npm", "node_modules", "prebuilt-tdlib")); err != nil {
		mkdir(t, npm)
		write(t, filepath.Join(npm, "package.json"), `{"private": true}`)
		run(t, npm, "npm", append([]string{"install", "--ignore-scripts", "--no-audit", "--no-fund"}, npmPackages...)...)
	}
	for _, name := range []string{"mtcute.mjs", "gramjs.cjs", "tdlib.cjs"} {
		copyFile(t, filepath.Join("testdata", name), filepath.Join(npm, name))
	}
	run(t, ".", "cc", "-O2", "-rdynamic", "-o", in.path("tdlib"), filepath.Join("testdata", "tdlib.c"), "-ldl", "-lpthread")

	driver := in.path("gogram")
	mkdir(t, driver)
	copyFile(t, filepath.Join("testdata", "gogram", "main.go"), filepath.Join(driver, "main.go"))
	if _, err := os.Stat(filepath.Join(driver, "go.sum")); err != nil {
		write(t, filepath.Join(driver, "go.mod"), "module judge\n\ngo 1.24\n")
		run(t, driver, "go", "get", gogram)
		run(t, driver, "go", "mod", "tidy")
	}
	run(t, driver, "go", "build", "-o", "unpatched", ".")
	run(t, ".", "go", "build", "-o", in.path("tgfetch"), "github.com/tgfetch/tgfetch/cmd/tgfetch")
	installProxies(t)
}

// installProxies installs what Debian has of the proxies, where that is possible.
func installProxies(t *testing.T) {
	var missing []string
	for program, pkg := range debianPackages {
		if find(program) == "" {
			missing = append(missing, pkg)
		}
	}
	if len(missing) > 0 && find("apt-get") != "" && os.Geteuid() == 0 {
		if err := try(t, ".", "apt-get", append([]string{"install", "-y", "--no-install-recommends"}, missing...)...); err != nil {
			t.Logf("without %s: %v", strings.Join(missing, ", "), err)
		}
	}
}

// find is the path of a program, also where only root looks for one; empty if
// there is none.
func find(program string) string {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
			return path
		}
	}
	return ""
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if err := try(t, dir, name, args...); err != nil {
		t.Fatal(err)
	}
}

// try runs a command for ten minutes at most and logs what it said if it fails.
func try(t *testing.T, dir, name string, args ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("%s %s:\n%s", name, strings.Join(args, " "), out)
	}
	return err
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data))
}
