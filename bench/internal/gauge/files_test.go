package gauge

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

const kib = 1 << 10

// Parts are aligned, never cut short but in a file that is smaller than one, and go
// round all files.
func TestFilesGoRound(t *testing.T) {
	a, b := NewFile(nil, 300*kib), NewFile(nil, 50*kib)
	f := NewFiles([]*File{a, b})
	for i, want := range []struct {
		file *File
		off  int64
		n    int
	}{
		{a, 0, 128 * kib}, {a, 128 * kib, 128 * kib}, // Not the 44 KiB at its end.
		{b, 0, 50 * kib}, {a, 0, 128 * kib},
	} {
		file, off, n := f.next(128 * kib)
		if file != want.file || off != want.off || n != want.n {
			t.Errorf("part %d: %d bytes at %d of a file of %d, want %d at %d of %d", i, n, off, file.Size, want.n, want.off, want.file.Size)
		}
	}
	// A larger part begins at a multiple of its size.
	if _, off, _ := f.next(256 * kib); off%(256*kib) != 0 {
		t.Errorf("256 KiB at %d", off)
	}
}

// script answers calls for files.
type script struct {
	data  func(off int64, n int) []byte
	err   error
	calls int
}

func (s *script) Do(_ context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	s.calls++
	if s.err != nil {
		err := s.err
		s.err = nil
		return err
	}
	request := in.(*tg.UploadGetFileRequest)
	answer := out.(*filedata.FileAnswer)
	answer.N = copy(answer.Dst, s.data(request.Offset, request.Limit))
	return nil
}

func zeros(n int) func(int64, int) []byte {
	return func(int64, int) []byte { return make([]byte, n) }
}

func hashed(f *File, off, n int) {
	sum := sha256.Sum256(make([]byte, n))
	if err := f.AddHashes([]tg.FileHash{{Offset: int64(off), Limit: n, Hash: sum[:]}}); err != nil {
		panic(err)
	}
}

func TestReadChecks(t *testing.T) {
	const part = 128 * kib
	for _, c := range []struct {
		name    string
		data    func(int64, int) []byte
		wrong   bool
		checked int64
	}{
		{"right", zeros(part), false, 64 * kib},
		{"short", zeros(part - 1), true, 0},
		{"a byte in a window is wrong", func(_ int64, n int) []byte { b := make([]byte, n); b[5] = 1; return b }, true, 0},
		{"a byte that nobody vouches for", func(_ int64, n int) []byte { b := make([]byte, n); b[n-1] = 1; return b }, false, 64 * kib},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := NewFile(nil, 10*part)
			hashed(file, 0, 64*kib)
			hashed(file, 100*kib, 64*kib) // Reaches beyond the part: cannot be checked by it.
			checked, err := NewFiles([]*File{file}).read(t.Context(), &script{data: c.data}, dcpool.Target{}, make([]byte, part))
			if _, wrong := errors.AsType[*report.WrongError](err); wrong != c.wrong || !wrong && (err != nil || checked != c.checked) {
				t.Errorf("%d bytes checked, %v", checked, err)
			}
		})
	}
}

// An expired reference is renewed once; a second one is the end.
func TestReadRenewsItsReference(t *testing.T) {
	const part = 128 * kib
	expired := tgerr.New(400, "FILE_REFERENCE_EXPIRED")
	renewals := 0
	file := NewFile(&tg.InputDocumentFileLocation{ID: 1}, 10*part)
	file.Refresh = func(context.Context) (tg.InputFileLocationClass, error) {
		renewals++
		return &tg.InputDocumentFileLocation{ID: 2}, nil
	}
	files := NewFiles([]*File{file})
	s := &script{data: zeros(part), err: expired}
	if _, err := files.read(t.Context(), s, dcpool.Target{}, make([]byte, part)); err != nil || s.calls != 2 || renewals != 1 {
		t.Fatalf("%v after %d calls and %d renewals", err, s.calls, renewals)
	}
	s.err = expired
	if _, err := files.read(t.Context(), s, dcpool.Target{}, make([]byte, part)); !dcpool.ReferenceExpired(err) || renewals != 1 {
		t.Errorf("%v after %d renewals", err, renewals)
	}
}

// While one finds the file again, the others wait for that and nothing else does.
func TestRenewalHoldsUpNobodyElse(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	file := NewFile(&tg.InputDocumentFileLocation{ID: 1}, 10)
	file.Refresh = func(context.Context) (tg.InputFileLocationClass, error) {
		close(asked) // A second time would panic.
		<-answer
		return &tg.InputDocumentFileLocation{ID: 2}, nil
	}
	var all errgroup.Group
	all.Go(func() error { return file.renew(t.Context(), 0) })
	<-asked
	hashed(file, 0, 10)
	if _, renewed := file.Location(); renewed != 0 {
		t.Errorf("renewed %d times", renewed)
	}
	gone, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if err := file.renew(gone, 0); !errors.Is(err, stop) {
		t.Errorf("a call that nobody wants any more: %v", err)
	}
	all.Go(func() error { return file.renew(t.Context(), 0) })
	close(answer)
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	if location, renewed := file.Location(); renewed != 1 || location.(*tg.InputDocumentFileLocation).ID != 2 {
		t.Errorf("renewed %d times, to %v", renewed, location)
	}
}
