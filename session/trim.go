package session

import (
	"slices"
	"unicode/utf8"
)

// Bounds of a State, so that what servers send cannot make it grow for ever.
const (
	// Entries of its maps. Beyond them arbitrary ones go.
	maxPeers     = 10_000
	maxDocuments = 50_000
	maxFiles     = 10_000
	maxEndpoints = 1_000
	maxDCs       = 1_000
	// Bytes of a name, which is cut.
	maxText = 256
	// Bytes of a key or of an address and its secret; a longer one is dropped.
	maxKey     = 8 << 10
	maxAddress = 512
)

func trimState(s *State) {
	trimMap(s.Peers, maxPeers)
	trimMap(s.Documents, maxDocuments)
	trimMap(s.Files, maxFiles)
	trimMap(s.Endpoints, maxEndpoints)
	trimMap(s.DCs, maxDCs)
	for key, p := range s.Peers {
		if len(key) > maxText {
			delete(s.Peers, key)
		} else if len(p.Username) > maxText || len(p.Title) > maxText {
			p.Username, p.Title = cutText(p.Username), cutText(p.Title)
			s.Peers[key] = p
		}
	}
	s.CDNKeys = without(s.CDNKeys, func(k CDNKey) bool { return len(k.PEM) > maxKey })
	s.Options = without(s.Options, func(o DCOption) bool { return len(o.IP)+len(o.Secret) > maxAddress })
}

func trimMap[K comparable, V any](m map[K]V, limit int) {
	for k := range m {
		if len(m) <= limit {
			return
		}
		delete(m, k)
	}
}

// without is list without the elements that match; list stays as it is, since
// others may hold it.
func without[T any](list []T, match func(T) bool) []T {
	if !slices.ContainsFunc(list, match) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), match)
}

// cutText is what of s fits, in whole characters.
func cutText(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
