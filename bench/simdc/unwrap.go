package simdc

import (
	"cmp"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// maxWrappers bounds how deep a query may be wrapped.
const maxWrappers = 8

// rest takes what follows the fields of a wrapper: the wrapped query.
type rest struct{ buf []byte }

func (r *rest) Decode(b *bin.Buffer) error {
	r.buf = b.Buf
	b.Buf = nil
	return nil
}

func (r *rest) Encode(b *bin.Buffer) error {
	b.Put(r.buf)
	return nil
}

// unwrap strips invokeWithLayer, initConnection and their relatives, notes
// what they say, and returns the query. What a wrapper holds may be packed, once
// in all. https://core.telegram.org/api/invoking
func (c *call) unwrap(b *bin.Buffer) (*bin.Buffer, error) {
	layered, packed := false, false
	for range maxWrappers {
		id, err := b.PeekID()
		if err != nil {
			return nil, fail(400, "INPUT_FETCH_ERROR")
		}
		query := &rest{}
		var wrapper bin.Decoder
		switch id {
		case proto.GZIPTypeID:
			data, err := mtserve.Inflate(b.Buf)
			if err != nil || packed {
				return nil, fail(400, "INPUT_FETCH_ERROR")
			}
			b, packed = &bin.Buffer{Buf: data}, true
			continue
		case tg.InvokeWithLayerRequestTypeID:
			wrapper = &tg.InvokeWithLayerRequest{Query: query}
		case tg.InitConnectionRequestTypeID:
			wrapper = &tg.InitConnectionRequest{Query: query}
		case tg.InvokeWithoutUpdatesRequestTypeID:
			wrapper = &tg.InvokeWithoutUpdatesRequest{Query: query}
		case tg.InvokeAfterMsgRequestTypeID:
			wrapper = &tg.InvokeAfterMsgRequest{Query: query}
		case tg.InvokeAfterMsgsRequestTypeID:
			wrapper = &tg.InvokeAfterMsgsRequest{Query: query}
		case tg.InvokeWithTakeoutRequestTypeID:
			wrapper = &tg.InvokeWithTakeoutRequest{Query: query}
		case tg.InvokeWithMessagesRangeRequestTypeID:
			wrapper = &tg.InvokeWithMessagesRangeRequest{Query: query}
		default:
			return b, nil
		}
		if err := wrapper.Decode(b); err != nil {
			return nil, fail(400, "INPUT_FETCH_ERROR")
		}
		switch w := wrapper.(type) {
		case *tg.InvokeWithLayerRequest:
			switch {
			case w.Layer <= 0:
				return nil, fail(400, "CONNECTION_LAYER_INVALID")
			case w.Layer < scenario.OldestLayer:
				return nil, fail(400, "LAYER_%d_TOO_OLD_FOR_SIMULATOR_BELOW_%d", w.Layer, scenario.OldestLayer)
			}
			layered = true
			c.layer = cmp.Or(c.cluster.world.scenario.Layer, w.Layer)
		case *tg.InvokeWithMessagesRangeRequest:
			c.within = &w.Range
		case *tg.InvokeWithTakeoutRequest:
			if c.dc.CDN {
				return nil, fail(400, "CDN_METHOD_INVALID")
			}
			c.exporting, c.takeoutID = true, w.TakeoutID
		case *tg.InitConnectionRequest:
			if err := c.initConnection(w, layered); err != nil {
				return nil, err
			}
		}
		b = &bin.Buffer{Buf: query.buf}
	}
	return nil, fail(400, "INPUT_REQUEST_TOO_DEEP")
}

func (c *call) initConnection(r *tg.InitConnectionRequest, layered bool) error {
	switch {
	case !layered:
		return fail(400, "CONNECTION_LAYER_INVALID")
	case r.APIID != c.cluster.world.scenario.APIID:
		return fail(400, "API_ID_INVALID")
	}
	c.note.device = r.DeviceModel
	c.client.layer.Store(int64(c.layer))
	c.client.inited.Store(true)
	return nil
}
