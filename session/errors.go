package session

import (
	"errors"
	"fmt"
)

// ErrDamaged is what every [*DamagedError] is.
var ErrDamaged = errors.New("session file is damaged")

// DamagedError reports a keys file that cannot be understood. The file is left
// as it was: it may hold the only keys of an account.
type DamagedError struct {
	Path   string
	Reason string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("keys file %s is unusable: %s; put back a copy of it, or move it away and log in again", e.Path, e.Reason)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }

// ErrPassphrase is what every [*PassphraseError] is.
var ErrPassphrase = errors.New("session passphrase is missing or wrong")

// PassphraseError reports a keys file that cannot be opened, or written, with
// what DirOptions.Passphrase gave. The file is left as it was.
type PassphraseError struct {
	Path   string
	Reason string
}

func (e *PassphraseError) Error() string {
	return fmt.Sprintf("keys file %s: %s", e.Path, e.Reason)
}

// Is makes errors.Is(err, ErrPassphrase) true.
func (e *PassphraseError) Is(target error) bool { return target == ErrPassphrase }
