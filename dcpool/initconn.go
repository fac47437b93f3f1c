package dcpool

import (
	"errors"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// initQuery wraps the first queries of a connection, so that the initialization
// costs no round trip. A CDN learns nothing about the device.
//
// See https://core.telegram.org/api/invoking and https://core.telegram.org/cdn.
func (p *Pool) initQuery(kind Kind) func(bin.Encoder) bin.Encoder {
	about := p.initConnection(kind)
	return func(query bin.Encoder) bin.Encoder {
		init := about
		init.Query = queryObject{query}
		return &tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: &init}
	}
}

// initConnection is what connections of kind say about the client, without a query.
func (p *Pool) initConnection(kind Kind) tg.InitConnectionRequest {
	const unknown = "n/a"
	if kind == CDN {
		return tg.InitConnectionRequest{
			APIID: p.cfg.APIID, DeviceModel: unknown, SystemVersion: unknown, AppVersion: unknown,
		}
	}
	device := p.cfg.Device
	init := tg.InitConnectionRequest{
		APIID:          p.cfg.APIID,
		DeviceModel:    device.Model,
		SystemVersion:  device.System,
		AppVersion:     device.AppVersion,
		SystemLangCode: device.LangCode,
		LangCode:       device.LangCode,
	}
	_, offset := time.Now().Zone()
	init.SetParams(&tg.JSONObject{Value: []tg.JSONObjectValue{
		{Key: "tz_offset", Value: &tg.JSONNumber{Value: float64(offset)}},
	}})
	if _, ok := p.cfg.Proxy.MTProxy(); ok {
		host, port := p.cfg.Proxy.Addr()
		init.SetProxy(tg.InputClientProxy{Address: host, Port: port})
	}
	return init
}

// queryObject makes a query a bin.Object, as gotd's wrappers want it.
type queryObject struct{ bin.Encoder }

func (queryObject) Decode(*bin.Buffer) error {
	return errors.New("a query is not decoded")
}
