package dcpool

import (
	"errors"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// initQuery wraps the first queries of a connection, so that the initialization
// costs no round trip. A CDN learns nothing about the device.
//
// See https://core.telegram.org/api/invoking and https://core.telegram.org/cdn.
func (p *Pool) initQuery(kind Kind) func(bin.Encoder) bin.Encoder {
	device := p.cfg.Device
	if kind == CDN {
		device.Model, device.System = "n/a", "n/a"
	}
	return func(query bin.Encoder) bin.Encoder {
		return &tg.InvokeWithLayerRequest{
			Layer: tg.Layer,
			Query: &tg.InitConnectionRequest{
				APIID:          p.cfg.APIID,
				DeviceModel:    device.Model,
				SystemVersion:  device.System,
				AppVersion:     device.AppVersion,
				SystemLangCode: device.LangCode,
				LangCode:       device.LangCode,
				Query:          queryObject{query},
			},
		}
	}
}

// queryObject makes a query a bin.Object, as gotd's wrappers want it.
type queryObject struct{ bin.Encoder }

func (queryObject) Decode(*bin.Buffer) error {
	return errors.New("a query is not decoded")
}
