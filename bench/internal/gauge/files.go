package gauge

import (
	"context"
	"fmt"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// Doer sends calls; *dcpool.Pool is one.
type Doer interface {
	Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error
}

// File is one file to read.
type File struct {
	// Immutable.
	Size int64
	// CDN is where on a CDN it lies; nil is its own data center.
	CDN *cdn.Redirect
	// Refresh finds it again when its reference has expired.
	Refresh func(context.Context) (tg.InputFileLocationClass, error)

	mu       sync.Mutex
	location tg.InputFileLocationClass // Guarded by mu.
	renewed  int                       // Guarded by mu; how often location changed.
	renewing chan struct{}             // Guarded by mu; closed when somebody has tried to find the file again, nil if nobody does.
	windows  cdn.Windows               // Guarded by mu.
}

// NewFile returns a file of size bytes at location.
func NewFile(location tg.InputFileLocationClass, size int64) *File {
	return &File{location: location, Size: size}
}

// AddHashes takes in what a server published.
func (f *File) AddHashes(hashes []tg.FileHash) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.windows.Add(hashes, f.Size)
}

// Location is where the file is now, and how often that has changed.
func (f *File) Location() (tg.InputFileLocationClass, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.location, f.renewed
}

// renew finds the file again, once for all who read it under the same location.
// Those who come meanwhile wait; if it failed, they try in turn.
func (f *File) renew(ctx context.Context, seen int) error {
	for {
		wait, done := f.beginRenewal(seen)
		switch {
		case done:
			return nil
		case wait == nil:
			location, err := f.Refresh(ctx)
			f.endRenewal(location, err)
			return err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// beginRenewal is what to wait for, nil for the one who is to find the file again. done
// says that this was done after seen.
func (f *File) beginRenewal(seen int) (wait <-chan struct{}, done bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.renewed != seen:
		return nil, true
	case f.renewing != nil:
		return f.renewing, false
	}
	f.renewing = make(chan struct{})
	return nil, false
}

func (f *File) endRenewal(location tg.InputFileLocationClass, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.location, f.renewed = location, f.renewed+1
	}
	close(f.renewing)
	f.renewing = nil
}

// check compares what was read at off with the hashes inside of it and returns how
// many bytes they covered.
func (f *File) check(off int64, data []byte) (checked int64, err error) {
	f.mu.Lock()
	over := f.windows.Over(off, off+int64(len(data)))
	f.mu.Unlock()
	for _, w := range over {
		if w.Offset < off || w.End() > off+int64(len(data)) {
			continue
		}
		if !w.Matches(data[w.Offset-off:][:w.Limit]) {
			return checked, &report.WrongError{Offset: w.Offset, Why: "the bytes do not match their hash"}
		}
		checked += int64(w.Limit)
	}
	return checked, nil
}

// Files hands out ranges of files, round and round. It may be used concurrently.
type Files struct {
	list []*File // Immutable.

	mu  sync.Mutex
	at  int   // Guarded by mu; index of the file being read.
	off int64 // Guarded by mu; where in it.
}

// NewFiles reads these files, of which there must be one.
func NewFiles(list []*File) *Files { return &Files{list: list} }

// Len is how many there are, Size their bytes.
func (f *Files) Len() int { return len(f.list) }

// Size is the bytes of all files.
func (f *Files) Size() (n int64) {
	for _, file := range f.list {
		n += file.Size
	}
	return n
}

// next is the next range of part bytes, aligned to part as upload.getFile wants it,
// and how many of them the file has. Only of a file that is shorter is the range
// not whole.
func (f *Files) next(part int) (file *File, off int64, want int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := int64(part)
	off = (f.off + size - 1) / size * size
	if file = f.list[f.at]; off > 0 && off+size > file.Size {
		f.at, off = (f.at+1)%len(f.list), 0
		file = f.list[f.at]
	}
	f.off = off + size
	return file, off, int(min(size, file.Size-off))
}

// read reads the next range into buf and checks it.
//
// Errors: Do's, and *report.WrongError.
func (f *Files) read(ctx context.Context, do Doer, t dcpool.Target, buf []byte) (checked int64, err error) {
	file, off, want := f.next(len(buf))
	t.Bytes = len(buf)
	var n int
	if file.CDN != nil {
		n, err = file.readCDN(ctx, do, t, off, buf)
	} else {
		n, err = file.readPlain(ctx, do, t, off, buf)
	}
	if err != nil {
		return 0, err
	}
	if n != want {
		return 0, &report.WrongError{Offset: off, Why: fmt.Sprintf("%d bytes where there are %d", n, want)}
	}
	return file.check(off, buf[:n])
}

func (f *File) readPlain(ctx context.Context, do Doer, t dcpool.Target, off int64, buf []byte) (int, error) {
	for {
		location, seen := f.Location()
		answer := filedata.FileAnswer{Dst: buf}
		err := do.Do(ctx, t, &tg.UploadGetFileRequest{Location: location, Offset: off, Limit: len(buf)}, &answer)
		switch {
		case dcpool.ReferenceExpired(err) && f.Refresh != nil && seen == 0:
			if err := f.renew(ctx, seen); err != nil {
				return 0, err
			}
		case err != nil:
			return 0, err
		case answer.Redirect != nil:
			return 0, &report.WrongError{Offset: off, Why: "the data center sends to a CDN although that was not allowed"}
		default:
			return answer.N, nil
		}
	}
}

func (f *File) readCDN(ctx context.Context, do Doer, t dcpool.Target, off int64, buf []byte) (int, error) {
	answer := filedata.CDNFileAnswer{Dst: buf}
	err := do.Do(ctx, t, &tg.UploadGetCDNFileRequest{FileToken: f.CDN.Token, Offset: off, Limit: len(buf)}, &answer)
	switch {
	case err != nil:
		return 0, err
	case answer.ReuploadNeeded != nil:
		return 0, &ReuploadError{Token: answer.ReuploadNeeded.RequestToken, File: f}
	}
	return answer.N, f.CDN.Decrypt(buf[:answer.N], off)
}

// ReuploadError says that the CDN wants the file from its data center first.
type ReuploadError struct {
	Token []byte
	File  *File
}

func (e *ReuploadError) Error() string { return "the CDN does not have the file yet" }
