//go:build (!amd64 && !arm64) || purego

package ige

type engine = generic
