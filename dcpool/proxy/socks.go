package proxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
)

// Numbers of SOCKS5. https://www.rfc-editor.org/rfc/rfc1928
const (
	socksVersion  = 5
	socksNoLogin  = 0
	socksPassword = 2
	socksNothing  = 0xff
	socksConnect  = 1
	socksIPv4     = 1
	socksName     = 3
	socksIPv6     = 4
)

var errNotSOCKS = errors.New("it does not speak SOCKS5")

// greetSOCKS asks a SOCKS5 proxy for addr. x/net has this too, but tells a login
// that was refused from other failures in words only.
func (p *Proxy) greetSOCKS(nc net.Conn, addr string) error {
	request, err := socksRequest(addr)
	if err != nil {
		return err
	}
	methods := []byte{socksVersion, 1, socksNoLogin}
	if p.login {
		methods = []byte{socksVersion, 2, socksNoLogin, socksPassword}
	}
	chosen, err := socksAsk(nc, methods)
	if err != nil {
		return err
	}
	switch {
	case chosen[0] != socksVersion:
		return errNotSOCKS
	case chosen[1] == socksPassword && p.login:
		if err := p.socksLogin(nc); err != nil {
			return err
		}
	case chosen[1] == socksNothing && !p.login:
		return p.denied("wants a user name and a password")
	case chosen[1] == socksNothing:
		return p.denied("does not take a user name and a password")
	case chosen[1] != socksNoLogin:
		return errNotSOCKS
	}
	return socksConnectTo(nc, request)
}

// socksLogin proves who we are. https://www.rfc-editor.org/rfc/rfc1929
func (p *Proxy) socksLogin(nc net.Conn) error {
	b := append([]byte{1, byte(len(p.user))}, p.user...)
	b = append(append(b, byte(len(p.password))), p.password...)
	status, err := socksAsk(nc, b)
	if err != nil {
		return err
	}
	if status[1] != 0 {
		return p.denied("does not accept the user name and password")
	}
	return nil
}

func socksRequest(addr string) ([]byte, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	b := []byte{socksVersion, socksConnect, 0}
	switch ip, err := netip.ParseAddr(host); {
	case err != nil && len(host) > 255:
		return nil, errors.New("the host name is too long")
	case err != nil:
		b = append(append(b, socksName, byte(len(host))), host...)
	case ip.Unmap().Is4():
		b = append(append(b, socksIPv4), ip.Unmap().AsSlice()...)
	default:
		b = append(append(b, socksIPv6), ip.AsSlice()...)
	}
	return append(b, byte(n>>8), byte(n)), nil
}

func socksConnectTo(nc net.Conn, request []byte) error {
	status, err := socksAsk(nc, request)
	if err != nil {
		return err
	}
	if status[0] != socksVersion {
		return errNotSOCKS
	}
	if status[1] != 0 {
		return fmt.Errorf("it says: %s", socksStatus(status[1]))
	}
	// Reserved byte, kind of address, and the first byte of the address, which
	// is its length if it is a name. It does not matter, but must be read.
	var head [3]byte
	if _, err := io.ReadFull(nc, head[:]); err != nil {
		return noEOF(err)
	}
	const port = 2
	rest := int(head[2]) + port
	switch head[1] {
	case socksIPv4:
		rest = net.IPv4len - 1 + port
	case socksIPv6:
		rest = net.IPv6len - 1 + port
	case socksName:
	default:
		return errNotSOCKS
	}
	_, err = io.ReadFull(nc, make([]byte, rest))
	return noEOF(err)
}

// socksAsk sends a message and reads the two bytes that every answer begins with.
func socksAsk(nc net.Conn, message []byte) (answer [2]byte, err error) {
	if _, err := nc.Write(message); err != nil {
		return answer, err
	}
	_, err = io.ReadFull(nc, answer[:])
	return answer, noEOF(err)
}

func socksStatus(code byte) string {
	texts := [...]string{
		1: "general failure", 2: "not allowed by its rules", 3: "network unreachable", 4: "host unreachable",
		5: "connection refused", 6: "TTL expired", 7: "command not supported", 8: "address type not supported",
	}
	if int(code) < len(texts) {
		return texts[code]
	}
	return "failure " + strconv.Itoa(int(code))
}

// noEOF makes the end of the stream inside an answer one that nobody takes for
// the orderly end of a connection.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errHungUp
	}
	return err
}

var errHungUp = errors.New("it hung up")
