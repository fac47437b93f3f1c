// Package settings finds what tgfetch needs to know before it starts: the value of every option, the
// application's credentials, and the folder of the session.
//
// An option's value comes from the command line, else from the environment, else from the
// configuration file, else it is the default: --log-file, then TGFETCH_LOG_FILE, then log_file. All
// options go through [Resolve], so there is no other order anywhere.
package settings

import (
	"errors"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/spf13/pflag"
)

// App is an application as registered with Telegram.
type App struct {
	ID   int
	Hash string
}

// Register adds the application's credentials to flags. They are settings only, for a command line is
// seen by others on the machine: the flags belong to no command.
func (a *App) Register(flags *pflag.FlagSet) {
	flags.IntVar(&a.ID, "api-id", 0, "the application's id")
	flags.StringVar(&a.Hash, "api-hash", "", "the application's hash")
}

// Check says whether the credentials are there and can be right.
//
// Errors: [ErrNoApp], [*Error].
func (a App) Check() error {
	switch {
	case a.ID < 0:
		return &Error{"api_id", "not a positive number; copy it from https://my.telegram.org/apps"}
	case a.ID == 0 || a.Hash == "":
		return ErrNoApp
	}
	return nil
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
