package fetcher

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// TestStatedSizes: the server's bytes decide, whatever the message says.
func TestStatedSizes(t *testing.T) {
	var files []saidToBe
	for _, kind := range []string{scenario.KindDocument, scenario.KindPhoto} {
		for _, real := range []int64{1, 70_000, 128 << 10, 300_001} {
			for _, by := range []int64{-1, 1, -3000, 4096, 5000} {
				if real+by > 0 {
					files = append(files, saidToBe{kind, real, real + by})
				}
			}
			files = append(files, saidToBe{kind, real, 0})
		}
	}
	for _, real := range []int64{3 << 20, 3<<20 + 7, 2_500_000} {
		for _, by := range []int64{-8, 8, -real / 2, 1 << 20} {
			files = append(files, saidToBe{scenario.KindDocument, real, real + by})
		}
		files = append(files, saidToBe{scenario.KindDocument, real, 0}, saidToBe{scenario.KindDocument, real, 2 << 20})
	}
	for name, turned := range map[string]bool{"empty behind the end": false, "refused there": true} {
		t.Run(name, func(t *testing.T) { testStatedSizes(t, files, turned) })
	}
}

// saidToBe is a file and the size that its message says.
type saidToBe struct {
	kind         string
	real, stated int64
}

func testStatedSizes(t *testing.T, files []saidToBe, turned bool) {
	s := startSim(t, func(s *scenario.Scenario) {
		simtest.Pin(s, scenario.EmptyBehindEnd, turned)
		chat := scenario.Chat{ID: 1800000009, Title: "Hints", Username: "simhints"}
		for i, f := range files {
			stated := scenario.Size(f.stated)
			id := int64(9000 + i)
			s.Files = append(s.Files, scenario.File{ID: id, Kind: f.kind, DC: 2, Size: scenario.Size(f.real), StatedSize: &stated})
			chat.Messages = append(chat.Messages, scenario.Message{ID: i + 1, File: id})
		}
		s.Chats = append(s.Chats, chat)
	})
	c := s.client(nil)
	for i, f := range files {
		t.Run(fmt.Sprintf("%s of %d said to be %d", f.kind, f.real, f.stated), func(t *testing.T) {
			dir := t.TempDir()
			found := resolve(t, c, Link{Username: "simhints", First: i + 1, Last: i + 1})[0]
			if stated := found.Size; f.stated == 0 && stated != UnknownSize || f.stated != 0 && stated != f.stated {
				t.Fatalf("the message says %d", stated)
			}
			result, err := c.Fetch(t.Context(), found, Target{Dir: dir, Hash: true})
			if err != nil {
				t.Fatal(err)
			}
			if result.Bytes != f.real || result.Stated != f.stated || result.File.Size != f.real {
				t.Errorf("%d bytes, stated %d", result.Bytes, result.Stated)
			}
			checkContent(t, result.Path, result.File)
			checkDir(t, dir, found.Name)
			again, err := c.Fetch(t.Context(), found, Target{Dir: dir})
			if err != nil || again.Path != result.Path {
				t.Errorf("the second time: %+v, %v", again, err)
			}
			checkDir(t, dir, found.Name)
			in, err := c.Open(t.Context(), found)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			got, err := io.ReadAll(in)
			if err != nil || in.Size() != f.real {
				t.Fatalf("read: %v, size %d", err, in.Size())
			}
			checkBytes(t, got, result.File)
		})
	}
}

// TestStatedSizeThroughCDN: a CDN's file is measured where it comes from.
func TestStatedSizeThroughCDN(t *testing.T) {
	for _, by := range []int64{-9, 9, 200_000} {
		s := startSim(t, func(s *scenario.Scenario) {
			for i := range s.Files {
				if f := &s.Files[i]; f.ID == 3013 || f.ID == 3014 {
					stated := f.Size + scenario.Size(by)
					f.StatedSize = &stated
				}
			}
		})
		c := s.client(nil)
		for _, message := range []int{simNoHashes, simReupload} {
			result, err := c.Fetch(t.Context(), file(t, c, message), Target{Dir: t.TempDir(), Verify: VerifyFull})
			if err != nil {
				t.Errorf("message %d, off by %d: %v", message, by, err)
				continue
			}
			checkContent(t, result.Path, result.File)
		}
	}
}

