package fetcher

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/tgfetch/tgfetch/chunker"
)

// ErrInvalidFile is wrapped by errors about a File that was made by hand and lacks
// what it takes to be fetched.
var ErrInvalidFile = errors.New("not a file that can be fetched")

// check refuses what no Resolve has made.
func (f File) check() error {
	lacks := func(what string) error {
		return fmt.Errorf("%w: it has no %s; take Files from Client.Resolve, or give it what that would", ErrInvalidFile, what)
	}
	location := reflect.ValueOf(f.Location)
	switch {
	case !location.IsValid(), location.Kind() == reflect.Pointer && location.IsNil():
		return lacks("Location")
	case f.Kind == "":
		return lacks("Kind")
	case f.ID == 0:
		return lacks("ID")
	case f.Size != UnknownSize && (f.Size < 0 || f.Size > chunker.MaxSize):
		return fmt.Errorf("%w: %w: %d bytes", ErrInvalidFile, chunker.ErrSize, f.Size)
	}
	if err := f.identity().Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidFile, err)
	}
	return nil
}

// safeName is the name to save the file under, whoever made the File.
func (f File) safeName() string {
	if name := SafeName(f.Name); name != "" {
		return name
	}
	return fileName(f)
}
