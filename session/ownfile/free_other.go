//go:build !linux && !darwin && !windows

package ownfile

import "errors"

func free(string) (uint64, error) { return 0, errors.ErrUnsupported }

func (d *Folder) free() (uint64, error) { return 0, errors.ErrUnsupported }
