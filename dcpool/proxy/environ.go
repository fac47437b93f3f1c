package proxy

import (
	"cmp"
	"fmt"
)

// FromEnvironment is the proxy that all_proxy or ALL_PROXY names, as curl reads
// them; nil if neither is set. What no_proxy or NO_PROXY lists, as addresses,
// networks or domains, is reached directly, * everything; an MTProxy knows no
// addresses, so of the list only * counts.
//
// Errors: as Parse's, with the variable that is to blame.
func FromEnvironment(getenv func(string) string) (*Proxy, error) {
	for _, name := range []string{"all_proxy", "ALL_PROXY"} {
		value := getenv(name)
		if value == "" {
			continue
		}
		p, err := Parse(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		except := cmp.Or(getenv("no_proxy"), getenv("NO_PROXY"))
		if except == "*" {
			return nil, nil
		}
		if _, ok := p.MTProxy(); !ok && p != nil {
			p.noProxy = except
		}
		return p, nil
	}
	return nil, nil
}
