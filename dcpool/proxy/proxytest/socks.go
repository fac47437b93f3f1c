package proxytest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
)

var errMalformed = errors.New("malformed request")

// greetSOCKS is the server's side of https://www.rfc-editor.org/rfc/rfc1928.
func greetSOCKS(s *Server, nc net.Conn) (string, func(bool) (io.ReadWriter, error), func(net.Conn) (io.ReadWriter, error), error) {
	if err := s.socksLogin(nc); err != nil {
		return "", nil, nil, err
	}
	head, err := read(nc, 4)
	if err != nil {
		return "", nil, nil, err
	}
	var host string
	switch kind := head[3]; kind {
	case 1, 4:
		ip, err := read(nc, map[byte]int{1: net.IPv4len, 4: net.IPv6len}[kind])
		if err != nil {
			return "", nil, nil, err
		}
		host = net.IP(ip).String()
	case 3:
		name, err := readString(nc)
		if err != nil {
			return "", nil, nil, err
		}
		host = name
	default:
		return "", nil, nil, errMalformed
	}
	port, err := read(nc, 2)
	if err != nil {
		return "", nil, nil, err
	}
	reply := func(ok bool) (io.ReadWriter, error) {
		status := byte(0)
		if !ok {
			status = 5 // Connection refused.
		}
		_, err := nc.Write([]byte{5, status, 0, 1, 127, 0, 0, 1, 0, 0})
		return nc, err
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1]))), reply, plainly, nil
}

func (s *Server) socksLogin(nc net.Conn) error {
	head, err := read(nc, 2)
	if err != nil || head[0] != 5 {
		return errMalformed
	}
	offered, err := read(nc, int(head[1]))
	if err != nil {
		return err
	}
	method := byte(0)
	if s.opts.User != "" {
		method = 2
	}
	if !bytes.Contains(offered, []byte{method}) {
		_, err := nc.Write([]byte{5, 0xff})
		return errors.Join(errors.New("no method"), err)
	}
	if _, err := nc.Write([]byte{5, method}); err != nil || method == 0 {
		return err
	}
	if _, err := read(nc, 1); err != nil {
		return err
	}
	user, err := readString(nc)
	if err != nil {
		return err
	}
	password, err := readString(nc)
	if err != nil {
		return err
	}
	if user != s.opts.User || password != s.opts.Password {
		_, err := nc.Write([]byte{1, 1})
		return errors.Join(errors.New("wrong login"), err)
	}
	_, err = nc.Write([]byte{1, 0})
	return err
}

func read(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

// readString reads a string after its length of one byte.
func readString(r io.Reader) (string, error) {
	n, err := read(r, 1)
	if err != nil {
		return "", err
	}
	b, err := read(r, int(n[0]))
	return string(b), err
}
