package simdc_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// A cluster with slow links where every 200th file request is flooded.
func Example() {
	scenario := simdc.DefaultScenario()
	scenario.Link = simdc.Link{RTT: simdc.Duration(100 * time.Millisecond), Rate: 10e6}
	scenario.Faults = []simdc.Fault{{
		Do: simdc.DoError, Code: 420, Text: "FLOOD_WAIT_3", Method: "files", First: 200, Every: 200,
	}}
	cluster, err := simdc.Start(context.Background(), simdc.Options{Scenario: &scenario})
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()

	// Tell a client what is in the cluster file, and let it work. Then:
	file := cluster.File()
	fmt.Println(file.Links[0].URL, file.Links[0].Size)
	for _, dc := range cluster.Log().DCs() {
		fmt.Println("DC", dc.DC, "key exchanges:", dc.Handshakes)
	}
	// Output: https://t.me/simfiles/2 181337
}
