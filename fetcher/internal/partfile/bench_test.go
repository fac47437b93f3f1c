package partfile

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

func BenchmarkChecksum(b *testing.B) {
	data := content(Identity{ID: 1, Size: Grain})
	b.SetBytes(Grain)
	b.ReportAllocs()
	for b.Loop() {
		checksum(data)
	}
}

// BenchmarkSmallFile is a whole file of 64 KiB: opened, written, on the disk
// under its final name; 16 at a time on each processor. Runs soon after each
// other disturb one another: ext4 searches long for inodes that were not just
// deleted.
func BenchmarkSmallFile(b *testing.B) {
	var (
		d    Disk
		dir  = b.TempDir()
		id   = Identity{Kind: "photo", ID: 1, Size: 64 << 10}
		data = content(id)
		next atomic.Int64
	)
	b.SetBytes(id.Size)
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			f, err := d.Open(filepath.Join(dir, fmt.Sprint(next.Add(1))), id, Options{})
			if err == nil {
				_, err = f.WriteAt(data, 0)
			}
			if err == nil {
				err = f.Done(0, data)
			}
			if err == nil {
				err = f.Finish(id.Size, time.Time{})
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkLargeFile is a file of 256 MiB in parts of 1 MiB, from Open to
// Finish, syncs included.
func BenchmarkLargeFile(b *testing.B) {
	var (
		d    Disk
		id   = Identity{Kind: "document", ID: 1, Size: 256 << 20}
		part = content(Identity{ID: 1, Size: 1 << 20})
		path = filepath.Join(b.TempDir(), name)
	)
	b.SetBytes(id.Size)
	b.ReportAllocs()
	for b.Loop() {
		f, err := d.Open(path, id, Options{Overwrite: true})
		if err != nil {
			b.Fatal(err)
		}
		writeAll(b, f, part)
		if err := f.Finish(id.Size, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}

func writeAll(b *testing.B, f *File, part []byte) {
	b.Helper()
	for off := int64(0); off < f.id.Size; off += int64(len(part)) {
		if _, err := f.WriteAt(part, off); err != nil {
			b.Fatal(err)
		}
		for n := 0; n < len(part); n += Grain {
			if err := f.Done((off+int64(n))/Grain, part[n:n+Grain]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkDone is the record of one grain, its checksum included.
func BenchmarkDone(b *testing.B) {
	var d Disk
	f, err := d.Open(filepath.Join(b.TempDir(), name), Identity{Kind: "document", ID: 1, Size: 1 << 40}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	data := content(Identity{ID: 1, Size: Grain})
	b.SetBytes(Grain)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Done(1, data); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Remove(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkVerify reads 256 MiB again that an earlier run recorded.
func BenchmarkVerify(b *testing.B) {
	var (
		d    Disk
		id   = Identity{Kind: "document", ID: 1, Size: 256 << 20}
		path = filepath.Join(b.TempDir(), name)
	)
	f, err := d.Open(path, id, Options{})
	if err != nil {
		b.Fatal(err)
	}
	writeAll(b, f, content(Identity{ID: 1, Size: 1 << 20}))
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(id.Size)
	b.ReportAllocs()
	for b.Loop() {
		f, err := d.Open(path, id, Options{})
		if err != nil {
			b.Fatal(err)
		}
		good := 0
		if err := f.Verify(b.Context(), 2, func(_ int64, ok bool) {
			if ok {
				good++
			}
		}); err != nil || int64(good) != grains(id.Size) {
			b.Fatalf("%d good grains, %v", good, err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
