package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"
)

const (
	// sealedPrefix begins every file in age's binary format.
	sealedPrefix = "age-encryption.org/v1\n"
	// workFactor is the binary logarithm of scrypt's cost, that of age itself: most of
	// a second of a core and 256 MiB for each guess at the passphrase. Files that were
	// sealed with less are opened all the same.
	workFactor = 18
	// maxWorkFactor bounds what a keys file from elsewhere can make us spend: a
	// few seconds and 1 GiB.
	maxWorkFactor = 20
)

// vault encrypts and decrypts keys files with a passphrase. The state of the
// last file is kept, so that one that did not change is decrypted once only.
type vault struct {
	// Immutable. A nil ask means that there is no passphrase to be had.
	ask        func() (string, error)
	workFactor int

	mu         sync.Mutex
	encrypts   bool   // Guarded by mu; a file in the clear is encrypted.
	passphrase string // Guarded by mu; "" until asked for.
	sealed     []byte // Guarded by mu; the file last opened or sealed,
	plain      []byte // Guarded by mu; and its contents.
}

// locks says that files are to be encrypted that are not.
func (v *vault) locks() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.encrypts
}

// set has files encrypted with a passphrase from now on, or not at all if it is
// empty. undo has them so as before.
func (v *vault) set(passphrase string) (undo func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	encrypts, before := v.encrypts, v.passphrase
	v.encrypts, v.passphrase = passphrase != "", passphrase
	v.sealed, v.plain = nil, nil
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.encrypts, v.passphrase = encrypts, before
	}
}

// isSealed says whether data is an encrypted file.
func isSealed(data []byte) bool { return bytes.HasPrefix(data, []byte(sealedPrefix)) }

// open returns the contents of the encrypted file data, which path names in
// errors. The caller does not change what is returned.
func (v *vault) open(path string, data []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sealed != nil && bytes.Equal(data, v.sealed) {
		return v.plain, nil
	}
	if err := v.askLocked(path); err != nil {
		return nil, err
	}
	plain, err := v.decryptLocked(data)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		v.passphrase = ""
		return nil, &PassphraseError{Path: path, Reason: "the passphrase does not open it"}
	}
	if err != nil {
		return nil, &DamagedError{Path: path, Reason: "it cannot be decrypted: " + err.Error()}
	}
	v.sealed, v.plain = data, plain
	return plain, nil
}

func (v *vault) decryptLocked(data []byte) ([]byte, error) {
	identity, err := age.NewScryptIdentity(v.passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(data), identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// seal returns the encrypted file with the contents plain.
func (v *vault) seal(path string, plain []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.askLocked(path); err != nil {
		return nil, err
	}
	sealed, err := v.encryptLocked(plain)
	if err != nil {
		return nil, fmt.Errorf("session: encrypt keys: %w", err)
	}
	v.sealed, v.plain = sealed, plain
	return sealed, nil
}

func (v *vault) encryptLocked(plain []byte) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(v.passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(v.workFactor)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// prepare asks for the passphrase, which will be needed.
func (v *vault) prepare(path string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.askLocked(path)
}

// askLocked asks for the passphrase if it is not known yet.
func (v *vault) askLocked(path string) error {
	if v.passphrase != "" {
		return nil
	}
	if v.ask == nil {
		return &PassphraseError{Path: path, Reason: "it is encrypted and no passphrase was given"}
	}
	passphrase, err := v.ask()
	if err != nil {
		return fmt.Errorf("session: passphrase: %w", err)
	}
	if passphrase == "" {
		return &PassphraseError{Path: path, Reason: "its passphrase is empty"}
	}
	v.passphrase = passphrase
	return nil
}
