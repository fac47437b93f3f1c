//go:build (amd64 || arm64) && !purego

package ige

import "testing"

// TestWithoutInstructions is this package on a processor without AES instructions.
func TestWithoutInstructions(t *testing.T) {
	defer func(has bool) { hasAES = has }(hasAES)
	hasAES = false
	TestOpenSSLVector(t)
	TestMatchesGotd(t)
}
