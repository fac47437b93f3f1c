package main

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
)

// proxyFlag is the value of --proxy. It takes everything and remembers what is wrong, since the flag
// package and the settings repeat a value that they cannot take, and this one has secrets.
type proxyFlag struct {
	set bool
	way *proxy.Proxy // nil is none
	err error        // shows no secret
}

func (f *proxyFlag) register(flags *pflag.FlagSet) {
	flags.Var(f, "proxy", "connect through the proxy at `URL`: socks5, http, https, mtproxy, a tg://proxy link, or direct for none (default $ALL_PROXY)")
}

// Set implements [pflag.Value].
func (f *proxyFlag) Set(s string) error {
	f.set = true
	f.way, f.err = proxy.Parse(s)
	return nil
}

// String implements [pflag.Value]. It shows no secret.
func (f *proxyFlag) String() string {
	switch {
	case f.err != nil:
		return "(not a proxy)"
	case !f.set:
		return ""
	}
	return f.way.String()
}

// Type implements [pflag.Value].
func (f *proxyFlag) Type() string { return "URL" }

// fromAllProxy is where a proxy comes from that tgfetch's own settings say nothing about.
const fromAllProxy = "ALL_PROXY"

// settle takes the proxy of the environment, if values have none, and corrects them.
func (f *proxyFlag) settle(values []settings.Value, getenv func(string) string) {
	i := slices.IndexFunc(values, func(v settings.Value) bool { return v.Name == "proxy" })
	if f.set || i < 0 {
		return
	}
	way, err := proxy.FromEnvironment(getenv)
	if way == nil && err == nil {
		return
	}
	f.set, f.way, f.err = true, way, err
	values[i].Value, values[i].From = f.String(), fromAllProxy
}

// proxy is the proxy that was chosen, nil for none.
func (a *app) proxy() (*proxy.Proxy, error) {
	if err := a.flags.proxy.err; err != nil {
		return nil, &exit.UsageError{Text: a.proxyFrom() + ": " + err.Error()}
	}
	return a.flags.proxy.way, nil
}

// proxyFrom says which setting the proxy comes from.
func (a *app) proxyFrom() string {
	for _, v := range a.values {
		if v.Name == "proxy" && v.From != settings.FromDefault {
			return v.From
		}
	}
	return "--proxy"
}
