package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/typo"
	"github.com/tgfetch/tgfetch/dcpool"
)

// transports are the values of --transport. Each is used as it is; without one, a server that does not
// know the obfuscated transport is tried with others.
//
// https://core.telegram.org/mtproto/mtproto-transports
var transports = map[string]dcpool.Transport{
	"":             0,
	"obfuscated":   dcpool.ObfuscatedPadded,
	"padded":       dcpool.Padded,
	"intermediate": dcpool.Intermediate,
	"abridged":     dcpool.Abridged,
	"full":         dcpool.Full,
}

// transport is that of --transport.
func (a *app) transport() (dcpool.Transport, error) {
	t, ok := transports[a.flags.transport]
	if !ok {
		names := slices.Sorted(maps.Keys(transports))[1:]
		return 0, &exit.UsageError{Text: fmt.Sprintf("--transport %s: there is no such transport%s; there are %s",
			a.flags.transport, typo.Hint(a.flags.transport, names), strings.Join(names, ", "))}
	}
	return t, nil
}
