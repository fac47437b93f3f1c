//go:build race

package simdc

import (
	"runtime"
	"unsafe"
)

// written tells the race detector at once that all of b was written. Being told of every
// word took most of the time of tests that run with it.
func written(b []byte) {
	runtime.RaceWriteRange(unsafe.Pointer(unsafe.SliceData(b)), len(b))
}
