package scenario

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPresetsAreValid(t *testing.T) {
	for name, s := range map[string]Scenario{"default": Default(), "demo": Demo()} {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Errorf("%s does not survive JSON:\n%s", name, diff)
		}
	}
}

func TestScenarioBase(t *testing.T) {
	s, err := Parse([]byte(`{"base":"default","link":{"rtt":"100ms","rate":"10MB","conns":[{"n":3,"rate":"200KB"}]},
		"faults":[{"do":"error","code":420,"text":"FLOOD_WAIT_3","method":"files","every":200,"first":200}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Base = "default"
	want.Link = Link{RTT: Duration(100 * time.Millisecond), Rate: 10e6, Conns: []ConnLink{{N: 3, Rate: 200e3}}}
	want.Faults = []Fault{{Do: DoError, Code: 420, Text: "FLOOD_WAIT_3", Method: "files", Every: 200, First: 200}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

func TestScenarioErrors(t *testing.T) {
	minimal := func(rest string) string {
		return `{"api_id":1,"api_hash":"h","dcs":[{"id":1},{"id":203,"cdn":true}]` + rest + `}`
	}
	if _, err := Parse([]byte(minimal(""))); err != nil {
		t.Fatalf("minimal scenario: %v", err)
	}
	for _, c := range []struct{ json, want string }{
		{`{`, "line 1"},
		{"{\n\"dcs\": [\n}", "line 3"},
		{"{\n\"dsc\": []}", `unknown field "dsc"`},
		{minimal(``) + ` x`, "line 1"},
		{minimal(``) + ` {}`, "more after the end"},
		{`{"base":"nothing"}`, "base"},
		{`{"api_id":"x"}`, "api_id"},
		{`{}`, "api_id"},
		{minimal(`,"link":{"rtt":40}`), "duration"},
		{minimal(`,"link":{"rtt":"-1s"}`), "duration"},
		{minimal(`,"link":{"rate":"fast"}`), "size"},
		{minimal(`,"link":{"rate":-1}`), "size"},
		{minimal(`,"link":{"conns":[{"n":0}]}`), "link.conns[0].n"},
		{minimal(`,"link":{"burst":"100KB"}`), "link.burst, pause"},
		{minimal(`,"link":{"drip":1}`), "link.drip"},
		{minimal(`,"hash_batch":-1`), "hash_batch"},
		{minimal(`,"app_config":{"":1}`), "app_config"},
		{`{"api_id":1,"api_hash":"h"}`, "dcs"},
		{`{"api_id":1,"api_hash":"h","dcs":[{"id":0}]}`, "dcs[0].id"},
		{`{"api_id":1,"api_hash":"h","dcs":[{"id":1},{"id":1}]}`, "dcs[1].id"},
		{`{"api_id":1,"api_hash":"h","dcs":[{"id":1,"key":"../x"}]}`, "dcs[0].key"},
		{`{"api_id":1,"api_hash":"h","dcs":[{"id":1,"cdn":true}]}`, "dcs"},
		{minimal(`,"files":[{"id":1,"dc":203}]`), "files[0].dc"},
		{minimal(`,"files":[{"id":1,"dc":1},{"id":1,"dc":1}]`), "files[1].id"},
		{minimal(`,"files":[{"id":1,"dc":1,"count":3},{"id":3,"dc":1}]`), "files[1].id"},
		{minimal(`,"files":[{"id":1,"dc":1,"kind":"film"}]`), "files[0].kind"},
		{minimal(`,"files":[{"id":1,"dc":1,"cdn_hashes":"few"}]`), "files[0].cdn_hashes"},
		{minimal(`,"files":[{"id":1,"dc":1,"stated_dc":-2}]`), "files[0].stated_dc"},
		{minimal(`,"accounts":[{"id":1,"home_dc":1}]`), "phone or a bot_token"},
		{minimal(`,"accounts":[{"id":1,"home_dc":2,"bot_token":"x"}]`), "accounts[0].home_dc"},
		{minimal(`,"accounts":[{"id":1,"home_dc":1,"phone":"12"}]`), "accounts[0].phone"},
		{minimal(`,"accounts":[{"id":1,"home_dc":1,"phone":"1234567"}]`), "accounts[0].code"},
		{minimal(`,"accounts":[{"id":1,"home_dc":1,"bot_token":"x","saved":[{"id":1,"file":5}]}]`), "accounts[0].saved[0].file"},
		{minimal(`,"chats":[{"id":1,"members":[5]}]`), "chats[0].members[0]"},
		{minimal(`,"chats":[{"id":1,"messages":[{"id":1},{"id":1}]}]`), "chats[0].messages[1].id"},
		{minimal(`,"files":[{"id":1,"dc":1,"count":1000001}]`), "files[0].count"},
		{minimal(`,"chats":[{"id":1,"messages":[{"id":1,"count":-1}]}]`), "chats[0].messages[0].count"},
		{minimal(`,"chats":[{"id":1,"messages":[{"id":2000000001}]}]`), "chats[0].messages[0].id"},
		{minimal(`,"chats":[{"id":1,"username":"a"},{"id":2,"username":"A"}]`), "chats[1].username"},
		{minimal(`,"chats":[{"id":1,"messages":[{"id":1,"alternatives":[5]}]}]`), "chats[0].messages[0].alternatives[0]"},
		{minimal(`,"chats":[{"id":1,"stories":[{"id":1,"file":5}]}]`), "chats[0].stories[0]"},
		{minimal(`,"chats":[{"id":1,"invite":"x"},{"id":2,"invite":"x"}]`), "chats[1].invite"},
		{minimal(`,"chats":[{"id":1,"discussion":1}]`), "chats[0].discussion"},
		{minimal(`,"accounts":[{"id":1,"home_dc":1,"bot_token":"x","photos":[5]}]`), "accounts[0].photos[0]"},
		{minimal(`,"accounts":[{"id":1,"home_dc":1,"bot_token":"x","saved":[{"id":1,"with":1}]}]`), "accounts[0].saved[0].with"},
		{minimal(`,"sticker_sets":[{"id":1}]`), "sticker_sets[0]"},
		{minimal(`,"sticker_sets":[{"id":1,"name":"a","files":[5]}]`), "sticker_sets[0].files[0]"},
		{minimal(`,"faults":[{"do":"options","count":100001}]`), "faults[0].count"},
		{minimal(`,"faults":[{"do":"explode"}]`), "faults[0].do"},
		{minimal(`,"faults":[{"do":"error"}]`), "faults[0].code"},
		{minimal(`,"faults":[{"do":"transport","code":5}]`), "faults[0].code"},
		{minimal(`,"faults":[{"do":"drop","endpoint":"x"}]`), "faults[0].endpoint"},
		{minimal(`,"faults":[{"do":"flip","once_per_window":true}]`), "faults[0].once_per_window"},
		{minimal(`,"faults":[{"do":"drop","every":-1}]`), "faults[0].first"},
	} {
		if _, err := Parse([]byte(c.json)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n\terror %v, want one with %q", c.json, err, c.want)
		}
	}
}

func TestReadScenarioNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	if _, err := Read(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("empty scenario: %v", err)
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]Size{
		"0": 0, "10": 10, "10B": 10, "64KiB": 65536, "10MB": 1e7, "1.5 MiB": 3 << 19, "4GiB": 4 << 30, "2GB": 2e9, "3kB": 3000,
	} {
		if got, err := ParseSize(in); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "B", "MiB", "-1", "1TB", "1e300", "NaN", "1 0"} {
		if got, err := ParseSize(in); !errors.Is(err, errSize) {
			t.Errorf("%q: %d, %v", in, got, err)
		}
	}
}
