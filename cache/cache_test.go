package cache

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMemory(t *testing.T, size int64) *Memory {
	t.Helper()
	m, err := NewMemory(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func TestMemoryKeepsPiecesApart(t *testing.T) {
	m := newMemory(t, 1<<20)
	keys := []Key{
		{"document:1", Data, 0}, {"document:1", Window, 0}, {"document:1", Data, 128 << 10},
		{"document:2", Data, 0}, {"document:11", Data, 0}, {"", Data, 0}, {"document:1", Data, 1 << 40},
	}
	for i, key := range keys {
		m.Put(key, fmt.Append(nil, "piece ", i))
	}
	m.wait()
	for i, key := range keys {
		dst := make([]byte, 100)
		n, ok := m.Get(key, dst)
		if want := fmt.Sprint("piece ", i); !ok || string(dst[:n]) != want {
			t.Errorf("%+v holds %q, %v; want %q", key, dst[:n], ok, want)
		}
	}
}

func TestMemoryKeepsACopy(t *testing.T) {
	m := newMemory(t, 1<<20)
	key := Key{File: "document:1"}
	mine := []byte("before")
	m.Put(key, mine)
	m.wait()
	copy(mine, "AFTER!")
	dst := make([]byte, 6)
	if _, ok := m.Get(key, dst); !ok || string(dst) != "before" {
		t.Fatalf("got %q, %v", dst, ok)
	}
	copy(dst, "spoilt")
	again := make([]byte, 6)
	if m.Get(key, again); string(again) != "before" {
		t.Errorf("a reader changed the cache: %q", again)
	}
	if _, ok := m.Get(key, make([]byte, 5)); ok {
		t.Error("a piece longer than dst was found")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(t, 1<<20)
	piece := make([]byte, 64<<10)
	for i := range 200 {
		m.Put(Key{File: "document:1", Offset: int64(i)}, piece)
	}
	m.wait()
	held := 0
	for i := range 200 {
		if n, ok := m.Get(Key{File: "document:1", Offset: int64(i)}, piece); ok {
			held += n
		}
	}
	if held > 1<<20 {
		t.Errorf("holds %d bytes of 1 MiB", held)
	}
}

func TestMemoryClosedWhileInUse(t *testing.T) {
	m := newMemory(t, 1<<20)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			piece := bytes.Repeat([]byte{byte(i)}, 100)
			for j := range 200 {
				key := Key{File: "document:1", Offset: int64(j)}
				m.Put(key, piece)
				m.Get(key, piece)
			}
		})
	}
	m.Close()
	wg.Wait()
	if _, ok := m.Get(Key{}, nil); ok {
		t.Error("found a piece after Close")
	}
}

func TestMemoryRefusesANegativeSize(t *testing.T) {
	if _, err := NewMemory(-1); err == nil {
		t.Error("no error")
	}
}

func TestNone(t *testing.T) {
	var c Cache = None{}
	c.Put(Key{}, []byte("x"))
	if _, ok := c.Get(Key{}, make([]byte, 1)); ok {
		t.Error("None kept something")
	}
	c.Close()
}
