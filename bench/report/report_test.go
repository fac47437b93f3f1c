package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// full has something in every field.
func full() Report {
	s := Setting{Connections: 4, Window: 512 << 10, Part: 128 << 10}
	return Report{
		Version: Version, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Seconds: 12.5, Bytes: 1 << 20,
		MaxBytes: 2 << 20, MaxSeconds: 600, Machine: Machine{OS: "linux", Arch: "amd64", CPU: "Z80", Cores: 2, Go: "go1.26"},
		Home: 2, Partial: "stopped",
		DCs: []DC{{
			DC: 203, Kind: CDN, Home: true, Origin: 2, Addresses: []string{"127.0.0.1:443"}, Files: 1, FileBytes: 8 << 20,
			Dial: []float64{0.05}, Exchange: 0.3, RTT: []float64{0.06},
			Points: []Point{{Setting: s, Windows: []Window{{At: 3, Seconds: 0.25, Bytes: 1e6, CPU: 0.1, Busy: 0.2}}, Rate: 4e6, Low: 3e6, High: 5e6, Flooded: true}},
			Floods: []Flood{{At: 9, Setting: s, Parallel: 16, Sent: 200, Wait: 3}}, Checked: 1 << 17, Note: "note",
			Verdict: Verdict{Limit: LimitDC, Setting: s, Rate: 4e6, Sentence: "It is so."},
		}},
		Together: &Together{A: TogetherDC{Name: "DC 2", Alone: 4e6, AtOnce: 2e6}, B: TogetherDC{Name: "DC 4", Alone: 4e6, AtOnce: 2e6}},
		Findings: []Finding{{Kind: FindingShared, Sentence: "They share."}},
	}
}

// TestFormat guards the JSON of version 1: fields may be added, with a line here;
// whoever changes or removes one has to change the version.
func TestFormat(t *testing.T) {
	got, err := json.MarshalIndent(full(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "report.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Error(diff)
	}
	back, err := Read(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), back); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := Read(strings.NewReader(`{"version": 2}`)); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v", err)
	}
	if _, err := Read(strings.NewReader(`nonsense`)); err == nil {
		t.Error("nonsense was read")
	}
}
