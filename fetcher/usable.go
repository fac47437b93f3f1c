package fetcher

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// ErrInvalidFile is wrapped by errors about a File that was made by hand and lacks
// what it takes to be fetched, or that has a size which no file on Telegram has.
var ErrInvalidFile = errors.New("not a file that can be fetched")

const (
	// storedByTelegram is the largest file that Telegram stores, in bytes:
	// upload_max_fileparts_premium parts of 512 KiB. See
	// https://core.telegram.org/api/config#client-configuration.
	storedByTelegram = 8000 * (512 << 10)
	// believedOfTelegram is the largest size, in bytes, that is believed of a file on Telegram's
	// own network: some 16 times as much, so that a raised limit costs nobody a file.
	believedOfTelegram = 64 << 30
)

// largest is the largest size that is believed of a file on a network. Elsewhere than on Telegram's
// own, the disk's room alone is a bound.
func largest(n dcpool.Network) int64 {
	if n.IsTelegram() {
		return believedOfTelegram
	}
	return chunker.MaxSize
}

// check refuses what no Resolve has made, and a size that is not believed.
func (c *Client) check(f File) error {
	if err := f.check(); err != nil {
		return err
	}
	return c.checkSize(f.Size)
}

// checkSize refuses a size that is not believed, before anything is made for it.
func (c *Client) checkSize(size int64) error {
	if size <= c.largest {
		return nil
	}
	return fmt.Errorf("%w: %w: %d bytes; Telegram stores files of up to %d, and more than %d is not believed: leave the file out",
		ErrInvalidFile, chunker.ErrSize, size, int64(storedByTelegram), c.largest)
}

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