// TestStatedDCs: what is said of no data center, or of one that nobody knows,
// is found through home.
func TestStatedDCs(t *testing.T) {
	for _, verify := range []VerifyMode{VerifyServer, VerifyFull} {
		for _, dc := range []int{-1, 77, 203} {
			s := startSim(t, func(s *scenario.Scenario) {
				simtest.Pin(s, scenario.PhotoHashes, false) // A photo is to be proven here, too.
				for i := range s.Files {
					if f := &s.Files[i]; f.ID == 3003 || f.ID == 1001 {
						f.StatedDC = dc
					}
				}
			})
			c := s.client(nil)
			for _, message := range []int{simMedium, simAlbum} {
				f := resolve(t, c, simLink(t, message))[0]
				result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir(), Verify: verify})
				if err != nil {
					t.Errorf("message %d said to be on DC %d: %v", message, dc, err)
					continue
				}
				checkContent(t, result.Path, result.File)
			}
			if f := file(t, c, simMedium); f.DC != 5 {
				t.Errorf("said to be on DC %d: remembered to be on %d", dc, f.DC)
			}
		}
	}
}

// TestStatedNames: a name may be missing, doubled or empty.
func TestStatedNames(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{"", "right.bin"}, "right.bin"},
		{[]string{"right.bin", "wrong.bin"}, "right.bin"},
		{[]string{"..", "/", "right.bin"}, "right.bin"},
		{[]string{""}, "document_3002.txt"},
	} {
		s := startSim(t, func(s *scenario.Scenario) {
			for i := range s.Files {
				if s.Files[i].ID == 3002 {
					s.Files[i].Names = tt.names
				}
			}
		})
		if f := file(t, s.client(nil), simSmall); f.Name != tt.want {
			t.Errorf("names %q: %q, want %q", tt.names, f.Name, tt.want)
		}
	}
}

// TestLengthsThatDoNotFit are no reason to believe in another size.
func TestLengthsThatDoNotFit(t *testing.T) {
	for _, tt := range []struct {
		fault scenario.Fault
		is    error
	}{
		{scenario.Fault{Do: scenario.DoShort, Method: "upload.getFile"}, ErrShort},
		{scenario.Fault{Do: scenario.DoEmpty, Method: "upload.getFile"}, ErrShort},
		{scenario.Fault{Do: scenario.DoLong, Method: "upload.getFile"}, ErrLong},
	} {
		s := startSim(t, nil)
		c := s.client(nil)
		f := file(t, c, simSmall)
		s.fault(tt.fault)
		if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); !errors.Is(err, tt.is) {
			t.Errorf("%s: %v", tt.fault.Do, err)
		}
	}
}

// TestShortAnswersAreNoEnd: a file whose size nobody states ends where it ends, not
// where an answer was cut.
func TestShortAnswersAreNoEnd(t *testing.T) {
	unstated := scenario.Size(0)
	for _, do := range []string{scenario.DoShort, scenario.DoEmpty} {
		for first := 1; first <= 3; first++ {
			s := startSim(t, func(s *scenario.Scenario) {
				for i := range s.Files {
					if s.Files[i].ID == 3003 {
						s.Files[i].StatedSize = &unstated
					}
				}
			})
			c := s.client(nil)
			f := file(t, c, simMedium)
			s.fault(scenario.Fault{Do: do, Bytes: 5000, Method: "upload.getFile", First: first, Times: 1})
			result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			if result.Bytes != 5<<20+12345 {
				t.Errorf("%s at request %d: %d bytes", do, first, result.Bytes)
			}
			checkContent(t, result.Path, result.File)
		}
	}
}
