package fetcher

import (
	"context"
	"log/slog"
	"net"
	"reflect"
	"testing"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// Every setting of a pool can be given to a Client, and is handed on.
func TestPoolConfigIsWhole(t *testing.T) {
	given := Config{
		APIID: 1, APIHash: "h", Store: session.NewMemory(), Network: dcpool.TestNetwork(), DC: 2, DCAddr: "127.0.0.1:1", IPv6: true,
		Dial:  func(context.Context, string, string) (net.Conn, error) { return nil, nil },
		Proxy: &proxy.Proxy{}, PFS: true, Transport: dcpool.Full, Device: dcpool.Device{Model: "m"},
		Limits: Limits{Pool: dcpool.Limits{Attempts: 3}}, Logger: slog.New(slog.DiscardHandler),
	}
	from, got := reflect.ValueOf(given), reflect.ValueOf(given.PoolConfig())
	for field, value := range got.Fields() {
		want := from.FieldByName(field.Name)
		if field.Name == "Limits" {
			want = reflect.ValueOf(given.Limits.Pool)
		}
		switch {
		case value.IsZero():
			t.Errorf("%s is not handed on", field.Name)
		case field.Type.Kind() != reflect.Func && !reflect.DeepEqual(value.Interface(), want.Interface()):
			t.Errorf("%s is %v, want %v", field.Name, value, want)
		}
	}
}
