// Package chunker plans the download of one file: which bytes are missing,
// what to ask for next, and when the file is whole. It does no I/O, reads no
// clock and starts no goroutine.
//
// A [Plan] hands out parts and is told how they ended:
//
//	plan, err := chunker.New(size)
//	for part, ok := plan.Next(512 << 10); ok; part, ok = plan.Next(512 << 10) {
//		n, err := ask(part.Offset, part.Limit)
//		if err != nil {
//			plan.Fail(part)
//			continue
//		}
//		plan.Done(part, n)
//	}
//
// Any number of parts may be out at once. Every byte of the file is counted
// exactly once, whatever is answered twice, short, late or not at all. Truth is
// kept in grains of [Grain] bytes, Telegram's hash window, so that the size of
// parts may change in mid-file and what was recorded under one size stays valid
// under another.
//
// A Plan is not safe for concurrent use: its caller holds a lock, for moments
// only.
package chunker
