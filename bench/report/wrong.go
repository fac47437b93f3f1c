package report

import "fmt"

// WrongError reports bytes that are not those of the file.
type WrongError struct {
	Offset int64 // Where in the file.
	Why    string
}

func (e *WrongError) Error() string { return fmt.Sprintf("at %d: %s", e.Offset, e.Why) }
