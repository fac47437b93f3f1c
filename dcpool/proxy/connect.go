package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
)

// maxAnswer bounds the header of a proxy's answer, in bytes.
const maxAnswer = 64 << 10

// startTLS encrypts the way to an https proxy.
func (p *Proxy) startTLS(ctx context.Context, nc net.Conn) (net.Conn, error) {
	host, _, err := net.SplitHostPort(p.addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(nc, &tls.Config{ServerName: host, RootCAs: p.roots, MinVersion: tls.VersionTLS12})
	return tlsConn{conn}, conn.HandshakeContext(ctx)
}

// tlsConn is a TLS connection whose writers do not try again after a timeout,
// which it would not survive: crypto/tls does not know how much was sent.
type tlsConn struct{ *tls.Conn }

func (c tlsConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.New("write within TLS timed out")
	}
	return n, err
}

// greetHTTP asks an HTTP proxy for addr.
//
// See https://www.rfc-editor.org/rfc/rfc9110#name-connect.
func (p *Proxy) greetHTTP(nc net.Conn, addr string) error {
	request := http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: addr},
		Host:   addr,
		Header: http.Header{"User-Agent": {""}}, // None.
	}
	if p.login {
		login := base64.StdEncoding.EncodeToString([]byte(p.user + ":" + p.password))
		request.Header.Set("Proxy-Authorization", "Basic "+login)
	}
	if err := request.Write(nc); err != nil {
		return err
	}
	// MTProto servers do not speak first, so nothing of theirs is read ahead.
	answer, err := http.ReadResponse(bufio.NewReader(io.LimitReader(nc, maxAnswer)), &request)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errHungUp
	case err != nil:
		if _, broken := errors.AsType[net.Error](err); broken {
			return err
		}
		return errors.New("it does not speak HTTP")
	case wantsLogin(answer.StatusCode) && !p.login:
		return p.denied("wants a user name and a password")
	case wantsLogin(answer.StatusCode):
		return p.denied("does not accept the user name and password")
	case answer.StatusCode/100 != 2:
		return fmt.Errorf("it says: %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return nil
}

// wantsLogin says that a proxy refused for want of a login. Some, tinyproxy among them,
// say 401, which is a server's, where 407 is meant.
func wantsLogin(status int) bool {
	return status == http.StatusProxyAuthRequired || status == http.StatusUnauthorized
}
