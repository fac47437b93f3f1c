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

	"github.com/tgfetch/tgfetch/session/ownfile"
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
	// Passphrase, if set, has the keys file encrypted with the passphrase it
	// returns. It is called when the passphrase is first needed, and again only
	// if it failed or the passphrase was wrong; its error ends what needed it.
	// A file that is not encrypted yet is at the next UpdateKeys. Nil reads and
	// writes the file in the clear.
	Passphrase func() (string, error)
	// KeepPlain has Passphrase open what is encrypted, and leaves a file in the
	// clear as it is.
	KeepPlain bool
}

// Dir is a Store in a directory with the files "keys", "state" and "lock". It
// may be used by several goroutines, and the directory by several processes.
type Dir struct {
	// Immutable.
	path     string
	log      *slog.Logger
	interval time.Duration
	vault    *vault
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
// Errors: [*DamagedError], [*PassphraseError], that of DirOptions.Passphrase, or
// the file system's.
func OpenDir(dir string, opts DirOptions) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	d := &Dir{
		path:     dir,
		log:      opts.Logger,
		interval: opts.StateInterval,
		vault: &vault{
			ask: opts.Passphrase, workFactor: workFactor, encrypts: opts.Passphrase != nil && !opts.KeepPlain,
		},
		writing: make(chan struct{}, 1),
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.interval == 0 {
		d.interval = 2 * time.Second
	}
	if err := d.restrict(); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	if _, err := d.Keys(); err != nil {
		return nil, err
	}
	return d, nil
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
	if err := d.prepare(); err != nil {
		return err
	}
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
	sealed := old.encrypted || d.vault.locks()
	if bytes.Equal(data, old.plain) && old.encrypted == sealed {
		return nil
	}
	return d.writeKeys(data, sealed)
}

// prepare gets the passphrase before the lock is taken: others would wait for the
// person who is asked.
func (d *Dir) prepare() error {
	path := d.file(keysName)
	if !d.vault.locks() {
		data, err := d.read(ownfile.Keys, keysName)
		if err != nil || !isSealed(data) {
			return nil // What is wrong with the file is said when it is needed.
		}
	}
	return d.vault.prepare(path)
}

func (d *Dir) writeKeys(data []byte, sealed bool) (err error) {
	if sealed {
		if data, err = d.vault.seal(d.file(keysName), data); err != nil {
			return err
		}
	}
	return d.replace(ownfile.Keys, keysName, data)
}

// SetPassphrase encrypts the keys file with another passphrase, or with one for
// the first time; an empty one writes it in the clear. It holds for what this Dir
// writes later, too. Other processes that have the session open need the new
// passphrase for their next change.
//
// Errors: as of UpdateKeys.
func (d *Dir) SetPassphrase(passphrase string) error {
	if err := d.prepare(); err != nil {
		return err
	}
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	_, secs, _, err := d.readKeys()
	if err != nil {
		return err
	}
	data, err := formatFile(keysName, secs)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	undo := d.vault.set(passphrase)
	if err := d.writeKeys(data, passphrase != ""); err != nil {
		undo() // What is there opens with the one of before.
		return err
	}
	return nil
}

// Exists says whether there is a session in dir: a keys file.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, keysName))
	return err == nil
}

// Encrypted says whether the keys file is encrypted now.
func (d *Dir) Encrypted() (bool, error) {
	data, err := d.read(ownfile.Keys, keysName)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("session: %w", err)
	}
	return isSealed(data), nil
}

// file is the path of one of the session's files.
func (d *Dir) file(name string) string { return filepath.Join(d.path, name) }

// read reads one of the session's files.
func (d *Dir) read(k ownfile.Kind, name string) ([]byte, error) {
	folder, err := ownfile.OpenFolder(d.path)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.ReadFile(k, d.file(name))
}

// keysFile is a keys file that was read.
type keysFile struct {
	plain     []byte // As formatFile made it; nil if there is no file.
	encrypted bool
}

// readKeys reads and parses the keys file; a missing one is an empty session.
func (d *Dir) readKeys() (keys Keys, secs sections, file keysFile, err error) {
	path := d.file(keysName)
	data, err := d.read(ownfile.Keys, keysName)
	if errors.Is(err, fs.ErrNotExist) {
		keys.initMaps()
		return keys, make(sections), keysFile{}, nil
	}
	if err != nil {
		return Keys{}, nil, keysFile{}, fmt.Errorf("session: %w", err)
	}
	file = keysFile{plain: data, encrypted: isSealed(data)}
	if file.encrypted {
		if file.plain, err = d.vault.open(path, data); err != nil {
			return Keys{}, nil, keysFile{}, err
		}
	}
	secs, err = parseFile(keysName, file.plain)
	if err == nil {
		keys, err = decodeKeys(secs)
	}
	if err != nil {
		return Keys{}, nil, keysFile{}, &DamagedError{Path: path, Reason: err.Error()}
	}
	return keys, secs, file, nil
}

// lock takes the directory's lock, which excludes other processes and other
// goroutines alike, and returns its release.
func (d *Dir) lock() (unlock func(), err error) {
	path := d.file(lockName)
	if err := d.checkLock(); err != nil {
		return nil, fmt.Errorf("session: lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	l := flock.New(path, flock.SetPermissions(ownfile.Private), flock.SetFlag(os.O_CREATE|os.O_RDONLY|ownfile.NoWait))
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

// checkLock refuses a lock file that would be waited for, or is another file; a missing
// one is made.
func (d *Dir) checkLock() error {
	folder, err := ownfile.OpenFolder(d.path)
	if err != nil {
		return err
	}
	defer folder.Close()
	f, err := folder.Open(d.file(lockName))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = folder.OpenOwn(ownfile.Lock, d.file(lockName), true)
	}
	if err != nil {
		return err
	}
	return f.Close()
}
