package fetcher

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Facts of the files that verifySim adds, messages of t.me/simfiles.
const (
	simPlain  = 200 // 24 MiB and a bit on DC 4, with hashes.
	simBlank  = 201 // 24 MiB on DC 4, without.
	simLittle = 202 // 256 KiB on DC 4, with hashes.
	simDotted = 203 // 4 MiB on DC 4 and the CDN.
)

func verifySim(t *testing.T) *sim {
	return startSim(t, func(s *scenario.Scenario) {
		for message, f := range map[int]scenario.File{
			simPlain:  {DC: 4, Size: 24<<20 + 777, Name: "plain.bin"},
			simBlank:  {DC: 4, Size: 24 << 20, Name: "blank.bin", NoHashes: true},
			simLittle: {DC: 4, Size: 256 << 10, Name: "little.bin"},
			simDotted: {DC: 4, Size: 4 << 20, Name: "dotted.bin", CDN: true, CDNHashes: scenario.HashesAll},
		} {
			f.ID = int64(9200 + message)
			s.Files = append(s.Files, f)
			s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: message, File: f.ID})
		}
	})
}

// requests counts what the simulator was asked for: data, and hashes.
func (s *sim) requests() (data, hashes int) {
	for _, dc := range s.Log().DCs() {
		data += dc.Methods["upload.getFile"] + dc.Methods["upload.getCdnFile"]
		hashes += dc.Methods["upload.getFileHashes"]
	}
	return data, hashes
}

// What each mode costs in requests, and what it proves.
func TestVerifyModes(t *testing.T) {
	s := verifySim(t)
	for _, tt := range []struct {
		message int
		mode    VerifyMode
		hashes  func(asked, data int) bool
		proven  func(n, size int64) bool
		noHash  bool
		why     Reason
	}{
		{simPlain, VerifyOff, none, nothing, false, ReasonOff},
		{simPlain, VerifyServer, aTenth, some, false, ReasonSample},
		{simPlain, VerifyFull, exactly(25), everything, false, ""}, // Eight windows each.
		{simBlank, VerifyOff, none, nothing, false, ReasonOff},
		{simBlank, VerifyServer, exactly(1), nothing, false, ReasonNoHash},
		{simBlank, VerifyFull, few, nothing, true, ""},
		{simLittle, VerifyServer, none, nothing, false, ReasonSmall},
		{simLittle, VerifyFull, exactly(1), everything, false, ""},
		{simDotted, VerifyOff, none, everything, false, ""},
		{simDotted, VerifyServer, none, everything, false, ""},
		{simDotted, VerifyFull, none, everything, false, ""},
	} {
		name := map[int]string{simPlain: "hashes", simBlank: "none", simLittle: "small", simDotted: "CDN"}[tt.message]
		t.Run(fmt.Sprintf("%s/%v", name, tt.mode), func(t *testing.T) {
			c := s.client(nil)
			f := file(t, c, tt.message)
			data, hashes := s.requests()
			result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir(), Verify: tt.mode})
			after, asked := s.requests()
			data, asked = after-data, asked-hashes
			t.Logf("%d requests for data, %d for hashes, %d of %d bytes proven", data, asked, result.Proven, f.Size)
			bad, failed := errors.AsType[*VerifyError](err)
			if failed != tt.noHash || failed && !bad.NoHash || !failed && err != nil {
				t.Fatalf("got %v", err)
			}
			if !tt.hashes(asked, data) {
				t.Errorf("%d requests for hashes, %d for data", asked, data)
			}
			if failed {
				return
			}
			if !tt.proven(result.Proven, f.Size) || result.Proven+lengths(result.Unproven) != f.Size {
				t.Errorf("%d bytes proven, %v not, of %d", result.Proven, result.Unproven, f.Size)
			}
			if result.Why != tt.why {
				t.Errorf("the rest is not proven since %q, want %q", result.Why, tt.why)
			}
			checkContent(t, result.Path, f)
		})
	}
}

