//go:build !unix

package chaos

import "errors"

func become(confinement) error { return errors.ErrUnsupported }
