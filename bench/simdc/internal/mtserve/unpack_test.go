package mtserve

import (
	"bytes"
	"compress/zlib"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
)

// deflated is gzip_packed with zlib's format inside.
func deflated(t *testing.T, data []byte) raw {
	t.Helper()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var b bin.Buffer
	b.PutID(proto.GZIPTypeID)
	b.PutBytes(packed.Bytes())
	return b.Buf
}

func TestZlib(t *testing.T) {
	s := serve(t, Config{})
	c := s.connect(t)
	q := query{}
	c.answered(c.ask(deflated(t, encode(t, q))), q)
	c.bad(c.ask(deflated(t, make([]byte, maxUnpacked+1))), 64)
	c.bad(c.ask(deflated(t, deflated(t, encode(t, q)))), 64)
	half := deflated(t, encode(t, q))
	c.bad(c.ask(half[:len(half)-8]), 64)
	c.answered(c.ask(deflated(t, encode(t, q))), q)
}
