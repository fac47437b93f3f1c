package main

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestMemoryIsNotDumped: no core has the keys, and no other process of the user reads them.
func TestMemoryIsNotDumped(t *testing.T) {
	var before, now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_CORE, &before); err != nil {
			t.Error(err)
		}
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
			t.Error(err)
		}
	}()
	if err := guardMemory(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &now); err != nil || now.Cur != 0 || now.Max != before.Max {
		t.Errorf("cores may have %d bytes of %d, error %v", now.Cur, now.Max, err)
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		t.Errorf("dumpable is %d, error %v", dumpable, err)
	}
}
