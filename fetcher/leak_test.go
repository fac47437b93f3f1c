package fetcher

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"
)

// openFiles counts the file descriptors of this process; ok is false where the
// system does not say.
func openFiles() (n int, ok bool) {
	entries, err := os.ReadDir("/proc/self/fd")
	return len(entries), err == nil
}

// settled waits until fn reports at most limit, for what ends in the background,
// and returns what it reported last.
func settled(limit int, fn func() int) int {
	deadline := time.Now().Add(10 * time.Second)
	for {
		n := fn()
		if n <= limit || time.Now().After(deadline) {
			return n
		}
		<-time.After(10 * time.Millisecond)
	}
}

// Downloads that are cancelled at any moment leave no goroutine and no open file
// behind, neither while the client lives on nor after it.
func TestCancelledDownloadsLeakNothing(t *testing.T) {
	const downloads = 50
	if _, ok := openFiles(); !ok {
		t.Log("this system does not list open files, only goroutines are counted")
	}
	s := startSim(t, nil)
	files := func() int {
		n, _ := openFiles()
		return n
	}
	s.client(nil) // The simulator's and the test's own share is there from now on.
	outer := [2]int{runtime.NumGoroutine(), files()}

	// Few connections, so that all are open from the first round on.
	c := s.client(func(cfg *Config) { cfg.Limits.Pool.Connections = 2 })
	messages := []int{simVideo, simOnCDN, simMedium, simReupload}
	var all []File
	for _, message := range messages {
		f := file(t, c, message)
		all = append(all, f)
		// Once whole, so that what stays open for the next one is open.
		if _, err := c.Fetch(t.Context(), f, Target{Writer: &discard{}}); err != nil {
			t.Fatal(err)
		}
	}
	inner := [2]int{runtime.NumGoroutine(), files()}
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	stopped := 0
	for range downloads {
		f := all[random.IntN(len(all))]
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(60))*time.Millisecond)
		_, err := c.Fetch(ctx, f, Target{Dir: dir})
		cancel()
		if err != nil {
			stopped++
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	t.Logf("%d of %d downloads were cancelled", stopped, downloads)
	// Connections may come and go; a leak of one per download is far more.
	if n := settled(inner[0]+10, runtime.NumGoroutine); n > inner[0]+10 {
		t.Errorf("%d goroutines after %d downloads, %d before", n, downloads, inner[0])
	}
	if n := settled(inner[1]+10, files); n > inner[1]+10 {
		t.Errorf("%d open files after %d downloads, %d before", n, downloads, inner[1])
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if n := settled(outer[0], runtime.NumGoroutine); n > outer[0] {
		t.Errorf("%d goroutines after the client was closed, %d before it", n, outer[0])
	}
	if n := settled(outer[1], files); n > outer[1] {
		t.Errorf("%d open files after the client was closed, %d before it", n, outer[1])
	}
}
