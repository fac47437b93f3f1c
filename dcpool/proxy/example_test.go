package proxy_test

import (
	"fmt"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher"
)

// A client whose connections all go through a proxy.
func ExampleParse() {
	way, err := proxy.Parse("socks5://me:password@127.0.0.1:9050")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := fetcher.New(fetcher.Config{APIID: 1, APIHash: "of my.telegram.org", Proxy: way})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Println("through", way) // Without the password.
	// Output: through socks5://127.0.0.1:9050
}

// The proxy that curl would use too.
func ExampleFromEnvironment() {
	environment := map[string]string{"ALL_PROXY": "socks5h://127.0.0.1:9050"} // A program uses os.Getenv.
	fmt.Println(proxy.FromEnvironment(func(name string) string { return environment[name] }))
	// Output: socks5://127.0.0.1:9050 <nil>
}
