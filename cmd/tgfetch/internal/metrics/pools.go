package metrics

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// Pool is what a Server watches; *dcpool.Pool is one.
type Pool interface{ Stats() dcpool.Stats }

// pools collects what the pools count, each time it is asked.
type pools struct {
	mu   sync.Mutex
	list []Pool // Guarded by mu.
	// ended is, for each counter, what pools that are not in the list any more had
	// counted: counters do not go down. Guarded by mu.
	ended map[string]tally
}

func (p *pools) add(pool Pool) (remove func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, pool)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i := slices.Index(p.list, pool); i >= 0 {
			p.list = slices.Delete(p.list, i, i+1)
			p.keepLocked(pool.Stats())
		}
	}
}

func (p *pools) keepLocked(s dcpool.Stats) {
	if p.ended == nil {
		p.ended = map[string]tally{}
	}
	for _, f := range figures {
		if f.kind != prometheus.CounterValue {
			continue
		}
		if p.ended[f.desc.String()] == nil {
			p.ended[f.desc.String()] = tally{}
		}
		p.ended[f.desc.String()].add(f, s)
	}
}

// figure is a counter or gauge of each data center.
type figure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(dcpool.DCStats) float64
}

func counter(name, help string, value func(dcpool.DCStats) int64) figure {
	return figure{
		desc: prometheus.NewDesc("tgfetch_dc_"+name+"_total", help, []string{"dc"}, nil), kind: prometheus.CounterValue,
		value: func(d dcpool.DCStats) float64 { return float64(value(d)) },
	}
}

var figures = []figure{
	counter("received_bytes", "Bytes read from the sockets of a data center.", func(d dcpool.DCStats) int64 { return d.BytesIn }),
	counter("sent_bytes", "Bytes written to the sockets of a data center.", func(d dcpool.DCStats) int64 { return d.BytesOut }),
	counter("calls", "Calls answered.", func(d dcpool.DCStats) int64 { return d.Calls }),
	counter("retries", "Calls repeated after faults.", func(d dcpool.DCStats) int64 { return d.Retries }),
	counter("floods", "Waits that Telegram asked for.", func(d dcpool.DCStats) int64 { return d.Floods }),
	counter("dials", "Connections opened.", func(d dcpool.DCStats) int64 { return d.Dials }),
	counter("lost", "Connections that ended while in use.", func(d dcpool.DCStats) int64 { return d.Lost }),
	counter("replaced", "Connections given up because their siblings were much faster.", func(d dcpool.DCStats) int64 { return d.Replaced }),
	counter("handshakes", "Key exchanges.", func(d dcpool.DCStats) int64 { return d.Handshakes }),
	counter("imports", "Logins imported.", func(d dcpool.DCStats) int64 { return d.Imports }),
	{
		desc: prometheus.NewDesc("tgfetch_dc_rtt_seconds", "The shortest round trip seen on open connections; 0 is unknown.", []string{"dc"}, nil),
		kind: prometheus.GaugeValue, value: func(d dcpool.DCStats) float64 { return d.RTT.Seconds() },
	},
}

// Figures of the open connections of a kind to a data center, and of the waits.
var (
	connections = prometheus.NewDesc("tgfetch_connections", "Open connections.", []string{"dc", "kind"}, nil)
	inFlight    = prometheus.NewDesc("tgfetch_in_flight_bytes", "Bytes asked for and not answered.", []string{"dc", "kind"}, nil)
	window      = prometheus.NewDesc("tgfetch_window_bytes", "The bound of the bytes in flight.", []string{"dc", "kind"}, nil)
	waits       = prometheus.NewDesc("tgfetch_flood_wait_seconds", "How much longer Telegram wants calls of a method to wait.", []string{"dc", "method"}, nil)
)

// Describe implements prometheus.Collector.
func (p *pools) Describe(to chan<- *prometheus.Desc) {
	for _, f := range figures {
		to <- f.desc
	}
	for _, d := range []*prometheus.Desc{connections, inFlight, window, waits} {
		to <- d
	}
}

// tally adds up figures by their labels: two pools may know the same data center.
type tally map[[2]string]float64

// add adds a figure of each data center.
func (t tally) add(f figure, s dcpool.Stats) {
	for _, d := range s.DCs {
		t[[2]string{name(d)}] += f.value(d)
	}
}

func (t tally) send(to chan<- prometheus.Metric, desc *prometheus.Desc, kind prometheus.ValueType) {
	for labels, v := range t {
		list := labels[:1]
		if labels[1] != "" {
			list = labels[:]
		}
		to <- prometheus.MustNewConstMetric(desc, kind, v, list...)
	}
}

// Collect implements prometheus.Collector.
func (p *pools) Collect(to chan<- prometheus.Metric) {
	p.mu.Lock()
	list := slices.Clone(p.list)
	sums := map[string]tally{}
	for figure, t := range p.ended {
		sums[figure] = maps.Clone(t)
	}
	p.mu.Unlock()
	var all []dcpool.Stats
	for _, pool := range list {
		all = append(all, pool.Stats())
	}
	for _, f := range figures {
		sum := sums[f.desc.String()]
		if sum == nil {
			sum = tally{}
		}
		for _, s := range all {
			sum.add(f, s)
		}
		sum.send(to, f.desc, f.kind)
	}
	open, flying, bound, waiting := tally{}, tally{}, tally{}, tally{}
	for _, s := range all {
		for _, d := range s.DCs {
			for _, c := range d.Conns {
				key := [2]string{name(d), c.Kind.String()}
				open[key]++
				flying[key] += float64(c.InFlight)
				bound[key] += float64(c.Window)
			}
		}
		for _, w := range s.Waits {
			key := [2]string{strconv.Itoa(w.DC), plain.Short(w.Method)}
			waiting[key] = max(waiting[key], time.Until(w.Until).Seconds())
		}
	}
	open.send(to, connections, prometheus.GaugeValue)
	flying.send(to, inFlight, prometheus.GaugeValue)
	bound.send(to, window, prometheus.GaugeValue)
	waiting.send(to, waits, prometheus.GaugeValue)
}

// name is "4", or "cdn203".
func name(d dcpool.DCStats) string {
	if d.CDN {
		return "cdn" + strconv.Itoa(d.DC)
	}
	return strconv.Itoa(d.DC)
}
