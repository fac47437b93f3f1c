package partfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// Options of a download; the zero value continues an earlier one of the same
// file.
type Options struct {
	// Restart discards what is there as NAME.part, whoever left it.
	Restart bool
	// NoContinue discards what an earlier download of this same file left.
	NoContinue bool
	// Overwrite lets Finish replace a file under the final name.
	Overwrite bool
	// KeepPart makes Remove keep what it would remove, as Close does.
	KeepPart bool
	// Folder is where the path is, for as long as the File is open; nil is found by
	// the path each time.
	Folder *Folder
}

// File is one file being downloaded. WriteAt, ReadAt, Done, Drop, Verify, Sync
// and Candidates may be called concurrently; Finish, Close and Remove when no
// other call is running.
type File struct {
	// Immutable after Open.
	disk        *Disk
	fs          FS
	path        string
	partPath    string
	journalPath string
	id          Identity
	opts        Options
	part        Handle
	journal     *journal // nil if the file has none
	resumed     bool
	discarded   int64
	why         string

	unsynced atomic.Int64  // bytes
	full     chan struct{} // woken when there are too many of them
	stop     chan struct{} // closed to end the syncer
	stopped  chan struct{} // closed when it has
	syncing  sync.Mutex    // held by the one sync that runs

	mu         sync.Mutex
	have       bitset           // Guarded by mu; whole, and written or verified in this run.
	candidates map[int64]uint64 // Guarded by mu; checksums of grains not yet verified.
	doubts     map[int64]bool   // Guarded by mu; grains whose bytes contradicted a hash, in this run or before.
	proof      bool             // Guarded by mu; every byte is, or was in an earlier run, to be compared.
	slots      int64            // Guarded by mu; of the journal, given out.
	suspect    []int64          // Guarded by mu; recorded, and not covered by a successful sync of this run.
	failure    error            // Guarded by mu; the first failed sync.
	closed     bool             // Guarded by mu.
}

// Open begins or continues the download of id to path. It creates NAME.part and,
// for a file of more than OnePart bytes, its journal, and locks them until
// Finish, Close or Remove.
//
// Errors: [ErrBusy], [ErrExists], [*OtherFileError], [ErrIdentity],
// [*DiskError].
func (d *Disk) Open(path string, id Identity, opts Options) (*File, error) {
	if err := id.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f := &File{disk: d, fs: d.in(opts.Folder), path: path, id: id, opts: opts, candidates: map[int64]uint64{}, doubts: map[int64]bool{}}
	f.partPath, f.journalPath = names(path)
	// A name that cannot be had is better known before the download.
	switch info, err := f.fs.Lstat(path); {
	case err == nil && (!opts.Overwrite || info.IsDir()):
		return nil, diskErr("open", path, ErrExists)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, diskErr("open", path, err)
	}
	part, err := f.fs.OpenPart(f.partPath)
	if err != nil {
		return nil, diskErr("open", f.partPath, err)
	}
	f.part = part
	if err := f.load(); err != nil {
		f.abandon()
		return nil, err
	}
	f.startSyncer()
	return f, nil
}

// load finds out what is there, and continues it or begins anew.
func (f *File) load() error {
	size, err := f.part.Size()
	if err != nil {
		return diskErr("open", f.partPath, err)
	}
	if f.opts.Restart {
		return f.begin(size, "")
	}
	found, err := f.openJournal()
	switch {
	case size == 0 && (err != nil || found.header.id != f.id || f.opts.NoContinue || len(found.doubts) == 0 && !found.proof):
		return f.begin(size, "") // There are no bytes, and no doubts about any.
	case errors.Is(err, fs.ErrNotExist) && size > OnePart:
		// Ours would have a journal, though perhaps an empty one.
		return &OtherFileError{Path: f.partPath, Reason: "was not begun by this program, or its journal is missing"}
	case errors.Is(err, fs.ErrNotExist):
		return f.begin(size, "so small a part is not recorded")
	case errors.Is(err, errDamaged):
		return f.begin(size, err.Error())
	case errors.Is(err, errVersion):
		return &OtherFileError{Path: f.partPath, Reason: "was begun by another version of this program"}
	case err != nil:
		return diskErr("read", f.journalPath, err)
	case found.header.id != f.id:
		return &OtherFileError{Path: f.partPath, Reason: fmt.Sprintf("belongs to %v, not %v", found.header.id, f.id)}
	case f.opts.NoContinue:
		return f.begin(size, "not to be continued")
	case !f.id.recorded():
		return f.begin(size, "a file of unknown size cannot be continued")
	}
	return f.resume(size, found)
}

