// Package gotdclient lets a program that has a gotd client already download
// through it: with its login, its connections and its middlewares.
//
//	err := client.Run(ctx, func(ctx context.Context) error {
//		doer := gotdclient.New(client, gotdclient.Options{})
//		defer doer.Close()
//		files, err := fetcher.New(fetcher.Config{Doer: doer})
//		...
//	})
//
// Files are as complete and as proven as with connections of the fetcher's
// own. What that would do beyond it is missing: connections are as many as
// Options says, not as many as pay off; a slow one is not replaced; requests
// that were cut off are not sent again, they fail the file, which the next
// Fetch continues; media-only addresses are not used. Stats counts no bytes of
// connections.
package gotdclient
