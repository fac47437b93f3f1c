package scenario_test

import (
	"fmt"
	"log"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Scenarios are data: a file, or a preset with changes.
func ExampleParse() {
	world, err := scenario.Parse([]byte(`{
		"base": "default",
		"link": {"rtt": "100ms", "rate": "10MB", "conns": [{"n": 3, "rate": "200KB"}]},
		"faults": [{"do": "error", "code": 420, "text": "FLOOD_PREMIUM_WAIT_5", "method": "files", "parallel": 9}]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(world.Chats), "chats; connection 3 carries", world.Link.Conns[0].Rate, "bytes per second")
	// Output: 3 chats; connection 3 carries 200000 bytes per second
}
