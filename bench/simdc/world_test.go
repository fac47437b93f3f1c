package simdc

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// FuzzParseScenario checks that whatever is taken can be simulated.
func FuzzParseScenario(f *testing.F) {
	f.Add([]byte(`{"base":"demo","link":{"rtt":"40ms","rate":"10MB"}}`))
	f.Add([]byte(`{"api_id":1,"api_hash":"h","dcs":[{"id":1}],"files":[{"id":1,"dc":1,"size":"4GiB","count":3}]}`))
	f.Add([]byte(`{"api_id":1,"api_hash":"h","dcs":[{"id":1}],"chats":[{"id":1,"messages":[{"id":1,"count":5}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenario.Parse(data)
		if err != nil {
			return
		}
		w := newWorld(s)
		for _, x := range w.chats {
			x.box.live()
		}
	})
}