// openJournal opens and reads a journal that is there.
func (f *File) openJournal() (contents, error) {
	h, err := f.fs.OpenJournal(f.journalPath, false)
	if err != nil {
		return contents{}, err
	}
	f.journal = &journal{Handle: h}
	return readJournal(io.NewSectionReader(h, 0, math.MaxInt64))
}

// begin empties the part, of size bytes now, and starts a new journal. The name
// of the journal is on the disk before a byte may be written, and the part empty
// before the journal changes, so that no crash leaves bytes that seem to be
// somebody else's.
func (f *File) begin(size int64, why string) error {
	if size > 0 {
		f.discarded, f.why = size, why
		if err := errors.Join(f.part.Truncate(0), f.part.Sync()); err != nil {
			return diskErr("truncate", f.partPath, err)
		}
	}
	if !f.id.journaled() {
		return f.removeJournal()
	}
	if f.journal == nil {
		h, err := f.fs.OpenJournal(f.journalPath, true)
		if err != nil {
			return diskErr("create", f.journalPath, err)
		}
		f.journal = &journal{Handle: h}
	}
	if err := f.journal.begin(header{id: f.id, nonce: rand.Uint64()}); err != nil {
		return diskErr("write", f.journalPath, err)
	}
	if size > 0 {
		// The header there may be another file's.
		if err := f.journal.Sync(); err != nil {
			return diskErr("sync", f.journalPath, err)
		}
	}
	return f.disk.syncDir(f.fs, f.partPath)
}

// resume continues where found says.
func (f *File) resume(size int64, found contents) error {
	f.resumed = true
	f.journal.seed = found.seed
	f.candidates = found.sums
	f.doubts, f.proof = found.doubts, found.proof
	f.slots = found.slots
	// The sync that was to cover them may have failed, or not happened.
	f.suspect = slices.Collect(maps.Keys(found.sums))
	if err := f.journal.Truncate(headerSize + f.slots*recordSize); err != nil {
		return diskErr("truncate", f.journalPath, err)
	}
	if size > f.id.Size {
		return diskErr("truncate", f.partPath, f.part.Truncate(f.id.Size))
	}
	return nil
}

// Path is the final name.
func (f *File) Path() string { return f.path }

// PartPath is the name until then.
func (f *File) PartPath() string { return f.partPath }

// Discarded is how many bytes of an earlier NAME.part were thrown away when the
// file was opened, and why; 0 if none were.
func (f *File) Discarded() (n int64, why string) { return f.discarded, f.why }

// Candidates yields, in order, the grains that an earlier run recorded and that
// are neither verified nor done in this one.
func (f *File) Candidates() iter.Seq[int64] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Values(slices.Sorted(maps.Keys(f.candidates)))
}

// WriteAt implements io.WriterAt. Ranges of concurrent calls must not overlap,
// unless they write the same. It does not wait for the disk.
//
// Errors: [*DiskError], [ErrRange].
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || f.id.Size != Unknown && int64(len(p)) > f.id.Size-off {
		return 0, fmt.Errorf("%s: %d bytes at %d: %w", f.path, len(p), off, ErrRange)
	}
	if err := f.failed(); err != nil {
		return 0, err
	}
	n, err := f.part.WriteAt(p, off)
	f.wrote(n)
	return n, f.fault("write", f.partPath, err)
}

