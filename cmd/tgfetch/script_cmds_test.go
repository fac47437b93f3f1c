package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/fetcher/plain/plaintest"
)

func cmdSim(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: sim [SCENARIO]")
	}
	world := scenario.Default()
	if len(args) == 1 {
		var err error
		world, err = scenario.Read(ts.MkAbs(args[0]))
		ts.Check(err)
	}
	simtest.Turn(&world)
	opts := simdc.Options{Scenario: &world}
	ctx, cancel := context.WithCancel(context.Background())
	cluster, err := simdc.Start(ctx, opts)
	ts.Check(err)
	ts.Defer(func() {
		cancel()
		cluster.Close()
	})
	ts.Check(cluster.WriteFile(ts.MkAbs("cluster.json")))
	running.Store(ts, cluster)
	ts.Defer(func() { running.Delete(ts) })
}

func cmdEnvOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: env-of CLUSTER")
	}
	var cluster struct {
		Accounts []struct {
			Phone, Code, Password string
			BotToken              string `json:"bot_token"`
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &cluster))
	for _, a := range cluster.Accounts {
		switch {
		case a.BotToken != "":
			ts.Setenv("BOT_TOKEN", a.BotToken)
		case a.Password != "":
			ts.Setenv("PHONE2", a.Phone)
			ts.Setenv("CODE2", a.Code)
			ts.Setenv("PASSWORD2", a.Password)
		case ts.Getenv("PHONE") == "":
			ts.Setenv("PHONE", a.Phone)
			ts.Setenv("CODE", a.Code)
		}
	}
}

func cmdWaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	waitFile(ts, args[0])
}

// waitFile polls, for a file has no event to wait for that works everywhere.
func waitFile(ts *testscript.TestScript, name string) {
	path := ts.MkAbs(name)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("%s did not appear within 10 s", name)
		}
	}
}

func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND...")
	}
	checkCode(ts, args[0], ts.Exec(args[1], args[2:]...))
}

func checkCode(ts *testscript.TestScript, want string, err error) {
	got := 0
	if exitErr, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exitErr.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

// command is a command in the script's folder and environment.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "GORACE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd
}

func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: interrupt FILE N COMMAND...")
	}
	talk, err := os.Create(ts.MkAbs("stderr.txt"))
	ts.Check(err)
	defer talk.Close()
	silent, never, err := os.Pipe()
	ts.Check(err)
	defer silent.Close()
	defer never.Close()
	cmd := command(ts, args[2:])
	cmd.Stdin, cmd.Stderr = silent, talk
	ts.Check(cmd.Start())
	waitFile(ts, args[0])
	ts.Check(cmd.Process.Signal(os.Interrupt))
	checkCode(ts, args[1], cmd.Wait())
}

// cmdTerminal runs a command whose stdin is a terminal. Each line of FILE is a question and, behind |, what
// is typed when stderr ends with that.
func cmdTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: terminal FILE N COMMAND...")
	}
	keys, terminal, err := openTerminal()
	ts.Check(err)
	defer keys.Close()
	cmd := command(ts, args[2:])
	cmd.Stdin = terminal
	var out strings.Builder
	cmd.Stdout = &out
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Check(terminal.Close())
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	var talk strings.Builder
	for r := bufio.NewReader(said); ; {
		b, err := r.ReadByte()
		if err != nil {
			break // The command has ended.
		}
		talk.WriteByte(b)
		if len(lines) == 0 {
			continue
		}
		if question, answer, _ := strings.Cut(lines[0], "|"); strings.HasSuffix(talk.String(), question) {
			_, err := keys.WriteString(answer + "\n")
			ts.Check(err)
			lines = lines[1:]
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(talk.String()), 0o666))
	ts.Logf("%s", talk.String())
	checkCode(ts, args[1], cmd.Wait())
	_, err = io.WriteString(ts.Stdout(), out.String())
	ts.Check(err)
	if len(lines) > 0 {
		ts.Fatalf("it did not come to %q", lines[0])
	}
}

// cmdInterruptAt interrupts a command as soon as its stderr has a text.
func cmdInterruptAt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: interrupt-at TEXT N COMMAND...")
	}
	silent, never, err := os.Pipe()
	ts.Check(err)
	defer silent.Close()
	defer never.Close()
	cmd := command(ts, args[2:])
	cmd.Stdin = silent
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	var talk strings.Builder
	for r := bufio.NewReader(said); ; {
		b, err := r.ReadByte()
		if err != nil {
			break // The command has ended.
		}
		talk.WriteByte(b)
		if strings.HasSuffix(talk.String(), args[0]) {
			ts.Check(cmd.Process.Signal(os.Interrupt))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(talk.String()), 0o666))
	checkCode(ts, args[1], cmd.Wait())
}

