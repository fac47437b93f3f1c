//go:build !unix

package soak

import "errors"

func become(confinement) error { return errors.ErrUnsupported }
