// Package settings finds what tgfetch needs to know before it starts: the application's credentials
// and the folder of the session.
//
// Credentials come from TGFETCH_API_ID and TGFETCH_API_HASH, else from the configuration file. A
// cluster file brings its own, so nothing of this is read then.
package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/adrg/xdg"
)

// App is an application as registered with Telegram.
type App struct {
	ID   int
	Hash string
}

// ErrNoApp means that no credentials are set. Its text says where they come from.
var ErrNoApp = errors.New("no Telegram application is set: get an api_id and api_hash from https://my.telegram.org/apps, " +
	"then set TGFETCH_API_ID and TGFETCH_API_HASH, or write api_id and api_hash into " + ConfigPath())

// Error is a setting that cannot be used.
type Error struct {
	Where  string // a file or an environment variable
	Reason string
}

func (e *Error) Error() string { return e.Where + ": " + e.Reason }

// ConfigPath is the configuration file, which need not exist.
func ConfigPath() string { return filepath.Join(xdg.ConfigHome, "tgfetch", "config.toml") }

// file is the configuration file.
type file struct {
	APIID   int    `toml:"api_id"`
	APIHash string `toml:"api_hash"`
}

// LoadApp returns the application's credentials: from getenv, else from the file at path.
// Errors: [ErrNoApp], [*Error].
func LoadApp(getenv func(string) string, path string) (App, error) {
	f, err := readFile(path)
	if err != nil {
		return App{}, err
	}
	app := App{ID: f.APIID, Hash: f.APIHash}
	if s := getenv("TGFETCH_API_ID"); s != "" {
		id, err := strconv.Atoi(s)
		if err != nil || id <= 0 {
			return App{}, &Error{"TGFETCH_API_ID", "not a positive number; copy the api_id shown on https://my.telegram.org/apps"}
		}
		app.ID = id
	}
	if s := getenv("TGFETCH_API_HASH"); s != "" {
		app.Hash = s
	}
	if app.ID == 0 || app.Hash == "" {
		return App{}, ErrNoApp
	}
	return app, nil
}

func readFile(path string) (file, error) {
	var f file
	meta, err := toml.DecodeFile(path, &f)
	var bad toml.ParseError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file{}, nil
	case errors.As(err, &bad):
		return file{}, &Error{path, fmt.Sprintf("line %d: %s; correct or remove it", bad.Position.Line, bad.Message)}
	case err != nil:
		return file{}, &Error{path, err.Error()}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return file{}, &Error{path, fmt.Sprintf("unknown setting %q; the settings are api_id and api_hash", unknown[0].String())}
	}
	if f.APIID < 0 {
		return file{}, &Error{path, "api_id: not a positive number"}
	}
	return f, nil
}

// StateDir is where the session of the real Telegram lives.
func StateDir() string { return filepath.Join(xdg.StateHome, "tgfetch", "telegram") }

// ClusterStateDir is where the session of a cluster lives. It is a folder apart for each cluster, so
// that a test server never sees, and never replaces, the keys of the real account, nor those of
// another cluster. Marks are what tells clusters apart, in any order: the application's id, the
// addresses, the RSA keys. Simulators share their RSA keys, so addresses are needed among them.
func ClusterStateDir(marks ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(marks)), "\n")))
	return filepath.Join(xdg.StateHome, "tgfetch", "clusters", hex.EncodeToString(sum[:8]))
}
