package session

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// With KeepPlain a file stays as it is: in the clear, where nobody is asked for a
// passphrase, or encrypted.
func TestKeepPlain(t *testing.T) {
	dir := t.TempDir()
	never := func() (string, error) { return "", errors.New("asked for a passphrase in vain") }
	d, err := OpenDir(dir, DirOptions{Passphrase: never, KeepPlain: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.UpdateKeys(put(sampleKeys())); err != nil || isSealed(readKeysFile(t, dir)) {
		t.Errorf("in the clear: error %v", err)
	}

	if err := openVault(t, dir, "open sesame").UpdateKeys(func(*Keys) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := d.UpdateKeys(put(Keys{})); err == nil || !isSealed(readKeysFile(t, dir)) {
		t.Errorf("encrypted by another process: error %v", err)
	}
	d, err = OpenDir(dir, DirOptions{Passphrase: constant("open sesame"), KeepPlain: true})
	if err != nil {
		t.Fatal(err)
	}
	d.vault.workFactor = quickWork
	want := sampleKeys()
	want.HomeDC = 3
	if err := d.UpdateKeys(put(want)); err != nil || !isSealed(readKeysFile(t, dir)) {
		t.Errorf("encrypted: error %v", err)
	}
	if got, err := openVault(t, dir, "open sesame").Keys(); err != nil || !cmp.Equal(want, got) {
		t.Errorf("error %v, diff %s", err, cmp.Diff(want, got))
	}
}

func TestSetPassphrase(t *testing.T) {
	dir := t.TempDir()
	want := sampleKeys()
	if err := openDir(t, dir).UpdateKeys(put(want)); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDir(dir, DirOptions{Passphrase: constant("unused"), KeepPlain: true})
	if err != nil {
		t.Fatal(err)
	}
	d.vault.workFactor = quickWork
	for _, passphrase := range []string{"first", "second", ""} {
		if err := d.SetPassphrase(passphrase); err != nil {
			t.Fatal(err)
		}
		// Whoever writes next keeps it so.
		if err := d.UpdateKeys(func(k *Keys) error { k.HomeDC++; return nil }); err != nil {
			t.Fatal(err)
		}
		want.HomeDC++
		if is, err := d.Encrypted(); err != nil || is != (passphrase != "") {
			t.Errorf("%q: encrypted %v, %v", passphrase, is, err)
		}
		opts := DirOptions{}
		if passphrase != "" {
			opts.Passphrase = constant(passphrase)
		}
		again, err := OpenDir(dir, opts)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Keys(); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%q: error %v, diff %s", passphrase, err, cmp.Diff(want, got))
		}
	}
}

// A passphrase cannot be changed by who does not know it.
func TestSetPassphraseNeedsTheOldOne(t *testing.T) {
	dir := t.TempDir()
	d := openVault(t, dir, "open sesame")
	if err := d.UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	before := readKeysFile(t, dir)
	d.vault = &vault{ask: constant("open barley"), workFactor: quickWork}
	if err := d.SetPassphrase("mine"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("error %v", err)
	}
	if string(before) != string(readKeysFile(t, dir)) {
		t.Error("the file was changed")
	}
}
