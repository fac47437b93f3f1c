package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzStateFile: whatever a state file holds is refused, or merged, bounded and
// read back as it was written.
func FuzzStateFile(f *testing.F) {
	secs := make(sections)
	if err := encodeState(sampleState(), secs); err != nil {
		f.Fatal(err)
	}
	good, err := formatFile(stateName, secs)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, false)
	f.Add([]byte(`{"options":[{"id":2,"ip":"127.0.0.1","port":-1}],"options_expire":"x"}`), true)
	f.Add([]byte(`{"peers":{"@x":{"kind":300}},"documents":null,"dcs":{"x":{}}}`), true)
	f.Add([]byte(`{"dcs":{"-4":{"connections":-9223372036854775808}},"future":[1]}`), true)
	f.Fuzz(func(t *testing.T, data []byte, resealed bool) {
		if resealed { // Past the checksum, which chance does not get through.
			data = seal(stateName, data)
		}
		secs, err := parseFile(stateName, data)
		if err != nil {
			return
		}
		disk, err := decodeState(secs)
		if err != nil {
			return
		}
		disk.initMaps()
		next := disk.Clone()
		next.Documents[DocumentKey(1)] = 1
		next.Peers[UserKey(1)] = Peer{ID: 1}
		var want State
		want.initMaps()
		mergeState(&want, want.Clone(), next)
		trimState(&want)
		if err := encodeState(want, secs); err != nil {
			t.Fatal(err)
		}
		rewritten, err := formatFile(stateName, secs)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseFile(stateName, rewritten)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeState(again)
		if err != nil || !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
			t.Errorf("error %v, diff %s", err, cmp.Diff(want, got, cmpopts.EquateEmpty()))
		}
	})
}
