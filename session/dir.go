package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Names of the files in a session directory.
const (
	keysName  = "keys"
	stateName = "state"
	lockName  = "lock"
)

const (
	// lockTimeout bounds the wait for another process, which holds the lock
	// for the milliseconds of one read and write.
	lockTimeout = 10 * time.Second
	lockPoll    = 2 * time.Millisecond
)

// DirOptions configure a Dir; the zero value works.
type DirOptions struct {
	// Logger hears of an ignored state file; nil discards.
	Logger *slog.Logger
	// StateInterval is the shortest time between two writes of the state file
	// before Flush or Close; 0 means two seconds.
	StateInterval time.Duration
}

// Dir is a Store in a directory with the files "keys", "state" and "lock". It
// may be used by several goroutines, and the directory by several processes.
type Dir struct {
	// Immutable.
	path     string
	log      *slog.Logger
	interval time.Duration
	// step, if set, hears of each step of the replacement of a file; a test
	// panics in it to stop there as the death of the process would.
	step func(step string)
	// writing is occupied by whoever writes the state file.
	writing chan struct{}

	mu     sync.Mutex
	loaded bool      // Guarded by mu; state and base are filled.
	dirty  bool      // Guarded by mu; state differs from base.
	state  State     // Guarded by mu.
	base   State     // Guarded by mu; what was last read or written.
	wrote  time.Time // Guarded by mu; when base was last written.
}

var _ Store = (*Dir)(nil)

// OpenDir opens the session in dir, which it creates (mode 0700) if need be.
// It reads the keys once, so that a damaged file is known at once.
//
// Errors: [*DamagedError], or the file system's.
func OpenDir(dir string, opts DirOptions) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	d := &Dir{
		path:     dir,
		log:      opts.Logger,
		interval: opts.StateInterval,
		writing:  make(chan struct{}, 1),
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.interval == 0 {
		d.interval = 2 * time.Second
	}
	if err := d.restrict(); err != nil {
		return nil, err
	}
	if _, err := d.Keys(); err != nil {
		return nil, err
	}
	return d, nil
}

// restrict takes the permissions of others off the keys file, in case it was
// copied here by hand.
func (d *Dir) restrict() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	path := filepath.Join(d.path, keysName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	d.log.Warn("keys file was open to others, closing it", "path", path, "mode", info.Mode().Perm())
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// Path is the directory.
func (d *Dir) Path() string { return d.path }

// Keys implements Store.
func (d *Dir) Keys() (Keys, error) {
	// A file is replaced as a whole, so reading needs no lock, except on
	// Windows, where an open file cannot be replaced.
	if runtime.GOOS == "windows" {
		unlock, err := d.lock()
		if err != nil {
			return Keys{}, err
		}
		defer unlock()
	}
	keys, _, _, err := d.readKeys()
	return keys, err
}

// UpdateKeys implements Store. The new file is on the disk when it returns.
func (d *Dir) UpdateKeys(fn func(*Keys) error) error {
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	keys, secs, old, err := d.readKeys()
	if err != nil {
		return err
	}
	if err := fn(&keys); err != nil {
		return err
	}
	if err := encodeKeys(keys, secs); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	data, err := formatFile(keysName, secs)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if bytes.Equal(data, old) {
		return nil
	}
	return d.replace(keysName, data)
}

// readKeys reads and parses the keys file; a missing one is an empty session.
func (d *Dir) readKeys() (keys Keys, secs sections, data []byte, err error) {
	path := filepath.Join(d.path, keysName)
	data, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		keys.initMaps()
		return keys, make(sections), nil, nil
	}
	if err != nil {
		return Keys{}, nil, nil, fmt.Errorf("session: %w", err)
	}
	secs, err = parseFile(keysName, data)
	if err == nil {
		keys, err = decodeKeys(secs)
	}
	if err != nil {
		return Keys{}, nil, nil, &DamagedError{Path: path, Reason: err.Error()}
	}
	return keys, secs, data, nil
}

// lock takes the directory's lock, which excludes other processes and other
// goroutines alike, and returns its release.
func (d *Dir) lock() (unlock func(), err error) {
	path := filepath.Join(d.path, lockName)
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	l := flock.New(path, flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, lockPoll); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("session: another process has held %s for %v", path, lockTimeout)
		}
		return nil, fmt.Errorf("session: lock: %w", err)
	}
	return func() {
		if err := l.Unlock(); err != nil {
			d.log.Warn("session lock was not released", "path", path, "error", err)
		}
	}, nil
}
