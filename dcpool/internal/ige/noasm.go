//go:build !amd64 || purego

package ige

type engine = generic
