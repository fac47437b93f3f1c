//go:build !purego

package ige

import "golang.org/x/sys/cpu"

// hasAES reports whether the assembly runs here. It uses the three-operand forms
// of the AES instructions, which need AVX.
var hasAES = cpu.X86.HasAES && cpu.X86.HasAVX
