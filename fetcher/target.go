package fetcher

import (
	"errors"
	"io"
	"os"
	"time"
)

// Target says where a file goes. The zero value is the current folder, under
// File.Name.
type Target struct {
	// Dir is the folder; it is made if it is not there. The file is put into it
	// under what [SafeName] makes of File.Name, and nothing outside is read or
	// written: links in it are not followed.
	Dir string
	// Path is the whole path instead of Dir and File.Name. Only the caller's
	// own words belong here: it is used as it is, but for another file that has
	// it; then, as in Dir, the document's id is put before the extension. A device,
	// such as /dev/null, is written to; nothing is left beside it, and Restart and
	// the like mean nothing.
	Path string
	// Writer takes the bytes instead of a path. There is no .part file then and
	// nothing is renamed. It takes them in any order, from up to 64 goroutines,
	// and is read back to be compared and hashed. One that is no io.ReaderAt and of
	// which either is wanted, and any with Align or Writers set, takes them in order
	// of their offsets, hashed and compared before it sees them.
	Writer io.WriterAt
	// Align, if not zero, has the Writer called with so many bytes at a time, at
	// multiples of it, the last call excepted: what object stores take as parts. It
	// costs Align bytes of memory per call under way. Zero is whatever comes.
	Align int
	// Writers bounds how many calls of the Writer are under way at once; zero is
	// 4 if it is called in order.
	Writers int
	// Hash asks for Result.SHA256. The file is hashed behind the download; it
	// costs a core about 0.7 s per GiB.
	Hash bool
	// Verify says how much is compared with the hashes of Telegram; zero is
	// VerifyServer.
	Verify VerifyMode
	// InfoJSON writes NAME.info.json beside the file, an [Info]. It takes Hash
	// with it.
	InfoJSON bool
	// Checksums, if set, takes the file's sum. It takes Hash with it.
	Checksums *Checksums
	// Existing says what is done about a file that has the name already; zero is
	// ExistingProven.
	Existing ExistingMode
	// Restart throws away what an earlier run, or anybody, left as NAME.part.
	Restart bool
	// NoContinue throws away what an earlier run left of this same file, and
	// nothing else: a NAME.part that is another file's stays, as ever.
	NoContinue bool
	// KeepPart keeps NAME.part, and its journal, where it would be removed
	// because the next run cannot go on from it: of a file of at most 1 MiB, of
	// one of which nothing has come yet, and when the file turns out to be there
	// under another name.
	KeepPart bool
	// NoTime leaves the file's modification time alone; else it is that of the
	// message.
	NoTime bool
}

func (t Target) check() error {
	switch {
	case t.Writer != nil && (t.Dir != "" || t.Path != ""):
		return errors.New("fetcher: Target has a Writer and a path")
	case t.Writer != nil && (t.Restart || t.NoContinue || t.KeepPart):
		return errors.New("fetcher: Target.Restart, NoContinue and KeepPart need a path, not a Writer")
	case t.Writer != nil && (t.InfoJSON || t.Checksums != nil):
		return errors.New("fetcher: Target.InfoJSON and Target.Checksums need a path, not a Writer")
	case t.Dir != "" && t.Path != "":
		return errors.New("fetcher: Target has Dir and Path")
	case t.Path != "" && os.IsPathSeparator(t.Path[len(t.Path)-1]):
		return errors.New("fetcher: Target.Path names a folder; that is Target.Dir")
	case t.Writer == nil && (t.Align != 0 || t.Writers != 0):
		return errors.New("fetcher: Target.Align and Target.Writers are for a Writer")
	case t.Align < 0 || t.Writers < 0:
		return errors.New("fetcher: Target.Align or Target.Writers is negative")
	}
	return nil
}

// inOrder reports whether the Writer takes the bytes in order of their offsets.
func (t Target) inOrder() bool {
	_, readable := t.Writer.(io.ReaderAt)
	forProof := !readable && (t.Hash || t.Verify != VerifyOff)
	return t.Writer != nil && (forProof || t.Align > 0 || t.Writers > 0)
}

// Result is a finished fetch.
type Result struct {
	// File is what was fetched, with its size known.
	File File
	// Path is where it is; empty for a Writer.
	Path string
	// Existing says that the file was there already: proven to be this one, or
	// known from its NAME.info.json.
	Existing bool
	// Bytes is the file's size, Resumed what of it an earlier run had left,
	// Refetched what was asked for and had to be thrown away.
	Bytes, Resumed, Refetched int64
	// Stated is the size that the message says, 0 if it says none. Where Bytes is
	// another, that is what the server has.
	Stated int64
	// Elapsed is the time from the call of Fetch to the final name.
	Elapsed time.Duration
	// Route is where the bytes came from, as "4", "2→4" (the message named
	// data center 2) or "4, CDN 203".
	Route string
	// CDNLeft is why the file's CDN was ruled out before the file was complete; nil if
	// it was not.
	CDNLeft error
	// Connections is how many connections brought bytes of the file.
	Connections int
	// SHA256 is the file's hash if Target.Hash was set, else nil.
	SHA256 []byte
	// Proven is how many bytes were compared with hashes of the file's data
	// center: all of them after VerifyFull or from a CDN, else a sample.
	Proven int64
	// Unproven are the ranges that were compared with no hash, and Why says why;
	// both are empty if Proven is Bytes.
	Unproven []Range
	Why      Reason
}

// Reason says why bytes were compared with no hash of their data center.
type Reason string

const (
	// ReasonOff: Target.Verify is VerifyOff.
	ReasonOff Reason = "verification is off"
	// ReasonSample: VerifyServer compares a sample, and finds it right.
	ReasonSample Reason = "a sample was compared"
	// ReasonSmall: VerifyServer leaves files of up to 1 MiB out.
	ReasonSmall Reason = "the file is small"
	// ReasonNoHash: the data center has no hashes of them, or did not give them.
	ReasonNoHash Reason = "the data center gave no hashes"
	// ReasonRecorded: the file was there, and the Store or its NAME.info.json says
	// that it was finished before.
	ReasonRecorded Reason = "the file was there, with its record"
	// ReasonSize: the file was there and has the right size.
	ReasonSize Reason = "a file of this size was there"
)
