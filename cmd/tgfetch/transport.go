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

// transports are the values of --transport. Where a server does not know the default one, obfuscated,
// others are tried; each other one is used as it is.
//
// https://core.telegram.org/mtproto/mtproto-transports
var transports = map[string]dcpool.Transport{
	"":             dcpool.ObfuscatedPadded,
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
