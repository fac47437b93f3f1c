package simdc

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerHelp adds what clients ask about the service itself.
func registerHelp(m methods) {
	add(m, open, (*call).getConfig)
	add(m, open, (*call).getCDNConfig)
	add(m, open, (*call).getAppConfig)
	add(m, open, (*call).getNearestDC)
}

// configLife is how long clients may use an answer of help.getConfig.
const configLife = time.Hour

func (c *call) getConfig(*tg.HelpGetConfigRequest) (bin.Encoder, error) {
	now := c.dc.now()
	options := c.cluster.options()
	if c.strike.Do == scenario.DoOptions {
		options = c.moreOptions(options)
	}
	return &tg.Config{
		Date:            int(now.Unix()),
		Expires:         int(now.Add(configLife).Unix()),
		ThisDC:          c.dc.ID,
		DCOptions:       options,
		DCTxtDomainName: "simulator.invalid",
		ChatSizeMax:     200, MegagroupSizeMax: 200_000, ForwardedCountMax: 100,
		OnlineUpdatePeriodMs: 210_000, OfflineBlurTimeoutMs: 5_000, OfflineIdleTimeoutMs: 30_000, OnlineCloudTimeoutMs: 300_000,
		NotifyCloudDelayMs: 30_000, NotifyDefaultDelayMs: 1_500, PushChatPeriodMs: 60_000, PushChatLimit: 2,
		EditTimeLimit: 172_800, RevokeTimeLimit: 2147483647, RevokePmTimeLimit: 2147483647,
		RatingEDecay: 2_419_200, StickersRecentLimit: 200, ChannelsReadMediaPeriod: 604_800,
		CallReceiveTimeoutMs: 20_000, CallRingTimeoutMs: 90_000, CallConnectTimeoutMs: 30_000, CallPacketTimeoutMs: 10_000,
		MeURLPrefix: "https://t.me/", CaptionLengthMax: 1024, MessageLengthMax: 4096, WebfileDCID: c.dc.ID,
	}, nil
}

// SetOptions lets change edit the list of addresses in help.getConfig, which
// it is given anew each time; nil changes nothing any more. It may be called
// from several goroutines.
func (c *Cluster) SetOptions(change func([]tg.DCOption) []tg.DCOption) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changeOptions = change
}

// options lists every endpoint as help.getConfig does.
func (c *Cluster) options() []tg.DCOption {
	out := c.allOptions()
	c.mu.Lock()
	change := c.changeOptions
	c.mu.Unlock()
	if change == nil {
		return out
	}
	return change(out)
}

func (c *Cluster) allOptions() []tg.DCOption {
	var out []tg.DCOption
	for _, e := range c.endpoints {
		for _, o := range e.address.options() {
			o.ID, o.CDN = e.dc.ID, e.dc.CDN
			o.IPAddress, o.Port, o.Ipv6 = e.ip, e.current().port, netip.MustParseAddr(e.ip).Is6()
			out = append(out, o)
		}
	}
	return out
}

// getCDNConfig publishes the keys of the CDN DCs, which are nowhere else.
// https://core.telegram.org/cdn#getting-the-cdn-configuration
func (c *call) getCDNConfig(*tg.HelpGetCDNConfigRequest) (bin.Encoder, error) {
	out := &tg.CDNConfig{}
	for _, dc := range c.cluster.sortedDCs() {
		if dc.CDN {
			out.PublicKeys = append(out.PublicKeys, tg.CDNPublicKey{DCID: dc.ID, PublicKey: publicPEM(dc.rsaKey())})
		}
	}
	return out, nil
}

// appNumbers are the numbers of help.getAppConfig: how many files clients
// should fetch at once, how large files may be, and how much faster they come
// with Premium. https://core.telegram.org/api/config
var appNumbers = map[string]float64{
	"small_queue_max_active_operations_count":         5,
	"large_queue_max_active_operations_count":         2,
	"small_queue_max_active_operations_count_premium": 10,
	"large_queue_max_active_operations_count_premium": 4,
	"upload_max_fileparts_default":                    4000,
	"upload_max_fileparts_premium":                    8000,
	"upload_premium_speedup_download":                 10,
	"upload_premium_speedup_upload":                   10,
	"upload_premium_speedup_notify_period":            3600,
}

// appConfigHash stands for the answer of getAppConfig, which does not change
// while a cluster runs.
func appConfigHash(s scenario.Scenario) int {
	hash := uint64(1)
	for _, name := range slices.Sorted(maps.Keys(s.AppConfig)) {
		for _, letter := range []byte(name) {
			hash = mixAll(hash, uint64(letter))
		}
		hash = mixAll(hash, math.Float64bits(s.AppConfig[name]))
	}
	return int(hash>>33) | 1
}

func (c *call) getAppConfig(r *tg.HelpGetAppConfigRequest) (bin.Encoder, error) {
	s := c.cluster.world.scenario
	hash := appConfigHash(s)
	if r.Hash == hash {
		return &tg.HelpAppConfigNotModified{}, nil
	}
	numbers := maps.Clone(appNumbers)
	maps.Copy(numbers, s.AppConfig)
	config := &tg.JSONObject{}
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		config.Value = append(config.Value, tg.JSONObjectValue{Key: name, Value: &tg.JSONNumber{Value: numbers[name]}})
	}
	return &tg.HelpAppConfig{Hash: hash, Config: config}, nil
}

func (c *call) getNearestDC(*tg.HelpGetNearestDCRequest) (bin.Encoder, error) {
	return &tg.NearestDC{Country: "NL", ThisDC: c.dc.ID, NearestDC: c.dc.ID}, nil
}
