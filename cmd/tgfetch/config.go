package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

func newConfig(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show every setting and where it comes from",
		Long: `Show every setting and where it comes from. A flag counts before its environment
variable, that before the configuration file: --log-file, TGFETCH_LOG_FILE, and
in the file log_file. The file is TOML, $XDG_CONFIG_HOME/tgfetch/config.toml:

  api_id = 12345
  api_hash = "0123456789abcdef0123456789abcdef"
  dir = "/home/me/Videos"
  ext = ["mp4", "mkv"]`,
		Example: `  tgfetch config
  TGFETCH_DIR=/tmp tgfetch config --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.config() },
	}
}

func (a *app) config() error {
	path := settings.ConfigPath()
	if a.flags.json {
		for _, v := range a.values {
			err := plain.Encode(a.out, struct {
				Event string `json:"event"`
				Name  string `json:"name"`
				Value string `json:"value"`
				From  string `json:"from"`
			}{"setting", v.Name, shown(v), v.From})
			if err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, len(a.values))
	for i, v := range a.values {
		rows[i] = []string{v.Name, shown(v), v.From}
	}
	if err := report.Table(a.out, []string{"SETTING", "VALUE", "FROM"}, rows...); err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		a.say("There is no configuration file; it would be %s", path)
	}
	return nil
}

// shown is a setting's value, but for what others should not see.
func shown(v settings.Value) string {
	if v.Name == "api_hash" && v.Value != "" {
		return "(set)"
	}
	return v.Value
}