// lengths is how many bytes there are in ranges.
func lengths(list []Range) (n int64) {
	for _, r := range list {
		n += r.Len()
	}
	return n
}

func none(asked, _ int) bool      { return asked == 0 }
func few(asked, _ int) bool       { return asked <= fullAsks }
func aTenth(asked, data int) bool { return asked > 0 && asked <= data/hashPace }

func exactly(n int) func(int, int) bool { return func(asked, _ int) bool { return asked == n } }

func nothing(n, _ int64) bool       { return n == 0 }
func some(n, size int64) bool       { return n > 0 && n < size }
func everything(n, size int64) bool { return n == size }

// A window that the data center sent wrong is fetched again, and only that.
func TestWrongBytesAreFetchedAgain(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simPlain)
	s.fault(scenario.Fault{Do: scenario.DoFlip, Method: "upload.getFile", EveryWindow: 40, OncePerWindow: true})
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir(), Verify: VerifyFull, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if result.Proven != f.Size || result.Refetched != 4*128<<10 {
		t.Errorf("%d bytes proven, %d fetched again", result.Proven, result.Refetched)
	}
	if want := sumOf(t, result.Path); string(result.SHA256) != string(want) {
		t.Errorf("hash %x, want %x", result.SHA256, want)
	}
}

func TestBytesThatStayWrongFailTheFile(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simPlain)
	s.fault(scenario.Fault{Do: scenario.DoFlip, Method: "upload.getFile", EveryWindow: 40})
	dir := t.TempDir()
	_, err := c.Fetch(t.Context(), f, Target{Dir: dir, Verify: VerifyFull})
	if bad, ok := errors.AsType[*VerifyError](err); !ok || bad.NoHash || (bad.Offset/(128<<10)+1)%40 != 0 {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, f.Name)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a wrong file is there: %v", err)
	}
}

// A sample is given up when the data center does not like it; the file is not.
func TestSamplesEndWithTheFirstRefusal(t *testing.T) {
	for name, fault := range map[string]scenario.Fault{
		"flood":   {Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_3600"},
		"empty":   {Do: scenario.DoEmpty},
		"unknown": {Do: scenario.DoError, Code: 400, Text: "INPUT_METHOD_INVALID"},
		"silence": {Do: scenario.DoDrop},
	} {
		t.Run(name, func(t *testing.T) {
			s := verifySim(t)
			c := s.client(nil)
			fault.Method = "upload.getFileHashes"
			s.fault(fault)
			var before int
			for i, message := range []int{simPlain, simVideo} {
				f := file(t, c, message)
				result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
				if err != nil || result.Proven != 0 {
					t.Fatalf("%d bytes proven, %v", result.Proven, err)
				}
				checkContent(t, result.Path, f)
				_, asked := s.requests()
				if i > 0 && asked != before && name != "silence" {
					t.Errorf("asked %d times more", asked-before)
				}
				before = asked
			}
		})
	}
}

// A file that was there in part is proven in full, too.
func TestFullCoversWhatAnEarlierRunLeft(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simPlain)
	dir := t.TempDir()
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", Code: 400, Text: "LOCATION_INVALID", First: 40, Every: 1})
	if _, err := c.Fetch(t.Context(), f, Target{Dir: dir, Verify: VerifyOff}); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v", err)
	}
	if err := s.SetFaults(); err != nil {
		t.Fatal(err)
	}
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Verify: VerifyFull})
	if err != nil || result.Resumed == 0 || result.Proven != f.Size {
		t.Fatalf("%+v, %v", result, err)
	}
	checkContent(t, result.Path, f)
}

func TestVerifyModeText(t *testing.T) {
	for mode, name := range maps.All(map[VerifyMode]string{VerifyOff: "off", VerifyServer: "server", VerifyFull: "full"}) {
		var got VerifyMode
		if err := got.UnmarshalText([]byte(name)); err != nil || got != mode || got.String() != name {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	if err := new(VerifyMode).UnmarshalText([]byte("some")); err == nil {
		t.Error("any word is a mode")
	}
}
