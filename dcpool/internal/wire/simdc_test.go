package wire

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strconv"
	"testing"

	"github.com/gotd/td/exchange"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// TestConnAgainstSimdc runs the suite against the simulator, which refuses what
// Telegram refuses.
func TestConnAgainstSimdc(t *testing.T) {
	cluster := simtest.Start(t, nil)
	for _, endpoint := range []struct {
		name  string
		dc    int
		media bool
	}{
		{"main", 2, false},
		{"media", -4, true},
	} {
		t.Run(endpoint.name, func(t *testing.T) {
			testConn(t, clusterServer(t, cluster, endpoint.dc, endpoint.media))
		})
	}
	t.Run("query without initConnection", func(t *testing.T) {
		s := clusterServer(t, cluster, 2, false)
		link := s.link(t, Intermediate)
		res, err := Exchange(t.Context(), link, s.keys, ExchangeOptions{DC: s.dc})
		if err != nil {
			t.Fatal(err)
		}
		conn := NewConn(context.Background(), link, Options{Key: res.Key, Salts: []Salt{{Value: res.Salt}}})
		t.Cleanup(func() { _ = conn.Close() })
		err = conn.Do(t.Context(), &tg.HelpGetConfigRequest{}, nil)
		if !tgerr.Is(err, "CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID") {
			t.Errorf("got %v, want CONNECTION_NOT_INITED", err)
		}
	})
	t.Run("key of another DC", func(t *testing.T) {
		res := clusterServer(t, cluster, 2, false).exchange(t, Intermediate)
		conn := clusterServer(t, cluster, 1, false).open(t, ObfuscatedPadded, Options{Key: res.Key})
		err := conn.Do(t.Context(), &tg.HelpGetConfigRequest{}, nil)
		wantTransportError(t, err, CodeKeyUnknown)
	})
}

// clusterServer is one endpoint of the cluster. dc is signed as in the header.
func clusterServer(t *testing.T, cluster *simdc.Cluster, dc int, media bool) testServer {
	t.Helper()
	file := cluster.File()
	s := testServer{dc: dc, thisDC: max(dc, -dc), apiID: file.APIID}
	for _, text := range file.Keys {
		s.keys = append(s.keys, exchange.PublicKey{RSA: publicKey(t, text)})
	}
	for _, d := range file.DCs {
		if d.ID == s.thisDC && d.MediaOnly == media {
			addr := net.JoinHostPort(d.IP, strconv.Itoa(d.Port))
			s.dial = func(t *testing.T, _ Transport) net.Conn { return dialTCP(t, addr) }
		}
	}
	if s.dial == nil {
		t.Fatalf("the cluster has no DC %d", dc)
	}
	return s
}

func publicKey(t *testing.T, text string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("the key of the cluster is not PEM")
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
