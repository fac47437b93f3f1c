package simdc_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// A cluster with slow links where every 200th file request is flooded.
func Example() {
	s := scenario.Default()
	s.Link = scenario.Link{RTT: scenario.Duration(100 * time.Millisecond), Rate: 10e6}
	s.Faults = []scenario.Fault{{
		Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_3", Method: "files", First: 200, Every: 200,
	}}
	cluster, err := simdc.Start(context.Background(), simdc.Options{Scenario: &s})
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

// Any client of MTProto can be pointed at a cluster: the cluster file has the
// addresses and RSA keys that it must be told, and accounts to log in with.
func ExampleCluster_File() {
	cluster, err := simdc.Start(context.Background(), simdc.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	file := cluster.File()
	for _, dc := range file.DCs {
		fmt.Println("DC", dc.ID, "media only:", dc.MediaOnly, "CDN:", dc.CDN)
	}
	fmt.Println(len(file.Keys), "key;", file.Accounts[0].Phone, "logs in with", file.Accounts[0].Code)
	// Output:
	// DC 1 media only: false CDN: false
	// DC 2 media only: false CDN: false
	// DC 3 media only: false CDN: false
	// DC 4 media only: false CDN: false
	// DC 4 media only: true CDN: false
	// DC 5 media only: false CDN: false
	// DC 203 media only: false CDN: true
	// 1 key; +9996610001 logs in with 11111
}

// Faults come and go while the cluster runs.
func ExampleCluster_AddFault() {
	cluster, err := simdc.Start(context.Background(), simdc.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	remove, err := cluster.AddFault(scenario.Fault{Do: scenario.DoFlip, DC: 203, EveryWindow: 8, OncePerWindow: true})
	if err != nil {
		log.Fatal(err)
	}
	remove() // The CDN sends right bytes again.

	_, err = cluster.AddFault(scenario.Fault{Do: "explode"})
	fmt.Println(err != nil)
	// Output: true
}
