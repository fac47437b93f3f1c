package main

import (
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
)

// globalFlags are what every command understands.
type globalFlags struct {
	cluster, dcAddr, account         string
	transport                        string
	dc                               int
	json, quiet, verbose, noProgress bool
	ipv4, ipv6                       bool
	logFile, metrics                 string
	proxy                            proxyFlag
	passphraseFile                   string
	pfs, takeout, testDC, pprof      bool
}

func (g *globalFlags) register(f *pflag.FlagSet) {
	f.BoolVar(&g.json, "json", false, "one JSON object per line on stdout")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "say only what went wrong, and waits")
	f.BoolVarP(&g.verbose, "verbose", "v", false, "log what happens on the connections")
	f.StringVar(&g.account, "ns", "", "use the account that was logged in under this `NAME`")
	inGroup(f, groupOutput, func(f *pflag.FlagSet) {
		f.BoolVar(&g.noProgress, "no-progress", false, "no bar and no lines of progress")
		f.StringVar(&g.logFile, "log-file", "", "append the log of -v to `FILE`")
		f.StringVar(&g.metrics, "metrics", "", "serve Prometheus metrics at `ADDR`, such as 9090:\nof this machine alone unless it names a host;\nasked for by address or a local name")
		f.BoolVar(&g.pprof, "pprof", false, "serve profiles of the process there, too")
	})
	inGroup(f, groupNetwork, func(f *pflag.FlagSet) {
		f.StringVar(&g.cluster, "cluster", "", "use the servers in `FILE`, not Telegram")
		f.BoolVar(&g.testDC, "test-dc", false, "use Telegram's test servers, where accounts are others")
		f.IntVar(&g.dc, "dc", 0, "start at data center `N` (default the home, else 2)")
		g.proxy.register(f)
		f.StringVar(&g.transport, "transport", "", "frame messages only as `NAME`: obfuscated, padded, intermediate, abridged or full (default obfuscated, then what the server knows)")
		f.BoolVar(&g.pfs, "pfs", false, "temporary keys, so that stored ones open no recording; slower to begin")
		f.BoolVar(&g.takeout, "takeout", false, "read as a data export, which has higher limits")
		f.BoolVarP(&g.ipv4, "ipv4", "4", false, "connect over IPv4 (default)")
		f.BoolVarP(&g.ipv6, "ipv6", "6", false, "connect over IPv6; a login is used over one of them only")
		f.StringVar(&g.passphraseFile, "passphrase-file", "", "the passphrase of an encrypted session is the first line of `FILE`")
		f.StringVar(&g.dcAddr, "dc-addr", "", "dial `HOST:PORT` for the first data center")
	})
}

// Groups of flags that have a help topic of their own; the others are in the help of their command.
const (
	groupSelect  = "select"
	groupFiles   = "files"
	groupOutput  = "output"
	groupNetwork = "network"
	// groupSimulate are flags of tgfetch bench.
	groupSimulate = "simulate"
)

// groupKey is the annotation of a flag that holds its group.
const groupKey = "tgfetch_group"

// inGroup adds what register registers to f, as flags of a group.
func inGroup(f *pflag.FlagSet, group string, register func(*pflag.FlagSet)) {
	set := pflag.NewFlagSet(group, pflag.ContinueOnError)
	set.SortFlags = false
	register(set)
	set.VisitAll(func(flag *pflag.Flag) {
		flag.Annotations = map[string][]string{groupKey: {group}}
		f.AddFlag(flag)
	})
}

func groupOf(f *pflag.Flag) string {
	if group := f.Annotations[groupKey]; len(group) > 0 {
		return group[0]
	}
	return ""
}

// oneRun are the flags that say what one run is for; a lasting setting of them would surprise.
var oneRun = []string{"help", "version", "batch-file", "from-export", "dry-run", "range", "profile-photos", "force-overwrites", "restart", "ipv4"}

// settle gives the flags of root that were not given their lasting values.
func (a *app) settle(root *cobra.Command) error {
	var lasting []*pflag.Flag
	collect := func(f *pflag.Flag) {
		if !slices.Contains(oneRun, f.Name) {
			lasting = append(lasting, f)
		}
	}
	a.appFlags.VisitAll(collect)
	root.LocalNonPersistentFlags().VisitAll(collect)
	root.PersistentFlags().VisitAll(collect)
	var err error
	a.values, err = settings.Resolve(lasting, os.Getenv, settings.ConfigPath())
	if err != nil {
		return err
	}
	a.flags.proxy.settle(a.values, os.Getenv)
	if root.PersistentFlags().Changed("ipv4") {
		if root.PersistentFlags().Changed("ipv6") {
			return &exit.UsageError{Text: "--ipv4 and --ipv6: give one of them"}
		}
		a.flags.ipv6 = false // A lasting setting may have said otherwise.
	}
	return settings.CheckAccount(a.flags.account)
}
