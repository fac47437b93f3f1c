package main

import (
	"os"

	"github.com/tgfetch/tgfetch/fetcher"
)

// isDevice reports a path such as /dev/null, which takes bytes and keeps no name for them.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// deviceTarget is the device at the target's path. What belongs beside a file has no place there.
func deviceTarget(t fetcher.Target) fetcher.Target {
	return fetcher.Target{Path: t.Path, Verify: t.Verify}
}
