//go:build !purego

package ige

import "golang.org/x/sys/cpu"

// hasAES reports whether the assembly runs here.
var hasAES = cpu.ARM64.HasAES
