package judges

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// job is what a driver is told, in a file whose path is its argument. On stdout
// it says, one JSON object per line, who it is logged in as
// ({"user": 7001}), which chats there are ({"chats": [...]}), and where it put
// each file ({"file": NAME, "path": PATH}); then it ends with code 0.
type job struct {
	APIID     int               `json:"api_id"`
	APIHash   string            `json:"api_hash"`
	DCs       []simdc.ClusterDC `json:"dcs"`
	Keys      []string          `json:"keys"`
	StartDC   int               `json:"start_dc"`
	Bridge    string            `json:"bridge,omitempty"`
	TDJSON    string            `json:"tdjson,omitempty"`
	Work      string            `json:"work"`
	Verbosity int               `json:"verbosity"`
	Transport string            `json:"transport,omitempty"`
	PFS       bool              `json:"pfs"`
	Phone     string            `json:"phone,omitempty"`
	Code      string            `json:"code,omitempty"`
	Password  string            `json:"password,omitempty"`
	BotToken  string            `json:"bot_token,omitempty"`
	Dialogs   bool              `json:"dialogs"`
	Files     []wanted          `json:"files"`
}

// said is a line of a driver.
type said struct {
	User  int64    `json:"user"`
	Chats []string `json:"chats"`
	File  string   `json:"file"`
	Path  string   `json:"path"`
}

// client is one judge and how to start it.
type client struct {
	name    string
	command func(in installed, job string) *exec.Cmd
	// prepare changes the job for this client; it may be nil.
	prepare func(t *testing.T, in installed, c *simdc.Cluster, j *job, cmd *exec.Cmd)
	// cdn says that it follows redirects to a CDN.
	cdn bool
	// still says that it does not follow files that have moved.
	still bool
	// pfs is how many of the files it is to fetch under temporary keys; 0 for
	// clients that have none.
	pfs int
	// transports are names for the job; "" is the client's own.
	transports []string
}

func node(driver string) func(installed, string) *exec.Cmd {
	return func(in installed, job string) *exec.Cmd {
		cmd := exec.Command("node", driver, job)
		cmd.Dir = in.path("npm")
		return cmd
	}
}

// own stands for the transport that a client has by default.
var own = []string{""}

var clients = []client{
	{name: "TDLib", command: node("tdlib.cjs"), prepare: prepareTDLib, pfs: 4, cdn: true, transports: own},
	{name: "mtcute", command: node("mtcute.mjs"), pfs: 1, transports: own},
	{name: "GramJS", command: node("gramjs.cjs"), transports: []string{"full", "obfuscated"}},
	{name: "gogram", prepare: prepareGogram, still: true, transports: own, command: func(in installed, job string) *exec.Cmd {
		return exec.Command(in.path("gogram", "judge"), job)
	}},
}

// patience is how long a client may take for one job.
const patience = 2 * time.Minute

func judgeClients(t *testing.T, in installed) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			for _, transport := range c.transports {
				t.Run(strings.TrimSpace("phone of another DC "+transport), func(t *testing.T) {
					c.judge(t, in, ada, func(j *job) { j.Transport, j.Dialogs, j.Files = transport, true, append(j.Files, privateFiles...) })
				})
			}
			t.Run("password", func(t *testing.T) { c.judge(t, in, cleo, func(j *job) { j.Files = j.Files[:2] }) })
			t.Run("bot", func(t *testing.T) { c.judge(t, in, bot, func(j *job) { j.Files = j.Files[:2] }) })
			if c.pfs > 0 {
				t.Run("temporary keys", func(t *testing.T) {
					c.judge(t, in, ada, func(j *job) { j.PFS, j.Files = true, j.Files[:c.pfs] })
				})
			}
		})
	}
}

// judge has the client do one job and compares what it found with the world.
func (c client) judge(t *testing.T, in installed, account int64, edit func(*job)) {
	scenario := world()
	var text bytes.Buffer
	cluster, err := simdc.Start(t.Context(), simdc.Options{Scenario: &scenario})
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	j := newJob(cluster, scenario, account)
	j.Work = t.TempDir()
	edit(&j)
	if c.still {
		j.Files = slices.DeleteFunc(j.Files, func(f wanted) bool { return f.file == movedFile })
	}

	path := filepath.Join(j.Work, "job.json")
	cmd := c.command(in, path)
	cmd.Env = os.Environ()
	if cmd.Dir == "" {
		cmd.Dir = j.Work
	}
	if c.prepare != nil {
		c.prepare(t, in, cluster, &j, cmd)
	}
	data, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
	lines, err := drive(t.Context(), cmd, &text)
	defer func() {
		if t.Failed() {
			t.Logf("what %s said:\n%s", c.name, tail(text.String(), 6000))
		}
	}()
	if err != nil {
		t.Errorf("%v", err)
	}
	checkSaid(t, scenario, j, account, lines)
	c.checkLog(t, scenario, j, cluster.Log())
}

func newJob(cluster *simdc.Cluster, world scenario.Scenario, account int64) job {
	file := cluster.File()
	j := job{APIID: file.APIID, APIHash: file.APIHash, DCs: file.DCs, Keys: file.Keys, StartDC: 2, Verbosity: 1, Files: slices.Clone(publicFiles)}
	for _, a := range world.Accounts {
		if a.ID == account {
			j.Phone, j.Code, j.Password, j.BotToken = a.Phone, a.Code, a.Password, a.BotToken
		}
	}
	return j
}

// drive runs a driver and returns what it said on stdout; text gets all of it.
func drive(ctx context.Context, cmd *exec.Cmd, text io.Writer) (lines []said, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out bytes.Buffer
	bounded := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	bounded.Dir, bounded.Env, bounded.Err = cmd.Dir, cmd.Env, cmd.Err
	bounded.Stdout, bounded.Stderr = &out, text
	bounded.WaitDelay = time.Second
	err = bounded.Run()
	if cause := context.Cause(ctx); cause != nil {
		err = errors.Join(fmt.Errorf("no end after %v", patience), err)
	}
	for line := range strings.Lines(out.String()) {
		var s said
		if json.Unmarshal([]byte(line), &s) == nil {
			lines = append(lines, s)
		}
		fmt.Fprint(text, line)
	}
	return lines, err
}

// checkSaid compares what a driver said with the world.
func checkSaid(t *testing.T, world scenario.Scenario, j job, account int64, lines []said) {
	var user int64
	var chats []string
	files := map[string]string{}
	for _, s := range lines {
		switch {
		case s.User != 0:
			user = s.User
		case s.Chats != nil:
			chats = s.Chats
		case s.File != "":
			files[s.File] = s.Path
		}
	}
	if user != account {
		t.Errorf("logged in as %d, want %d", user, account)
	}
	// Saved messages and the two channels of the default scenario that can be read are chats, too.
	if want := manyChats + 3; j.Dialogs && len(chats) != want {
		t.Errorf("%d chats, want %d", len(chats), want)
	}
	if each := slices.Compact(slices.Sorted(slices.Values(chats))); len(each) != len(chats) {
		t.Errorf("%d of %d chats are there more than once", len(chats)-len(each), len(chats))
	}
	for _, f := range j.Files {
		want, err := simdc.Digest(t.Context(), f.file, sizeOf(world, f.file))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := sum(files[f.Name]); err != nil || got != want {
			t.Errorf("%s: SHA-256 %s, want %s; %v", f.Name, got, want, err)
		}
	}
}

// sum is the SHA-256 of a file, in hex.
func sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// tail is the end of text, of n bytes at most.
func tail(text string, n int) string { return text[max(0, len(text)-n):] }
