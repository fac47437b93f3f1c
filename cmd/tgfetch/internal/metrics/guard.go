package metrics

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// reading is how long a request may take to arrive.
	reading = 10 * time.Second
	// longestProfile is how long a CPU profile or a trace may take.
	longestProfile = time.Minute
	// maxHeader bounds the header of a request, in bytes.
	maxHeader = 16 << 10
	// maxConns is how many connections are served at once: each takes a descriptor and a goroutine
	// from the downloads. Others wait in the system's queue, which has a bound of its own, until one
	// ends; a connection that asks for nothing ends after reading.
	maxConns = 64
)

// guard keeps web pages away. A page may have its own name resolve to this machine, after which the
// browser lets it read every answer (DNS rebinding): then the Host is that name. A page may also send
// requests without reading the answers, of which a browser says so.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		case !s.isOurs(r.Host):
			http.Error(w, "this is no server of that name; ask for its address, for a name without a dot or for the host given to --metrics", http.StatusForbidden)
		case fromAnotherPage(r):
			http.Error(w, "web pages get nothing here", http.StatusForbidden)
		case tooLong(r):
			http.Error(w, fmt.Sprintf("seconds: give a number from 1 to %d", int(longestProfile.Seconds())), http.StatusBadRequest)
		case showsArguments(r):
			http.Error(w, "debug: give 0 or 1; stacks with arguments may hold bytes of keys", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isOurs reports whether a request's Host is an address, which no page can have resolve otherwise, the
// host given to --metrics, or a name that nobody can register, and so no page of a stranger has: one
// without a dot, such as this machine's or a container's, or one below a domain that is reserved.
func (s *Server) isOurs(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" {
		return false
	}
	address := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return host == strings.ToLower(s.host) || net.ParseIP(address) != nil || !strings.ContainsAny(host, ".:[]") ||
		slices.ContainsFunc(reserved, func(domain string) bool { return strings.HasSuffix(host, domain) })
}

// reserved are the domains below which nobody can register a name: RFC 6761, RFC 6762, RFC 8375, and
// .internal by ICANN's resolution of 2024, for which host.docker.internal is known.
var reserved = []string{".localhost", ".local", ".home.arpa", ".internal"}

// fromAnotherPage reports a request that a page of another origin makes. A link that somebody follows
// from a page of the same site, such as Prometheus' list of targets, is none: the page that has it does
// not get the answer.
//
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site
func fromAnotherPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "same-site" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
		site = "none"
	}
	return r.Header.Get("Origin") != "" || site != "" && site != "none" && site != "same-origin"
}

// tooLong reports a profile that would take longer than is served, or none of a number.
func tooLong(r *http.Request) bool {
	for _, text := range r.URL.Query()["seconds"] {
		if n, err := strconv.ParseFloat(text, 64); err != nil || !(n > 0 && n <= longestProfile.Seconds()) {
			return true
		}
	}
	return false
}

// showsArguments reports a request for stacks as a panic prints them: the words of frames, among them
// what earlier calls left there, such as bytes of auth keys.
func showsArguments(r *http.Request) bool {
	for _, text := range r.URL.Query()["debug"] {
		if n, err := strconv.Atoi(text); err != nil || n > 1 {
			return true
		}
	}
	return false
}
