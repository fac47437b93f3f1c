package fetcher

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/cache"
)

func TestFetch(t *testing.T) {
	c := startSim(t, emptied).client(nil)
	for _, tt := range []struct {
		name    string
		message int
		file    string
		route   string
		proven  bool
	}{
		{"small, at home", simSmall, "notes.txt", "1", false},
		{"medium, on a foreign DC", simMedium, "report.pdf", "5", false},
		{"one byte over a block", simOdd, "odd.bin", "3", false},
		{"one byte", 16, "one.bin", "2", false},
		{"one window", 17, "window.bin", "2", false},
		{"one block, media DC", 18, "mib.bin", "4", false},
		{"a name that wants out", simEscape, "x", "1", false},
		{"without a name", simVoice, "voice_3010.ogg", "1", false},
		{"large, media DC", simVideo, "video.mp4", "4", false},
		{"large, moved", simMoved, "moved-video.mp4", "2→4", false},
		{"CDN", simOnCDN, "archive.zip", "2, CDN 203", true},
		{"CDN without hashes", simNoHashes, "cdn-no-hashes.bin", "4, CDN 203", true},
		{"CDN that lacks the file", simReupload, "cdn-all-hashes.bin", "1, CDN 203", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			f := file(t, c, tt.message)
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Hash: true})
			if err != nil {
				t.Fatal(err)
			}
			checkDir(t, dir, tt.file)
			path := filepath.Join(dir, tt.file)
			checkContent(t, path, f)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(data); string(result.SHA256) != string(sum[:]) {
				t.Errorf("hash %x, want %x", result.SHA256, sum)
			}
			if result.Path != path || result.Bytes != f.Size || result.Existing || result.Resumed != 0 {
				t.Errorf("result %+v", result)
			}
			if result.Route != tt.route {
				t.Errorf("route %q, want %q", result.Route, tt.route)
			}
			if f.Size > 0 && result.Connections == 0 {
				t.Error("no connection answered")
			}
			if tt.proven && result.Proven != f.Size || result.Proven > f.Size {
				t.Errorf("%d bytes proven", result.Proven)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if !info.ModTime().Equal(f.Date) {
				t.Errorf("dated %v, want %v", info.ModTime(), f.Date)
			}
		})
	}
}

func TestFileMovesOnce(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMoved)
	if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	moved := s.Log().DC(2).Errors["FILE_MIGRATE_4"]
	if moved == 0 || moved > partsInFlight {
		t.Errorf("DC 2 was asked %d times", moved)
	}
	// The next one knows.
	if f := file(t, c, simMoved); f.DC != simMediaDC {
		t.Errorf("the file is said to be on DC %d", f.DC)
	}
}

func TestMediaEndpointIsUsed(t *testing.T) {
	s := startSim(t, func(sc *scenario.Scenario) {
		// Else the media endpoint is set aside until it knows the key.
		simtest.Pin(sc, scenario.FreshKeys, false)
	})
	c := s.client(nil)
	if _, err := c.Fetch(t.Context(), file(t, c, simVideo), Target{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	for _, conn := range s.Log().Conns() {
		if len(conn.Ranges) == 0 {
			continue
		}
		if conn.DC != simMediaDC || conn.Endpoint != "media" || conn.HeaderDC != -simMediaDC {
			t.Errorf("file bytes came from DC %d, %s, header %d", conn.DC, conn.Endpoint, conn.HeaderDC)
		}
	}
}

func TestFetchWithoutCache(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(func(cfg *Config) { cfg.Cache = cache.None{} })
	for _, message := range []int{simSmall, simMedium, simNoHashes} {
		f := file(t, c, message)
		dir := t.TempDir()
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		checkContent(t, result.Path, f)
	}
}
