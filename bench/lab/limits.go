package lab

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

//go:embed scenarios/*.json
var limitFiles embed.FS

// KnownLimit is a simulated network on which it is known where the limit sits.
type KnownLimit struct {
	Name  string
	About string
	// Scenario reads what its chat "simbench" holds.
	Scenario scenario.Scenario
	// DC is the report.DC.Name of the way that is judged, and Limit the
	// report.Verdict.Limit that it must get. Finding, if set, is the kind of
	// report.Finding that there must be.
	DC, Limit, Finding string
	// Use is the way that is to be recommended; empty is DC.
	Use string
	// Connections is the most of them that are tried; 0 means 8.
	Connections int
}

// KnownLimits are all of them.
func KnownLimits() []KnownLimit {
	list := []KnownLimit{
		{Name: "connection", About: "1 MB/s per connection, RTT 60 ms", DC: "DC 4", Limit: report.LimitConnection},
		{Name: "dc", About: "2 MB/s per connection, 4 MB/s per DC, RTT 60 ms", DC: "DC 4", Limit: report.LimitDC, Finding: report.FindingApart},
		{Name: "account", About: "2 MB/s per connection, 4 MB/s per account over all DCs, RTT 60 ms", DC: "DC 4", Limit: report.LimitAccount, Finding: report.FindingShared},
		{Name: "distance", About: "no bound on the rate, RTT 800 ms, 2 connections at most", DC: "DC 4", Limit: report.LimitPath, Connections: 2},
		{Name: "endpoint", About: "2 MB/s per connection, the media-only address 300 KB/s", DC: "DC 4 media", Limit: report.LimitEndpoint, Finding: report.FindingEndpoint, Use: "DC 4"},
		{Name: "flood9", About: "1 MB/s per connection, FLOOD_PREMIUM_WAIT_2 from 9 parallel requests on", DC: "DC 4", Limit: report.LimitFlood},
		{Name: "cdn", About: "DC 1 MB/s per connection, 2 MB/s in all; CDN 2 MB/s per connection", DC: "CDN 203", Limit: report.LimitConnection, Finding: report.FindingCDNFaster},
		{Name: "cpu", About: "no bound at all: the cores", DC: "DC 4", Limit: report.LimitCPU},
	}
	for i := range list {
		p := &list[i]
		data, err := limitFiles.ReadFile("scenarios/" + p.Name + ".json")
		if err == nil {
			p.Scenario, err = scenario.Parse(data)
		}
		if err != nil {
			panic(fmt.Sprintf("bench: scenario %s: %v", p.Name, err)) // An embedded file is wrong.
		}
	}
	return list
}

// FindScenario returns the scenario of a known limit or of a profile by its name,
// or of a file.
func FindScenario(name string) (scenario.Scenario, error) {
	known := KnownLimits()
	if i := slices.IndexFunc(known, func(p KnownLimit) bool { return p.Name == name }); i >= 0 {
		return known[i].Scenario, nil
	}
	if strings.HasSuffix(name, ".json") {
		return scenario.Read(name)
	}
	found, err := Find(name)
	if err != nil {
		return scenario.Scenario{}, err
	}
	return found[0].Scenario, nil
}

// check is what is wrong with a verdict; empty if it names the limit that is known.
func (p KnownLimit) check(r bench.Report) string {
	i := slices.IndexFunc(r.DCs, func(d report.DC) bool { return d.Name() == p.DC })
	switch {
	case i < 0:
		return p.DC + " was not measured"
	case r.DCs[i].Verdict.Limit != p.Limit:
		return fmt.Sprintf("the verdict on %s is %q: %s", p.DC, r.DCs[i].Verdict.Limit, r.DCs[i].Verdict.Sentence)
	case p.Finding != "" && !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Kind == p.Finding }):
		return fmt.Sprintf("no finding says %q", p.Finding)
	}
	return ""
}
