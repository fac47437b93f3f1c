package settings

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// options are flags as a command has them, of each kind.
type options struct {
	App
	dir   string
	dc    int
	quiet bool
	ext   []string
}

func (o *options) flags() (*pflag.FlagSet, []*pflag.Flag) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SortFlags = false
	set.StringVar(&o.dir, "dir", ".", "")
	set.IntVar(&o.dc, "start-dc", 0, "")
	set.BoolVar(&o.quiet, "quiet", false, "")
	set.StringSliceVar(&o.ext, "ext", nil, "")
	o.Register(set)
	var list []*pflag.Flag
	set.VisitAll(func(f *pflag.Flag) { list = append(list, f) })
	return set, list
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		file string // no file when empty
		want options
		from map[string]string // those that are not the default; FILE stands for the file
		err  string
	}{
		{name: "nothing set", want: options{dir: "."}},
		{
			name: "each from elsewhere",
			args: []string{"--dir", "flag"},
			env:  map[string]string{"TGFETCH_DIR": "env", "TGFETCH_START_DC": "4"},
			file: "dir = \"file\"\nstart_dc = 5\nquiet = true\next = [\"mp4\", \"jpg\"]\napi_id = 7\napi_hash = \"h\"\n",
			want: options{App: App{7, "h"}, dir: "flag", dc: 4, quiet: true, ext: []string{"mp4", "jpg"}},
			from: map[string]string{
				"dir": "--dir", "start_dc": "TGFETCH_START_DC", "quiet": "FILE", "ext": "FILE", "api_id": "FILE", "api_hash": "FILE",
			},
		},
		{name: "an empty variable is none", env: map[string]string{"TGFETCH_DIR": ""}, want: options{dir: "."}},
		{name: "a flag with the default's value", args: []string{"--dir", "."}, file: `dir = "x"`, want: options{dir: "."}, from: map[string]string{"dir": "--dir"}},
		{name: "bad variable", env: map[string]string{"TGFETCH_START_DC": "x"}, err: `TGFETCH_START_DC: "x" is not a valid value (invalid syntax)`},
		{name: "bad value", file: "start_dc = \"x\"\n", err: `config.toml: start_dc: "x" is not a valid value`},
		{name: "torn file", file: "dir = \"f", err: "config.toml: line 1"},
		{name: "misspelt setting", file: "start-dc = 8\n", err: `unknown setting "start-dc"`},
		{name: "a table", file: "[dir]\nx = 1\n", err: "dir: not a word"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			if c.file != "" {
				if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var got options
			set, list := got.flags()
			if err := set.Parse(c.args); err != nil {
				t.Fatal(err)
			}
			values, err := Resolve(list, func(k string) string { return c.env[k] }, path)
			if c.err != "" {
				if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want one with %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(options{})); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			for i, v := range values {
				want := c.from[v.Name]
				if want == "" {
					want = FromDefault
				}
				if from := strings.Replace(v.From, path, "FILE", 1); from != want {
					t.Errorf("%s comes from %s, want %s", v.Name, from, want)
				}
				if v.Value != list[i].Value.String() {
					t.Errorf("%s is reported as %q", v.Name, v.Value)
				}
			}
		})
	}
}

func TestCheckApp(t *testing.T) {
	for _, c := range []struct {
		app  App
		want string
	}{
		{App{}, "https://my.telegram.org/apps"},
		{App{ID: 7}, "TGFETCH_API_HASH"},
		{App{-7, "h"}, "not a positive number"},
		{App{7, "h"}, ""},
	} {
		if err := c.app.Check(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.app, err, c.want)
		}
	}
}

func TestClusterStateDirIsApart(t *testing.T) {
	a := ClusterStateDir("api 1", "127.0.0.1:4001", "127.0.0.1:4002")
	if a != ClusterStateDir("api 1", "127.0.0.1:4002", "127.0.0.1:4001") {
		t.Error("the order of the addresses changes the folder")
	}
	for _, other := range []string{
		ClusterStateDir("api 2", "127.0.0.1:4001", "127.0.0.1:4002"),
		ClusterStateDir("api 1", "127.0.0.1:4001"),
		StateDir(),
	} {
		if a == other {
			t.Errorf("two networks share %s", a)
		}
	}
}

func TestAccounts(t *testing.T) {
	for name, ok := range map[string]bool{
		"": true, "default": true, "work": true, "a-b_2": true,
		"Work": false, "../x": false, "a/b": false, ".": false, "-x": false, "ä": false, strings.Repeat("a", 33): false,
	} {
		if err := CheckAccount(name); (err == nil) != ok {
			t.Errorf("account %q: %v", name, err)
		}
	}
	dir := t.TempDir()
	if got := Accounts(dir); !slices.Equal(got, []string{"default"}) {
		t.Errorf("accounts of an empty folder: %q", got)
	}
	for _, name := range []string{"work", "home"} {
		if err := os.MkdirAll(AccountDir(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got := Accounts(dir); !slices.Equal(got, []string{"default", "home", "work"}) {
		t.Errorf("accounts %q", got)
	}
	if AccountDir(dir, "") != dir || AccountDir(dir, "default") != dir {
		t.Error("the default account does not live in the folder of its network")
	}
}
