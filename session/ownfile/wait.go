package ownfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// patience is how long others are given to do what an open waits for; look is how often
// they are looked after, since no system tells when it is done.
const (
	patience = 5 * time.Second
	look     = 5 * time.Millisecond
)

// retried opens a file without waiting, again while another program, such as a file
// server, holds a lease on it: the first try has the system ask for it.
func retried(open func() (*os.File, error)) (*os.File, error) {
	return whileErr(syscall.EAGAIN, open)
}

func whileErr(busy error, open func() (*os.File, error)) (*os.File, error) {
	for end := time.Now().Add(patience); ; time.Sleep(look) {
		f, err := open()
		if !errors.Is(err, busy) || time.Now().After(end) {
			return f, err
		}
	}
}
