package proxytest

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
)

// greetHTTP is the server's side of CONNECT.
func greetHTTP(s *Server, nc net.Conn) (string, func(bool) (io.ReadWriter, error), func(net.Conn) (io.ReadWriter, error), error) {
	in := bufio.NewReader(nc)
	request, err := http.ReadRequest(in)
	if err != nil {
		return "", nil, nil, err
	}
	say := func(status string) error {
		_, err := io.WriteString(nc, "HTTP/1.1 "+status+"\r\n\r\n")
		return err
	}
	if request.Method != http.MethodConnect {
		return "", nil, nil, errors.Join(errMalformed, say("405 Method Not Allowed"))
	}
	if s.opts.User != "" {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.opts.User+":"+s.opts.Password))
		if request.Header.Get("Proxy-Authorization") != want {
			status := "407 Proxy Authentication Required"
			if s.opts.Says401 {
				status = "401 Unauthorized"
			}
			return "", nil, nil, errors.Join(errors.New("wrong login"), say(status))
		}
	}
	reply := func(ok bool) (io.ReadWriter, error) {
		if !ok {
			return nil, say("502 Bad Gateway")
		}
		return struct {
			io.Reader
			io.Writer
		}{in, nc}, say("200 OK")
	}
	return request.Host, reply, plainly, nil
}
