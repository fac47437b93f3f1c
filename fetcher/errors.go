package fetcher

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// Errors of the connections that callers meet here, under one roof.
var (
	// ErrClosed is returned by calls of a closed Client.
	ErrClosed = dcpool.ErrClosed
	// ErrLoginNeeded is wrapped by errors that only a new login can cure.
	ErrLoginNeeded = dcpool.ErrLoginNeeded
)

// Types of errors of the connections that callers meet here. [Retry] knows them all.
type (
	// FloodError reports that Telegram asks to wait longer than the limit allows.
	FloodError = dcpool.FloodError
	// UnreachableError reports a data center that no connection could be had to.
	UnreachableError = dcpool.UnreachableError
	// LostError reports a call that may or may not have been done when its connection
	// was lost.
	LostError = dcpool.LostError
	// ProxyError reports a proxy that leads nowhere.
	ProxyError = proxy.Error
)

// Why a link gives no file.
var (
	// ErrNotFound: no such chat, or no such message in it.
	ErrNotFound = errors.New("not found")
	// ErrNoMedia: the message has nothing to download.
	ErrNoMedia = errors.New("the message has no media to download")
	// ErrNoAccess: this account may not see it.
	ErrNoAccess = errors.New("this account has no access")
)

// What a server answered that no file can be made of.
var (
	// ErrShort: fewer bytes than the file has, again and again.
	ErrShort = errors.New("the server sends fewer bytes than the file has")
	// ErrLong: more bytes than the file has, again and again.
	ErrLong = errors.New("the server sends more bytes than the file has")
)

// ItemError says which item of a link gave no file.
type ItemError struct {
	// Link is the link that was resolved.
	Link Link
	// Item is the item's own link.
	Item string
	// Err is a *SkipError, ErrNotFound, ErrNoAccess or another cause.
	Err error
}

func (e *ItemError) Error() string { return e.Item + ": " + e.Err.Error() }

func (e *ItemError) Unwrap() error { return e.Err }

// VerifyError reports bytes that contradict the hash of the file's own data
// center, from every place they can be had from; or that have no hash, where one
// was asked for.
type VerifyError struct {
	// File is the file's name, Offset where the range starts.
	File   string
	Offset int64
	// NoHash says that there is nothing to compare the bytes with.
	NoHash bool

	end int64 // Of the bytes that contradict their hash.
}

// contradicts is the error of a window that no bytes match.
func (r *remote) contradicts(w cdn.Window) error {
	return &VerifyError{File: r.file.Name, Offset: w.Offset, end: w.End()}
}

func (e *VerifyError) Error() string {
	if e.NoHash {
		return fmt.Sprintf("%s: Telegram has no hash for the bytes at %d, so they are not proven", e.File, e.Offset)
	}
	return fmt.Sprintf("%s: the bytes at %d do not match Telegram's hash, from any server; try again later", e.File, e.Offset)
}

// DiskError reports a file operation that failed. What was downloaded so far
// stays in its .part file.
type DiskError = partfile.DiskError

// diskError wraps an error of the file system; nil stays nil.
func diskError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err // The path is said once.
	}
	return &DiskError{Op: op, Path: path, Err: err}
}

// BusyError reports a target that another download writes right now.
type BusyError struct {
	// Path is where the file was to go.
	Path string
}

func (e *BusyError) Error() string {
	return e.Path + " is being written by another download; wait for it, or choose another folder"
}

// MigrationError reports data centers that send a file's requests to one
// another.
type MigrationError struct {
	// File is the file's name, Path the data centers visited, in order.
	File string
	Path []int
}

func (e *MigrationError) Error() string {
	var path strings.Builder
	for i, dc := range e.Path {
		if i > 0 {
			path.WriteString(" → ")
		}
		fmt.Fprint(&path, dc)
	}
	return fmt.Sprintf("%s: data centers send the download from one to another (%s); try again later", e.File, path.String())
}

// ReferenceError reports a file reference that expired and could not be
// renewed.
type ReferenceError struct {
	// File is the file's name.
	File string
	// Err is why; nil if the source keeps giving a reference the server refuses.
	Err error
}

func (e *ReferenceError) Error() string {
	if e.Err == nil {
		return e.File + ": Telegram refuses the file reference it has just given; try again later"
	}
	return fmt.Sprintf("%s: the file reference expired and the file cannot be found again: %v", e.File, e.Err)
}

func (e *ReferenceError) Unwrap() error { return e.Err }
