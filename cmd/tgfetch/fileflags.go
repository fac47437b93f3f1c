package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/template"
	"github.com/tgfetch/tgfetch/fetcher"
)

// fileFlags say where files go, and what is written beside them.
type fileFlags struct {
	dir, output     string
	restrict, force bool
	existing        fetcher.ExistingMode
	noMtime         bool
	info, caption   bool
	verify          fetcher.VerifyMode
	checksums       string
	continueFlags
}

func (f *fileFlags) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.output, "output", "o", "", "name files by a `TEMPLATE` such as {chat}/{msg_id}_{name}: see help fields; with -, write one file to stdout")
	flags.BoolVar(&f.restrict, "restrict-filenames", false, "only ASCII letters and digits, and no spaces, in names")
	flags.TextVar(&f.existing, "skip-existing", fetcher.ExistingProven, "take a file that has the name already for the download if that is proven, or by its `WHAT`: size, or hash, which reads it whatever NAME.info.json says")
	flags.BoolVar(&f.force, "force-overwrites", false, "download again, and replace what has the name")
	f.continueFlags.register(flags)
	flags.TextVar(&f.verify, "verify", fetcher.VerifyServer, "check against Telegram's hashes: `MODE` is server (a sample, behind the download), full (every byte) or off")
	flags.StringVar(&f.checksums, "checksum-file", "", "add each file's SHA-256 to `FILE`, for sha256sum -c")
	flags.BoolVar(&f.info, "write-info-json", false, "write what is known of a file to NAME.info.json")
	flags.BoolVar(&f.caption, "write-caption", false, "write the message's text to NAME.caption.txt")
	flags.BoolVar(&f.noMtime, "no-mtime", false, "do not give files the time of their message")
}

// target is where the files of a run go.
func (f *fileFlags) target() (fetcher.Target, error) {
	t := fetcher.Target{Dir: f.dir, NoTime: f.noMtime, Verify: f.verify, InfoJSON: f.info, Existing: f.existing}
	f.apply(&t)
	switch {
	case f.existing == fetcher.ExistingReplace:
		return t, &exit.UsageError{Text: "--skip-existing takes size, hash or proven; to replace files there is --force-overwrites"}
	case f.force && f.existing != fetcher.ExistingProven:
		return t, &exit.UsageError{Text: "--force-overwrites and --skip-existing: give one of them"}
	case f.force:
		t.Existing = fetcher.ExistingReplace
	}
	return t, nil
}

// names is the template for names; nil if files have their own.
func (f *fileFlags) names() (*template.Template, error) {
	if f.output == toStdout || f.output == "" && !f.restrict {
		return nil, nil
	}
	names, err := template.Parse(f.output)
	if err != nil {
		return nil, &exit.UsageError{Text: fmt.Sprintf("--output %s: %v", f.output, err)}
	}
	if f.restrict {
		names = names.ASCII()
	}
	return names, nil
}