// ReadAt implements io.ReaderAt on what was written.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.part.ReadAt(p, off) }

// Done records that every byte of a grain was written. The bytes are read back
// if data is nil; otherwise it is the whole grain, and not kept.
//
// Errors: [*DiskError], [ErrRange].
func (f *File) Done(grain int64, data []byte) error {
	length := f.id.grainLen(grain)
	if length == 0 || data != nil && len(data) > length || data != nil && len(data) < length && f.id.Size != Unknown {
		return fmt.Errorf("%s: grain %d of %d bytes: %w", f.path, grain, len(data), ErrRange)
	}
	if err := f.failed(); err != nil {
		return err
	}
	if !f.id.recorded() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.have.add(grain)
		return nil
	}
	if data == nil {
		buf := f.disk.buffer()
		defer f.disk.bufs.Put(buf)
		data = buf[:length]
		if _, err := f.part.ReadAt(data, grain*Grain); err != nil {
			return f.fault("read", f.partPath, err)
		}
	}
	return f.record(record{grain: grain, length: length, sum: checksum(data)})
}

// Drop makes a grain missing that was done or verified, because its bytes
// contradict a hash. No crash brings them back, and none loses the doubt about
// what comes in their place.
//
// Errors: [*DiskError].
func (f *File) Drop(grain int64) error {
	f.mu.Lock()
	f.have.remove(grain)
	delete(f.candidates, grain)
	f.doubts[grain] = true
	f.mu.Unlock()
	return f.mark(record{grain: grain, mark: wrongMark})
}

// Confirm ends the doubt about a grain, if there is one: a hash matches its
// bytes.
//
// Errors: [*DiskError].
func (f *File) Confirm(grain int64) error {
	f.mu.Lock()
	doubted := f.doubts[grain]
	delete(f.doubts, grain)
	f.mu.Unlock()
	if !doubted || !f.id.recorded() {
		return nil
	}
	return f.record(record{grain: grain, mark: rightMark})
}

// RequireProof notes that every byte is to be compared with a hash, for this run
// and those after it.
//
// Errors: [*DiskError].
func (f *File) RequireProof() error {
	f.mu.Lock()
	known := f.proof
	f.proof = true
	f.mu.Unlock()
	if known {
		return nil
	}
	return f.mark(record{mark: proofMark})
}

// ProofRequired reports whether this run or an earlier one called RequireProof.
func (f *File) ProofRequired() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.proof
}

// Doubted returns, in order, the grains that were dropped, in this run or an
// earlier one, and not confirmed since.
func (f *File) Doubted() []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.doubts))
}

// mark writes a record that no crash may lose.
func (f *File) mark(r record) error {
	if !f.id.recorded() {
		return nil
	}
	if err := f.record(r); err != nil {
		return err
	}
	return f.fault("sync", f.journalPath, f.journal.Sync())
}

// record writes a record. Its slot decides what it supersedes, not the moment
// when it is written.
func (f *File) record(r record) error {
	f.mu.Lock()
	if f.failure != nil {
		defer f.mu.Unlock()
		return f.failure
	}
	slot := f.slots
	f.slots++
	if r.length > 0 {
		f.have.add(r.grain)
		delete(f.candidates, r.grain)
		f.suspect = append(f.suspect, r.grain)
	}
	f.mu.Unlock()
	return f.fault("write", f.journalPath, f.journal.put(slot, r))
}

// failed is the error of an earlier sync, after which nothing more is written.
func (f *File) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

// fault wraps an error of the file system, with how much is still to come.
func (f *File) fault(op, path string, err error) error {
	err = diskErr(op, path, err)
	if e, ok := errors.AsType[*DiskError](err); ok && f.id.Size != Unknown {
		f.mu.Lock()
		defer f.mu.Unlock()
		e.Need = max(0, f.id.Size-(f.have.count+int64(len(f.candidates)))*Grain)
	}
	return err
}
