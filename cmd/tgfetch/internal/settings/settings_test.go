package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadApp(t *testing.T) {
	for _, c := range []struct {
		name string
		file string // no file when empty
		env  map[string]string
		want App
		err  string
	}{
		{"nothing set", "", nil, App{}, "https://my.telegram.org/apps"},
		{"environment", "", map[string]string{"TGFETCH_API_ID": "7", "TGFETCH_API_HASH": "h"}, App{7, "h"}, ""},
		{"file", "api_id = 8\napi_hash = \"f\"\n", nil, App{8, "f"}, ""},
		{"environment over file", "api_id = 8\napi_hash = \"f\"\n", map[string]string{"TGFETCH_API_ID": "7"}, App{7, "f"}, ""},
		{"half", "api_id = 8\n", nil, App{}, "TGFETCH_API_HASH"},
		{"not a number", "", map[string]string{"TGFETCH_API_ID": "x", "TGFETCH_API_HASH": "h"}, App{}, "TGFETCH_API_ID: not a positive number"},
		{"torn file", "api_id = 8\napi_hash = \"f", nil, App{}, "config.toml: line 2"},
		{"misspelt setting", "api-id = 8\n", nil, App{}, `unknown setting "api-id"`},
		{"wrong type", "api_id = \"8\"\n", nil, App{}, "config.toml: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			if c.file != "" {
				if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := LoadApp(func(k string) string { return c.env[k] }, path)
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			var bad *Error
			switch {
			case c.err == "" && err != nil:
				t.Error(err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("error %v, want one with %q", err, c.err)
			case err != nil && !errors.Is(err, ErrNoApp) && !errors.As(err, &bad):
				t.Errorf("error of type %T", err)
			}
		})
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
