package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Direct is what Parse takes for no proxy.
const Direct = "direct"

// forms is what people may write, for errors.
const forms = "socks5://HOST:PORT, http://HOST:PORT, https://HOST:PORT, mtproxy://SECRET@HOST:PORT, a tg://proxy link, or direct"

// defaultPorts count where none is given.
var defaultPorts = map[kind]string{kindSOCKS5: "1080", kindHTTP: "80", kindHTTPS: "443", kindMTProxy: "443"}

// Parse reads a proxy:
//
//	socks5://USER:PASSWORD@HOST:PORT     socks5h is the same
//	http://USER:PASSWORD@HOST:PORT       an HTTP proxy that knows CONNECT
//	https://USER:PASSWORD@HOST:PORT      the same within TLS
//	HOST:PORT                            an HTTP proxy, as curl has it
//	mtproxy://SECRET@HOST:PORT           or mtproxy://HOST:PORT?secret=SECRET
//	tg://proxy?server=HOST&port=PORT&secret=SECRET
//	https://t.me/proxy?server=…          the same
//	tg://socks?server=HOST&port=PORT&user=USER&pass=PASSWORD
//	direct                               none: the result is nil
//
// User and password may be left out. A secret is hexadecimal or base64 and has 16
// bytes; 17 that begin with dd, for padding; or ee, 16 bytes and a domain, for
// fake TLS. What it asks for is what is used.
//
// The error shows no part of s that could be a secret.
func Parse(s string) (*Proxy, error) {
	s = strings.TrimSpace(s)
	if s == "" || s == Direct {
		return nil, nil
	}
	switch {
	case strings.HasPrefix(s, "t.me/"):
		s = "https://" + s
	case !strings.Contains(s, "://") && !strings.HasPrefix(s, "tg:"):
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		// Its text repeats s.
		return nil, errors.New("not a proxy: it must be " + forms)
	}
	if p, ok, err := parseLink(u); ok || err != nil {
		return p, err
	}
	p := &Proxy{kind: kind(u.Scheme)}
	switch u.Scheme {
	case "socks5h":
		p.kind = kindSOCKS5
	case "socks5", "http", "https", "mtproxy":
	default:
		return nil, fmt.Errorf("%q is no kind of proxy that is known: it must be %s", u.Scheme, forms)
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" || u.RawQuery != "" && p.kind != kindMTProxy {
		return nil, errors.New("a proxy has no path: it must be " + forms)
	}
	if err := p.setAddr(u.Hostname(), u.Port()); err != nil {
		return nil, err
	}
	if p.kind == kindMTProxy {
		return p, p.setSecret(cmp.Or(u.Query().Get("secret"), u.User.Username()))
	}
	password, _ := u.User.Password()
	return p, p.setLogin(u.User.Username(), password)
}

// linkHosts serve links to proxies.
var linkHosts = []string{"t.me", "telegram.me", "telegram.dog"}

// parseLink reads tg://proxy, tg://socks and their forms on t.me. It is not ok
// for what is no such link.
//
// See https://core.telegram.org/api/links#mtproxy-links.
func parseLink(u *url.URL) (p *Proxy, ok bool, err error) {
	var what string
	switch {
	case u.Scheme == "tg":
		what = cmp.Or(u.Host, u.Opaque)
	case (u.Scheme == "https" || u.Scheme == "http") && slices.Contains(linkHosts, u.Hostname()):
		what = strings.Trim(u.Path, "/")
	default:
		return nil, false, nil
	}
	q := u.Query()
	switch what {
	case "proxy":
		p = &Proxy{kind: kindMTProxy}
		err = p.setSecret(q.Get("secret"))
	case "socks":
		p = &Proxy{kind: kindSOCKS5}
		err = p.setLogin(q.Get("user"), q.Get("pass"))
	default:
		return nil, false, errors.New("the link is not one to a proxy: that is tg://proxy?server=HOST&port=PORT&secret=SECRET")
	}
	if err == nil {
		err = p.setAddr(q.Get("server"), q.Get("port"))
	}
	return p, err == nil, err
}

func (p *Proxy) setAddr(host, port string) error {
	if host == "" {
		return errors.New("the proxy has no host")
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		host = ip.String()
	} else if strings.ContainsFunc(host, notInName) {
		return errors.New("what is given as host is no host of a proxy") // It may be the secret.
	}
	port = cmp.Or(port, defaultPorts[p.kind])
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("what is given as port is no port of a proxy")
	}
	p.addr = net.JoinHostPort(host, port)
	return nil
}

// notInName says that no name of a host has r.
func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_", r)
}

func (p *Proxy) setLogin(user, password string) error {
	p.login, p.user, p.password = user != "" || password != "", user, password
	// https://www.rfc-editor.org/rfc/rfc1929
	if p.kind == kindSOCKS5 && p.login && (user == "" || len(user) > 255 || password == "" || len(password) > 255) {
		return errors.New("a SOCKS5 proxy takes a user name and a password of 1 to 255 bytes each, or neither")
	}
	return nil
}

func (p *Proxy) setSecret(text string) (err error) {
	if text == "" {
		return errors.New("an MTProxy needs its secret: mtproxy://SECRET@HOST:PORT")
	}
	p.secret, err = parseSecret(text)
	return err
}
