// Package fetcher downloads the media behind Telegram links: complete and
// proven, or with an error that says why not.
//
// Most callers need four calls:
//
//	client, err := fetcher.New(fetcher.Config{APIID: id, APIHash: hash, Store: store})
//	...
//	defer client.Close()
//	link, err := fetcher.ParseLink("https://t.me/durov/43")
//	...
//	for file, err := range client.Resolve(ctx, link) {
//		...
//		result, err := client.Fetch(ctx, file, fetcher.Target{Dir: "downloads"})
//	}
//
// [Client.ResolveAll] takes many links, which share calls, and options.
// [Client.FetchAll] runs many files at once, [Client.Open] reads a file at any
// offset without downloading all of it, [Client.Stream] writes one in order into
// any io.Writer, [Client.Invoke] calls any method on any data center. A program
// that has a gotd client already can lend it, see package gotdclient, and fetch
// what it has: [Files] of a message, [FileOf] a document. [Retry] says what of an
// error may pass.
//
// A file's way to the disk:
//
//	link ─► Resolve ─► File ─► chunker.Plan ─► parts ─► dcpool
//	     ─► (CDN: decrypt, SHA-256) ─► WriteAt NAME.part ─► size ─► fsync ─► mtime ─► NAME
//
// Behind that, what was written is compared with the SHA-256 of its windows that
// the file's data center publishes: a sample by default, all of it with
// [VerifyFull]; see [VerifyMode] for what each costs. Result.Proven says how much
// was, Result.Unproven what was not and Result.Why the reason. [Client.Verify] does the same for a file on disk, and repairs it.
//
// What holds whatever happens:
//
//   - a file under its final name is complete: every byte written, the exact size,
//     hashes checked where the server has them;
//   - an existing file is never overwritten, and counts as done only if it
//     was proven to be the same document;
//   - nothing is written outside the folder, whatever a document calls itself;
//   - one file's failure stops no other file, and what there is of it stays as
//     NAME.part for the next try.
//
// Package dcpool waits and repeats where Telegram or the network asks for it;
// this package knows files: where they lie, when their references expire, and
// what their bytes must be. It does not log in: that is the Pool's LogIn, see
// [Client.Pool].
package fetcher
