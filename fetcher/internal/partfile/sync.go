package partfile

import (
	"errors"
	"io/fs"
	"time"
)

// startSyncer starts the goroutine that syncs a file with a journal. What has
// none is synced once, by Finish.
func (f *File) startSyncer() {
	if !f.id.recorded() {
		return
	}
	every := f.disk.SyncEvery
	if every == 0 {
		every = defaultSyncEvery
	}
	f.full = make(chan struct{}, 1)
	f.stop = make(chan struct{})
	f.stopped = make(chan struct{})
	go func() {
		defer close(f.stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-f.stop:
				return
			case <-tick.C:
			case <-f.full:
			}
			if f.unsynced.Load() > 0 {
				// The error is kept, and the next call of anybody gets it.
				_ = f.Sync()
			}
		}
	}()
}

func (f *File) stopSyncer() {
	if f.stop != nil {
		close(f.stop)
		<-f.stopped
		f.stop = nil
	}
}

// wrote counts bytes, and wakes the syncer when they are many.
func (f *File) wrote(n int) {
	most := f.disk.SyncBytes
	if most == 0 {
		most = defaultSyncBytes
	}
	if f.unsynced.Add(int64(n)) >= most && f.full != nil {
		select {
		case f.full <- struct{}{}:
		default:
		}
	}
}

// Sync puts the bytes, and then the records of them, on the disk. It is called
// by itself often enough; writers do not wait for it.
//
// Errors: [*DiskError]. After one, every call fails and the download has to be
// opened again: it is not known which bytes the disk has.
func (f *File) Sync() error {
	f.syncing.Lock()
	defer f.syncing.Unlock()

	f.mu.Lock()
	batch, failure := f.suspect, f.failure
	f.suspect = nil
	f.mu.Unlock()
	if failure != nil {
		return failure
	}
	f.unsynced.Store(0)
	if err := f.part.Sync(); err != nil {
		return f.distrust(batch, f.fault("sync", f.partPath, err))
	}
	if !f.id.recorded() {
		return nil
	}
	if err := f.journal.Sync(); err != nil {
		return f.distrust(nil, f.fault("sync", f.journalPath, err))
	}
	// Bytes written to a file without a name would be lost in silence.
	if _, err := f.fs.Lstat(f.partPath); errors.Is(err, fs.ErrNotExist) {
		return f.distrust(nil, f.fault("find", f.partPath, err))
	}
	return nil
}

// distrust ends the writing after a failed sync and takes back, if the disk still
// lets it, the records of the grains that sync was to cover. The system may have
// given their bytes up and yet show them to readers, so that verifying would
// not find out.
func (f *File) distrust(batch []int64, err error) error {
	f.mu.Lock()
	f.failure = err
	batch = append(batch, f.suspect...)
	slot := f.slots
	f.slots += int64(len(batch))
	f.mu.Unlock()
	if f.journal == nil {
		return err
	}
	for i, g := range batch {
		if f.journal.put(slot+int64(i), record{grain: g}) != nil {
			return err
		}
	}
	_ = f.journal.Sync()
	return err
}
