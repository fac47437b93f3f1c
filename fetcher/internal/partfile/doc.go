// Package partfile keeps one download on disk so that it is complete under its
// final name, or not there at all.
//
// The bytes of NAME arrive in NAME.part; beside it NAME.part.journal records
// each grain of [Grain] bytes, with its checksum, after it was written. Names
// too long for that are shortened with a hash of the whole name. A file of at
// most [OnePart] bytes is cheaper to fetch again than to record: it has no
// journal.
//
//	f, err := disk.Open("film.mp4", partfile.Identity{Kind: "document", ID: 1, Size: size}, partfile.Options{})
//	defer f.Close()                          // keeps what is there, unless Finish came first
//	for g := range f.Candidates() { … }      // recorded by an earlier run, not yet believed
//	err = f.Verify(ctx, 2, report)           // reads them again, while parts arrive
//	_, err = f.WriteAt(part, off)            // any size, any place, concurrently
//	err = f.Done(grain, bytes)               // every byte of the grain is written
//	err = f.Finish(size, mtime)              // NAME.part becomes NAME
//
// A planner may count all candidates as present at once, and take back those
// that Verify reports as bad; Finish refuses as long as one is unproven.
//
// # What holds
//
//   - NAME appears by one rename, after every grain was reported done or
//     verified in this run, the size is right, and the bytes are on the disk.
//   - A record proves nothing by itself: only bytes that were read again and
//     match it count. So neither order nor loss of unsynced writes matters to
//     correctness.
//   - The death of the process loses the parts then being written. A power cut
//     loses those and what came after the last sync: at most one second, or
//     64 MiB.
//   - Two processes, or two goroutines, never write one NAME.part: the
//     operating system's lock on it goes with the process. File systems without
//     locks (some network ones) give no such promise.
//   - What another program, or the download of another file, left as NAME.part
//     is not destroyed unless asked to: see [ErrOtherFile]. Only one of at most
//     OnePart bytes without a journal is taken for a worthless rest of our own.
//
// It does not know whether the bytes are what the server meant: that is for
// hashes. [File.Drop] takes a grain back that fails them, and remembers over
// crashes that what comes in its place is doubted until [File.Confirm];
// [File.RequireProof] remembers that all bytes were to be compared.
package partfile
