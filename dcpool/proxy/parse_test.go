package proxy

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

const (
	keyHex = "0123456789abcdef0123456789abcdef"
	// keyHex, and with ee and example.com, in base64.
	keyBase64 = "ASNFZ4mrze8BI0VniavN7w"
	teeBase64 = "7gEjRWeJq83vASNFZ4mrze9leGFtcGxlLmNvbQ"
	domainHex = "6578616d706c652e636f6d"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "direct"},
		{"direct", "direct"},
		{"socks5://127.0.0.1:9050", "socks5://127.0.0.1:9050"},
		{"socks5h://localhost", "socks5://localhost:1080"},
		{"socks5://me:pass%20word@[::1]:1", `socks5://[::1]:1 as "me" "pass word"`},
		{"http://proxy:3128/", "http://proxy:3128"},
		{"https://me:@proxy", `https://proxy:443 as "me" ""`},
		{"proxy:3128", "http://proxy:3128"},
		{"mtproxy://" + keyHex + "@1.2.3.4:99", "mtproxy://1.2.3.4:99 plain"},
		{"mtproxy://dd" + keyHex + "@1.2.3.4", "mtproxy://1.2.3.4:443 padded"},
		{"mtproxy://1.2.3.4:8?secret=" + keyBase64, "mtproxy://1.2.3.4:8 plain"},
		{"tg://proxy?server=p.example&port=443&secret=dd" + keyHex, "mtproxy://p.example:443 padded"},
		{"tg:proxy?server=p.example&port=443&secret=" + keyHex, "mtproxy://p.example:443 plain"},
		{"https://t.me/proxy?server=p.example&port=1&secret=ee" + keyHex + domainHex, "mtproxy://p.example:1 tls example.com"},
		{"t.me/proxy?server=p.example&port=1&secret=" + teeBase64, "mtproxy://p.example:1 tls example.com"},
		{"t.me/proxy?server=p.example&port=1&secret=" + teeBase64 + "%3D%3D", "mtproxy://p.example:1 tls example.com"},
		{"tg://socks?server=1.2.3.4&port=5&user=me&pass=word", `socks5://1.2.3.4:5 as "me" "word"`},
		{"tg://socks?server=1.2.3.4&port=5", "socks5://1.2.3.4:5"},
	} {
		p, err := Parse(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		got := p.String()
		if p != nil && p.login {
			got += fmt.Sprintf(" as %q %q", p.user, p.password)
		}
		switch o, ok := p.MTProxy(); {
		case !ok:
		case fmt.Sprintf("%x", o.Key()) != keyHex:
			t.Errorf("%s: key %x", c.in, o.Key())
		case p.secret.domain != "" && o.Padded():
			got += " tls " + p.secret.domain
		case o.Padded():
			got += " padded"
		default:
			got += " plain"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ in, says string }{
		{"socks4://h:1", `"socks4" is no kind of proxy`},
		{"sock5://me:hunter2@h:1", `"sock5" is no kind of proxy`},
		{"socks5://", "no host"},
		{"socks5://me:hunter2@h:port", "not a proxy"},
		{"socks5://::", "no host"},
		{"]", "no host"},
		{"mtproxy://hunter2hunter2hunter2==", "no host"},
		{"mtproxy://hunter2hunter2hunter2==:443", "no host"},
		{"mtproxy://host@hunter2hunter2hunter2==/", "no host"},
		{"hunter2hunter2hunter2==", "no host"},
		{"tg://proxy?server=h&secret=" + keyHex + "&port=hunter2", "no port"},
		{"socks5://[fe80::1%25eth0]:1", "no host"},
		{"tg://socks?server=h%1b&port=1", "no host"},
		{"socks5://h:0", "no port"},
		{"socks5://h:65536", "no port"},
		{"socks5://me@h", "1 to 255 bytes"},
		{"socks5://me:hunter2@h/hunter2", "no path"},
		{"http://h?hunter2", "no path"},
		{"mtproxy://h:1", "needs its secret"},
		{"mtproxy://hunter2!@h:1", "neither hexadecimal nor base64"},
		{"mtproxy://" + keyHex[2:] + "@h:1", "has 15 bytes"},
		{"mtproxy://cc" + keyHex + "@h:1", "has 17 bytes"},
		{"mtproxy://ee" + keyHex + "@h:1", "has 17 bytes"},
		{"mtproxy://dd" + keyHex + domainHex + "@h:1", "has 28 bytes"},
		{"mtproxy://ee" + keyHex + "6120622e63@h:1", "does not end in a domain"},
		{"mtproxy://ee" + keyHex + strings.Repeat("61", maxDomain+1) + "@h:1", "does not end in a domain"},
		{"tg://proxy?server=h&port=1", "needs its secret"},
		{"tg://resolve?domain=hunter2", "not one to a proxy"},
		{"https://t.me/durov/1", "not one to a proxy"},
	} {
		p, err := Parse(c.in)
		if err == nil {
			t.Errorf("%s: taken for %v", c.in, p)
			continue
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.in, err, c.says)
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), keyHex[2:]) {
			t.Errorf("%s: %v shows a secret", c.in, err)
		}
	}
}

func TestProxyIsPrintedWithoutSecrets(t *testing.T) {
	for _, s := range []string{"socks5://hunter2:hunter2@h:1", "mtproxy://" + keyHex + "@h:1"} {
		p, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, p); strings.Contains(text, "hunter2") || strings.Contains(text, keyHex[:8]) {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("socks5://me:word@[::1]:1")
	f.Add("t.me/proxy?server=p.example&port=1&secret=" + teeBase64)
	f.Add("mtproxy://ee" + keyHex + domainHex + "@h:1")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil || p == nil {
			return
		}
		if o, ok := p.MTProxy(); ok && len(o.Key()) != keyLength {
			t.Errorf("a secret of %d bytes", len(o.Key()))
		}
		if _, _, err := net.SplitHostPort(p.addr); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	})
}

func TestFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"nothing", nil, "direct"},
		{"upper", map[string]string{"ALL_PROXY": "socks5://a:1"}, "socks5://a:1"},
		{"lower before upper", map[string]string{"ALL_PROXY": "socks5://a:1", "all_proxy": "http://b:2"}, "http://b:2"},
		{"other variables", map[string]string{"HTTP_PROXY": "http://a:1", "HTTPS_PROXY": "http://a:1"}, "direct"},
		{"nothing through it", map[string]string{"ALL_PROXY": "socks5://a:1", "NO_PROXY": "*"}, "direct"},
		{"not all through it", map[string]string{"ALL_PROXY": "socks5://a:1", "NO_PROXY": "10.0.0.0/8"}, "socks5://a:1"},
		{"wrong", map[string]string{"ALL_PROXY": "socks4://a:1"}, "ALL_PROXY: "},
	} {
		p, err := FromEnvironment(func(name string) string { return c.env[name] })
		got := p.String()
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
