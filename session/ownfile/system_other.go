//go:build !linux && !darwin && !windows

package ownfile

import "errors"

func (d *Folder) renameNew(string, string) error { return errors.ErrUnsupported }
