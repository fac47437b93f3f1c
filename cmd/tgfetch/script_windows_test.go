package main

import (
	"errors"
	"os"
)

// fillPipe is for scripts that send signals, which Windows cannot.
func fillPipe(*os.File) error { return errors.ErrUnsupported }