// cmdInterruptTwice runs a command that cannot end by itself: its stdout is a full pipe that nobody
// reads.
func cmdInterruptTwice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: interrupt-twice FILE N COMMAND...")
	}
	nobody, out, err := os.Pipe()
	ts.Check(err)
	defer nobody.Close()
	ts.Check(fillPipe(out))
	cmd := command(ts, args[2:])
	cmd.Stdout = out
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Check(out.Close())
	waitFile(ts, args[0])
	ts.Check(cmd.Process.Signal(os.Interrupt))
	var talk strings.Builder
	for lines := bufio.NewScanner(said); lines.Scan(); {
		talk.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "again to stop at once") {
			ts.Check(cmd.Process.Signal(os.Interrupt))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(talk.String()), 0o666))
	checkCode(ts, args[1], cmd.Wait())
}

func cmdSum(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sum FILE ID")
	}
	id, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	files := scenario.Default().Files
	at := slices.IndexFunc(files, func(f scenario.File) bool { return f.ID == id })
	if at < 0 {
		ts.Fatalf("the default scenario has no file %d", id)
	}
	size := int64(files[at].Size)
	want, err := simdc.Digest(context.Background(), id, size)
	ts.Check(err)

	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	ts.Check(err)
	if n != size {
		ts.Fatalf("%s has %d bytes, want %d", args[0], n, size)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		ts.Fatalf("%s has sha256 %s, want %s", args[0], got, want)
	}
}

// varying is what differs between two runs of the same command.
var varying = regexp.MustCompile(`"(time|until|speed|seconds|eta|connections|proven|unproven)":("[^"]*"|[0-9.eE+-]+)`)

func cmdJSONLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jsonlines FILE")
	}
	var b strings.Builder
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if !json.Valid([]byte(line)) {
			ts.Fatalf("not JSON: %s", line)
		}
		if !strings.Contains(line, `"event":"progress"`) { // how many there are depends on the speed
			b.WriteString(varying.ReplaceAllString(line, `"$1":0`))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}

// unfinished says whether a file is one of those that a download in progress keeps.
func unfinished(name string) bool {
	return strings.HasSuffix(name, ".part") || strings.Contains(name, ".part.")
}

func cmdEmpty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: empty DIR")
	}
	err := filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !unfinished(d.Name()) {
			ts.Fatalf("%s is there", path)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
}

func cmdPlain(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: plain TEXT stdout|stderr|FILE...")
	}
	var all strings.Builder
	for _, name := range args[1:] {
		text := ts.ReadFile(name)
		if left := plaintest.Left(text); left != "" {
			ts.Fatalf("%s: %s in %.1000q", name, left, text)
		}
		all.WriteString(text)
	}
	if !strings.Contains(all.String(), args[0]) {
		ts.Fatalf("%q is nowhere in %.1000q", args[0], all.String())
	}
}

func cmdAsked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: asked N handshakes|imports|messages|transport=NAME|METHOD")
	}
	cluster, ok := running.Load(ts)
	if !ok {
		ts.Fatalf("no simulator was started")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	log := cluster.(*simdc.Cluster).Log()
	got := 0
	if transport, ok := strings.CutPrefix(args[1], "transport="); ok {
		for _, conn := range log.Conns() {
			if conn.Transport == transport {
				got++
			}
		}
		args[1] = ""
	}
	for _, dc := range log.DCs() {
		switch args[1] {
		case "":
		case "handshakes":
			got += dc.Handshakes
		case "imports":
			got += dc.Imports
		case "unbound": // Connections but those to CDNs that asked something under a permanent key.
			for _, conn := range log.Conns() {
				if conn.DC == dc.DC && conn.Permanent > 0 && conn.Methods["upload.getCdnFile"] == 0 {
					got++
				}
			}
		case "exports":
			got += dc.Methods["account.initTakeoutSession"]
		case "outside": // Connections that read files outside of an export.
			for _, conn := range log.Conns() {
				if conn.DC == dc.DC && conn.Methods["upload.getFile"] > 0 && conn.Takeout < conn.Methods["upload.getFile"] {
					got++
				}
			}
		case "messages":
			for method, n := range dc.Methods {
				if prefix, _, _ := strings.Cut(method, "."); slices.Contains([]string{"messages", "channels", "contacts"}, prefix) {
					got += n
				}
			}
		default:
			if !strings.Contains(args[1], ".") {
				ts.Fatalf("%q is not counted", args[1])
			}
			got += dc.Methods[args[1]]
		}
	}
	if got != want {
		ts.Fatalf("%d %s, want %d", got, args[1], want)
	}
}

func cmdForget(ts *testscript.TestScript, neg bool, args []string) {
	cluster, ok := running.Load(ts)
	if neg || len(args) != 0 || !ok {
		ts.Fatalf("usage: forget, after sim")
	}
	cluster.(*simdc.Cluster).Log().Reset()
}

func cmdLinks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: links FILE PREFIX N")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	var b strings.Builder
	for id := 1; id <= n; id++ {
		fmt.Fprintf(&b, "%s%d\n", args[1], id)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}
