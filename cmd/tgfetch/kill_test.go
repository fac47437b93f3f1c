package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

var kills = flag.Int("kills", 5, "how often TestKilledDownloads kills")

const (
	killedSize = 48<<20 + 12345
	// inFlight is what fetches may have in flight together, in bytes, before
	// bandwidth and delay ask for more.
	inFlight = 24 << 20
	// killsPerFile is after how many kills a download may end.
	killsPerFile = 10
)

// TestKilledDownloads kills the real command after a random number of answers
// and starts it again, until the file is there; then another folder, until
// there were enough kills. What was in flight is all that a kill costs.
func TestKilledDownloads(t *testing.T) {
	d := newKilledDownload(t)
	r := rand.New(rand.NewPCG(1, 1))
	killed, files, twice := 0, 0, int64(0)
	for killed < *kills {
		out := t.TempDir()
		before := killed
		d.sent.reset()
		for d.run(out, 1+r.IntN(60)) {
			if killed++; killed == *kills || killed == before+killsPerFile {
				d.run(out, 0)
				break
			}
		}
		files++
		if sum := fileSum(t, filepath.Join(out, "film.mp4")); sum != d.digest {
			t.Fatalf("file %d has the SHA-256 %s, not %s", files, sum, d.digest)
		}
		if entries, err := os.ReadDir(out); err != nil || len(entries) != 1 {
			t.Errorf("%d files in the folder, %v", len(entries), err)
		}
		_, again := simdc.Coverage(d.sent.take())
		if most := int64(killed-before) * inFlight; again > most {
			t.Errorf("%d kills: %d bytes were sent twice, more than the %d that may be in flight", killed-before, again, most)
		}
		twice += again
	}
	t.Logf("%d kills over %d files of %d MiB: each right, %.2f MiB sent twice per kill", killed, files, killedSize>>20, float64(twice)/(1<<20)/float64(killed))
}

func fileSum(t *testing.T, path string) string {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// killedDownload is a simulator with one film in it, and an account that is
// logged in.
type killedDownload struct {
	t       *testing.T
	self    string
	cluster string // file
	env     []string
	digest  string
	sent    *sentRanges
}

func newKilledDownload(t *testing.T) *killedDownload {
	self, err := exec.LookPath("tgfetch") // TestMain put it there.
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	d := &killedDownload{
		t: t, self: self, sent: &sentRanges{}, cluster: filepath.Join(home, "cluster.json"),
		env: []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")},
	}
	world := scenario.Scenario{
		APIID: 1, APIHash: "x", DCs: []scenario.DC{{ID: 1}, {ID: 2}}, Link: scenario.Link{RTT: 2e6, DCRate: 60e6},
		Accounts: []scenario.Account{{ID: 7, HomeDC: 1, Phone: "+9996610007", Code: "77777"}},
		Chats:    []scenario.Chat{{ID: 8, Title: "Films", Username: "simfilms", Messages: []scenario.Message{{ID: 1, File: 9}}}},
		Files:    []scenario.File{{ID: 9, DC: 2, Size: killedSize, Kind: scenario.KindVideo, Name: "film.mp4"}},
	}
	simtest.Turn(&world)
	cluster, err := simdc.Start(t.Context(), simdc.Options{Log: d.sent, Scenario: &world})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.WriteFile(d.cluster); err != nil {
		t.Fatal(err)
	}
	d.digest = cluster.File().Links[0].SHA256
	if out, err := d.command("login", "--phone", "+9996610007", "--code", "77777").CombinedOutput(); err != nil {
		t.Fatalf("login: %v: %s", err, out)
	}
	return d
}

func (d *killedDownload) command(args ...string) *exec.Cmd {
	cmd := exec.Command(d.self, append([]string{"--cluster", d.cluster}, args...)...)
	cmd.Env = d.env
	return cmd
}

// run downloads to a folder and kills the process after so many answers, 0 never. It
// reports whether the process was killed; else the file is there.
func (d *killedDownload) run(out string, answers int) (killed bool) {
	cmd := d.command("-q", "-P", out, "https://t.me/simfilms/1")
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.sent.when(answers, func() { _ = cmd.Process.Kill() }) // It may have ended.
	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() < 0 {
		return true
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return false
}

// sentRanges collects the ranges that a simulator writes to its log, and does
// something after so many.
type sentRanges struct {
	mu     sync.Mutex
	ranges []simdc.Range // Guarded by mu.
	left   int           // Guarded by mu. Until then is called.
	then   func()        // Guarded by mu.
}

// Write implements io.Writer; the simulator writes whole lines.
func (s *sentRanges) Write(p []byte) (int, error) {
	var e simdc.Event
	if err := json.Unmarshal(p, &e); err != nil || e.Event != simdc.EventRange {
		return len(p), err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ranges = append(s.ranges, *e.Range)
	if s.left--; s.left == 0 {
		s.then()
	}
	return len(p), nil
}

func (s *sentRanges) when(n int, then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.then = n, then
}

func (s *sentRanges) reset() { s.take() }

func (s *sentRanges) take() []simdc.Range {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.ranges
	s.ranges = nil
	return out
}
