package partfile

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// helperEnv makes the test binary a downloader, of the file "id:size:path".
const helperEnv = "PARTFILE_TEST_HELPER"

const (
	helperWorkers = 8
	helperPart    = 512 << 10
	helperDelay   = 2 * time.Millisecond // of the source, per part
)

var kills = flag.Int("kills", 5, "how often the kill test kills the downloading process")

// helper downloads a file with several workers, and prints a line with the
// length of each part before it asks for it.
func helper(spec string) error {
	var (
		id   = Identity{Kind: "document"}
		path string
	)
	if _, err := fmt.Sscanf(strings.ReplaceAll(spec, ":", " "), "%d %d %s", &id.ID, &id.Size, &path); err != nil {
		return err
	}
	var d Disk
	f, err := d.Open(path, id, Options{})
	if errors.Is(err, ErrExists) {
		// The last process had come to the very end. Its bytes are checked too.
		return d.Tidy(path, nil)
	}
	if err != nil {
		return err
	}
	p, err := plan(f)
	if err != nil {
		return err
	}
	var (
		mu   sync.Mutex // guards p
		wg   sync.WaitGroup
		errs [helperWorkers]error
	)
	for i := range errs {
		wg.Go(func() {
			data := make([]byte, helperPart)
			for errs[i] == nil {
				mu.Lock()
				part, ok := p.Next(helperPart)
				mu.Unlock()
				if !ok {
					return
				}
				fmt.Println(part.Bytes)
				<-time.After(helperDelay)
				fill(id.ID, part.Offset, data[:part.Bytes])
				_, errs[i] = f.WriteAt(data[:part.Bytes], part.Offset)
				mu.Lock()
				_, grains := p.Done(part, part.Bytes)
				mu.Unlock()
				for _, g := range grains {
					errs[i] = errors.Join(errs[i], f.Done(g, nil))
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs[:], f.Finish(id.Size, time.Time{}))...)
}

// TestKill kills real processes at random moments of a download.
func TestKill(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var (
		dir            = t.TempDir()
		killed, files  int
		fetched, twice int64
	)
	for killed < *kills {
		files++
		id := Identity{ID: int64(files), Size: 48<<20 + 12345}
		path := filepath.Join(dir, fmt.Sprint("file", files))
		asked, died := downloadUnderFire(t, exe, id, path, *kills-killed)
		killed += died
		fetched += asked
		twice += asked - id.Size
		if most := int64(died) * helperWorkers * helperPart; asked-id.Size > most {
			t.Errorf("file %d: %d bytes fetched twice in %d kills, more than the %d in flight", files, asked-id.Size, died, most)
		}
		checkSum(t, id, path)
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Fatalf("left in the folder: %v, %v", entries, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills over %d files: %d MiB fetched, %.2f MiB of them twice (%.2f MiB per kill)",
		killed, files, fetched>>20, float64(twice)/(1<<20), float64(twice)/(1<<20)/float64(killed))
}

// downloadUnderFire downloads one file in as many processes as it takes, most
// of which it kills, and answers how many bytes they asked for together.
func downloadUnderFire(t *testing.T, exe string, id Identity, path string, most int) (asked int64, died int) {
	t.Helper()
	for {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d:%d:%s", helperEnv, id.ID, id.Size, path))
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var fuse *time.Timer
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var n int64
			if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
				t.Fatal(err)
			}
			asked += n
			if fuse == nil && died < most {
				fuse = time.AfterFunc(rand.N(30*time.Millisecond), func() { _ = cmd.Process.Kill() })
			}
		}
		err = cmd.Wait()
		if fuse != nil {
			fuse.Stop()
		}
		if err == nil {
			return asked, died
		}
		if stderr.Len() > 0 {
			t.Fatalf("downloader: %v: %s", err, &stderr)
		}
		died++
	}
}

func checkSum(t *testing.T, id Identity, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := sha256.New()
	if _, err := io.Copy(got, f); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, id.Size)
	fill(id.ID, 0, b)
	if want := sha256.Sum256(b); string(got.Sum(nil)) != string(want[:]) {
		t.Errorf("%s: wrong bytes", path)
	}
}
