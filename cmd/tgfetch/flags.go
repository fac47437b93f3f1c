package main

import "github.com/spf13/pflag"

// globalFlags are what every command understands.
type globalFlags struct {
	cluster, dcAddr                  string
	dc                               int
	json, quiet, verbose, noProgress bool
	logFile                          string
}

func (g *globalFlags) register(f *pflag.FlagSet) {
	f.StringVar(&g.cluster, "cluster", "", "use the servers in this cluster `FILE`, not Telegram")
	f.IntVar(&g.dc, "dc", 0, "start at data center `N` (default the home, else 2)")
	f.StringVar(&g.dcAddr, "dc-addr", "", "dial `HOST:PORT` for the first data center")
	f.BoolVar(&g.json, "json", false, "one JSON object per line on stdout")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "say only what went wrong, and waits")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "log what happens on the connections")
	f.BoolVar(&g.noProgress, "no-progress", false, "no bar and no lines of progress")
	f.StringVar(&g.logFile, "log-file", "", "append the log of -v to `FILE`")
}
