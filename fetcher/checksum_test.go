package fetcher

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// checkSums has sha256sum check a file of sums, where there is one.
func checkSums(t *testing.T, path string) {
	t.Helper()
	program, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Logf("not checked by sha256sum: %v", err)
		return
	}
	cmd := exec.Command(program, "--strict", "-c", filepath.Base(path))
	cmd.Dir = filepath.Dir(path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum -c: %v\n%s", err, out)
	}
}

func write(t *testing.T, path, data string) []byte {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(data))
	return sum[:]
}

func TestChecksums(t *testing.T) {
	dir := t.TempDir()
	sums := filepath.Join(dir, "sums", "sha256sums.txt")
	write(t, filepath.Join(dir, "sums", "a b"), "1")
	for name, before := range map[string]string{
		"no file":            "",
		"another program's":  fmt.Sprintf("%x *a b\n", sha256.Sum256([]byte("1"))),
		"no newline":         fmt.Sprintf("%x  a b", sha256.Sum256([]byte("1"))),
		"a torn line":        "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  a b\n6b86b273ff34",
		"a sum that changed": fmt.Sprintf("%064x  b\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(sums); err != nil {
				t.Fatal(err)
			}
			if before != "" {
				write(t, sums, before)
			}
			c, err := OpenChecksums(sums)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				for i, name := range []string{"sums/b", "up", `sums/back\slash`, "sums/new\nline", "sums/ in/deep", "sums/ж"} {
					path := filepath.Join(dir, filepath.FromSlash(name))
					if err := c.Add(write(t, path, fmt.Sprint(i)), path); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			checkSums(t, sums)
			data, err := os.ReadFile(sums)
			if err != nil {
				t.Fatal(err)
			}
			want := 6
			if strings.Contains(before, "a b") {
				want++
			}
			if n := strings.Count(string(data), "\n"); n != want {
				t.Errorf("%d lines, want %d:\n%s", n, want, data)
			}
		})
	}
}

func TestChecksumsOfSeveral(t *testing.T) {
	dir := t.TempDir()
	sums := filepath.Join(dir, "sums")
	var wg sync.WaitGroup
	for i := range 4 {
		c, err := OpenChecksums(sums)
		if err != nil {
			t.Fatal(err)
		}
		for j := range 25 {
			path := filepath.Join(dir, fmt.Sprintf("%d-%d", i, j))
			sum := write(t, path, path)
			wg.Go(func() {
				if err := c.Add(sum, path); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	checkSums(t, sums)
	c, err := OpenChecksums(sums)
	if err != nil || len(c.sums) != 100 {
		t.Errorf("%d sums, %v", len(c.sums), err)
	}
}

func TestFetchAddsChecksums(t *testing.T) {
	s := startSim(t, emptied)
	c := s.client(nil)
	dir := t.TempDir()
	sums, err := OpenChecksums(filepath.Join(dir, "sha256sums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // The second finds the files there.
		for _, message := range []int{simSmall, simMedium, simPage} {
			if _, err := c.Fetch(t.Context(), file(t, c, message), Target{Dir: filepath.Join(dir, "files"), Checksums: sums}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(sums.sums) != 3 {
		t.Errorf("%d sums", len(sums.sums))
	}
	checkSums(t, sums.path)
}

func FuzzParseSum(f *testing.F) {
	f.Add("6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", "a b")
	f.Add("6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", "a\\\n\r")
	f.Fuzz(func(t *testing.T, sum, name string) {
		line := formatSum(sum, name)
		got, of, ok := parseSum(line)
		if ok && (got != strings.ToLower(sum) || of != name) && len(sum) == 64 {
			t.Errorf("%q is read as %q of %q", line, got, of)
		}
	})
}

// TestChecksumsToNowhere: the null device takes sums and is not synced, which it does not know.
func TestChecksumsToNowhere(t *testing.T) {
	t.Parallel()
	c, err := OpenChecksums(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range []byte{1, 2} {
		if err := c.Add(bytes.Repeat([]byte{sum}, 32), "f"); err != nil {
			t.Error(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
