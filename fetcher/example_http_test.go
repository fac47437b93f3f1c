package fetcher_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Serve a file to browsers, which jump about in it, without a copy on disk.
func Example_serveContent() {
	ctx := context.Background()
	client, _, done := simulated(fetcher.Config{})
	defer done()

	film, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 6, Last: 6}))
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := client.Open(r.Context(), film) // Ends with the request.
		if err != nil {
			http.Error(w, "try again later", http.StatusBadGateway)
			return
		}
		defer content.Close()
		w.Header().Set("Content-Type", film.MIME)
		http.ServeContent(w, r, film.Name, film.Date, content)
	}))
	defer server.Close()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Range", "bytes=-1024")
	response, err := server.Client().Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	tail, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Status, response.Header.Get("Content-Range"), len(tail))
	// Output: 206 Partial Content bytes 100662272-100663295/100663296 1024
}
