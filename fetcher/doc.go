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
// # The life of a download
//
//	link ─► Resolve ─► File ─► chunker.Plan ─► parts ─► dcpool
//	     ─► (CDN: decrypt, SHA-256) ─► WriteAt NAME.part ─► size ─► fsync ─► mtime ─► NAME
//
// Step by step:
//
//  1. [ParseLink] makes a [Link] (package link): a chat, and messages, stories, a topic or all of it.
//  2. [Client.Resolve] finds the chat in the Store or asks for it (peer.go, moved.go), and reads messages, up to 100 to a
//     call over links of one chat (resolve.go, group.go, album.go) or page by page (history.go). A [File] (file.go,
//     media.go) knows where its bytes are, and its source, by which it is found again.
//  3. findPlace takes a name (name.go, place.go, names.go): the safe name, then with the document's id, then numbered. A
//     file that is there counts as the same if its NAME.info.json (sidecar.go) or the Store (finished.go) says so and it is
//     unchanged, or if the server's hashes match every byte.
//  4. Package partfile opens NAME.part. Grains of an earlier run count as present at once and are read again while the first
//     parts are on their way (resume.go).
//  5. transfer.go asks the plan for the next part, as large as half of the connections are fit for (size.go), and the
//     budget (budget.go) for its bytes: a file that got nothing for a second comes first, then those that are nearly done.
//  6. remote.go reads the part with upload.getFile (filepart.go). What the answer teaches (fault.go: another data center, a
//     new reference by refresh.go and finder.go, a redirect) is learnt once for all parts, and the range asked again.
//  7. A redirect sends the parts to the CDN (cdnpart.go), whose bytes are decrypted and checked before anything is written.
//     It has a bounded time (cdnwatch.go, contest.go).
//  8. The bytes are written, the plan is told, whole grains are recorded. A part that is late at the end is asked for once
//     more elsewhere (hedge.go).
//  9. Behind the download the verifier (verifytransfer.go, verifywant.go, verifyask.go) compares what was written with the
//     SHA-256 of its windows that the file's data center publishes: a sample by default, all of it with [VerifyFull]; see
//     [VerifyMode] for what each costs. Result.Proven says how much was, Result.Unproven what was not and Result.Why the
//     reason. [Client.Verify] does the same for a file on disk (verifyfile.go), and repairs it.
//  10. Finish: every grain there, right size, data and journal synced, mtime of the message, rename without replacing.
//
// [Client.FetchAll] (all.go) lets as many files begin per data center as Telegram asks for (queues.go). A [Reader]
// (reader.go, readproof.go) and a Stream (stream.go, sink.go) read through a remote of their own.
//
// No lock is held over a call or I/O. transfer.mu guards the plan, remote.mu the view that requests are made under; those
// of verifier, asks, budget, pace, turns, finder, names and active are taken last.
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
