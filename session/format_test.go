package session

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func goldenKeys() ([]byte, error) {
	secs := make(sections)
	if err := encodeKeys(sampleKeys(), secs); err != nil {
		return nil, err
	}
	return formatFile(keysName, secs)
}

func TestKeysFormatIsGolden(t *testing.T) {
	got, err := goldenKeys()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "keys.golden")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the format of the keys file has changed (-want +got):\n%s", diff)
	}
	secs, err := parseFile(keysName, want)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := decodeKeys(secs)
	if err != nil || !cmp.Equal(sampleKeys(), keys) {
		t.Errorf("error %v, diff %s", err, cmp.Diff(sampleKeys(), keys))
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	keys := sampleKeys()
	key := keys.DCs[1].AuthKey
	secret := fmt.Sprint(key[:4])
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if text := fmt.Sprintf(verb, keys); strings.Contains(text, strings.Trim(secret, "[]")) {
			t.Errorf("%s shows the key", verb)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	good, err := goldenKeys()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("tgfetch keys 1 \n{}"))
	f.Add(seal(keysName, []byte(`{"account":{"home_dc":2}}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		secs, err := parseFile(keysName, data)
		if err != nil {
			return
		}
		keys, err := decodeKeys(secs)
		if err != nil {
			return
		}
		if err := encodeKeys(keys, secs); err != nil {
			t.Fatal(err)
		}
		once, err := formatFile(keysName, secs)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseFile(keysName, once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := formatFile(keysName, again); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("a rewritten file is not the same: %v", err)
		}
	})
}
