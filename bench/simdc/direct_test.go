package simdc

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// direct calls the API of one endpoint without a network, as one connection
// with one session and one key. It is a tg.Invoker.
type direct struct {
	e       *endpoint
	conn    *mtserve.Conn
	session *mtserve.Session
	key     *mtserve.Key
	// bare leaves queries unwrapped.
	bare bool
}

// startTest starts a cluster that ends with the test.
func startTest(t *testing.T, s *scenario.Scenario) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), Options{Scenario: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// direct returns a new client of a DC's main endpoint.
func (c *Cluster) direct(dc int) *direct {
	for _, e := range c.endpoints {
		if e.dc.ID == dc && e.name == scenario.EndpointMain {
			return &direct{e: e, conn: &mtserve.Conn{ID: 1}, session: &mtserve.Session{ID: 1}, key: &mtserve.Key{}}
		}
	}
	panic("no such DC")
}

// object makes an encoder the bin.Object that wrappers want.
type object struct{ bin.Encoder }

func (object) Decode(*bin.Buffer) error { return errors.New("an argument only") }

func (d *direct) wrap(in bin.Encoder) bin.Encoder {
	if d.bare {
		return in
	}
	s := d.e.cluster.world.scenario
	return &tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: &tg.InitConnectionRequest{
		APIID: s.APIID, DeviceModel: "test", SystemVersion: "1", AppVersion: "1", SystemLangCode: "en", LangCode: "en",
		Query: object{in},
	}}
}

// Invoke implements tg.Invoker.
func (d *direct) Invoke(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	_, err := d.call(ctx, d.wrap(in), out)
	return err
}

// call sends a query as it is and returns the request, where faults leave
// their marks.
func (d *direct) call(ctx context.Context, in bin.Encoder, out bin.Decoder) (*mtserve.Request, error) {
	var b bin.Buffer
	if err := b.Encode(in); err != nil {
		return nil, err
	}
	r := &mtserve.Request{Conn: d.conn, Session: d.session, Key: d.key, Received: time.Now(), Body: &b}
	answer, err := d.e.Handle(ctx, r)
	if err != nil {
		return r, err
	}
	var encoded bin.Buffer
	if err := encoded.Encode(answer); err != nil {
		return r, err
	}
	if err := out.Decode(&encoded); err != nil {
		return r, err
	}
	if encoded.Len() != 0 {
		return r, errors.New("the answer goes on after its end")
	}
	return r, nil
}

func (d *direct) api() *tg.Client { return tg.NewClient(d) }

// as logs a new client in on the account's home DC.
func (c *Cluster) as(t *testing.T, id int64) *direct {
	t.Helper()
	a := c.world.accounts[id]
	d := c.direct(a.HomeDC)
	d.state().set(&login{account: a})
	return d
}

func (d *direct) state() *keyState {
	return stateOf(d.key)
}

// on returns a client of another DC with the same login, imported.
func (d *direct) on(t *testing.T, dc int) *direct {
	t.Helper()
	exported, err := d.api().AuthExportAuthorization(t.Context(), dc)
	if err != nil {
		t.Fatal(err)
	}
	foreign := d.e.cluster.direct(dc)
	_, err = foreign.api().AuthImportAuthorization(t.Context(), &tg.AuthImportAuthorizationRequest{ID: exported.ID, Bytes: exported.Bytes})
	if err != nil {
		t.Fatal(err)
	}
	return foreign
}

// wantError fails the test unless err is the rpc_error "CODE TEXT".
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	rpc, ok := tgerr.As(err)
	if !ok {
		t.Errorf("error %v, want %s", err, want)
		return
	}
	if got := fmt.Sprintf("%d %s", rpc.Code, rpc.Message); got != want {
		t.Errorf("error %s, want %s", got, want)
	}
}
