package session

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

// quickWork keeps tests from spending their time in scrypt.
const quickWork = 2

// constant is a passphrase that needs no asking.
func constant(passphrase string) func() (string, error) {
	return func() (string, error) { return passphrase, nil }
}

func openVault(t *testing.T, dir, passphrase string) *Dir {
	t.Helper()
	d, err := OpenDir(dir, DirOptions{Passphrase: constant(passphrase)})
	if err != nil {
		t.Fatal(err)
	}
	d.vault.workFactor = quickWork
	return d
}

func readKeysFile(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, keysName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPassphraseEncryptsKeys(t *testing.T) {
	dir := t.TempDir()
	want := sampleKeys()
	if err := openVault(t, dir, "open sesame").UpdateKeys(put(want)); err != nil {
		t.Fatal(err)
	}
	data := readKeysFile(t, dir)
	key := want.DCs[1].AuthKey
	for _, secret := range [][]byte{key[:8], []byte(base64.StdEncoding.EncodeToString(key[:12])), []byte("home_dc")} {
		if bytes.Contains(data, secret) {
			t.Errorf("the file shows %q", secret)
		}
	}
	got, err := openVault(t, dir, "open sesame").Keys()
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("error %v, diff %s", err, cmp.Diff(want, got))
	}
}

// What we write is an age file like any other, so that nobody needs this
// program to get at the keys.
func TestEncryptedFileIsAges(t *testing.T) {
	dir := t.TempDir()
	if err := openVault(t, dir, "open sesame").UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	identity, err := age.NewScryptIdentity("open sesame")
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(readKeysFile(t, dir)), identity)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := goldenKeys(); err != nil || !bytes.Equal(plain, want) {
		t.Errorf("error %v, contents %q", err, plain)
	}
}

func TestPassphraseThatDoesNotOpen(t *testing.T) {
	dir := t.TempDir()
	if err := openVault(t, dir, "open sesame").UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	before := readKeysFile(t, dir)
	noTerminal := errors.New("no terminal")
	for _, tt := range []struct {
		name string
		ask  func() (string, error)
		want error
		text string
	}{
		{"wrong", constant("open barley"), ErrPassphrase, "the passphrase does not open it"},
		{"empty", constant(""), ErrPassphrase, "its passphrase is empty"},
		{"none", nil, ErrPassphrase, "it is encrypted and no passphrase was given"},
		{"unknown", func() (string, error) { return "", noTerminal }, noTerminal, "no terminal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenDir(dir, DirOptions{Passphrase: tt.ask})
			if !errors.Is(err, tt.want) || !strings.Contains(fmt.Sprint(err), tt.text) || errors.Is(err, ErrDamaged) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			d := openVault(t, dir, "open sesame")
			d.vault = &vault{ask: tt.ask, workFactor: quickWork}
			if err := d.UpdateKeys(put(Keys{})); !errors.Is(err, tt.want) {
				t.Errorf("update: error %v, want %v", err, tt.want)
			}
			if !bytes.Equal(before, readKeysFile(t, dir)) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestWrongPassphraseIsAskedAgain(t *testing.T) {
	dir := t.TempDir()
	if err := openVault(t, dir, "right").UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	answers := []string{"wrong", "right", "never asked"}
	d := openVault(t, dir, "right")
	d.vault = &vault{workFactor: quickWork, ask: func() (string, error) {
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	}}
	if _, err := d.Keys(); !errors.Is(err, ErrPassphrase) {
		t.Errorf("error %v", err)
	}
	for range 3 {
		if _, err := d.Keys(); err != nil {
			t.Error(err)
		}
	}
	if len(answers) != 1 {
		t.Errorf("asked %d times, want 2", 3-len(answers))
	}
}

func TestPlainFileIsEncryptedAtTheNextWrite(t *testing.T) {
	dir := t.TempDir()
	want := sampleKeys()
	if err := openDir(t, dir).UpdateKeys(put(want)); err != nil {
		t.Fatal(err)
	}
	d := openVault(t, dir, "open sesame")
	if got, err := d.Keys(); err != nil || !cmp.Equal(want, got) || isSealed(readKeysFile(t, dir)) {
		t.Errorf("reading: error %v", err)
	}
	if err := d.UpdateKeys(func(*Keys) error { return nil }); err != nil {
		t.Fatal(err)
	}
	sealed := readKeysFile(t, dir)
	if !isSealed(sealed) {
		t.Error("the file is not encrypted")
	}
	if err := d.UpdateKeys(func(*Keys) error { return nil }); err != nil || !bytes.Equal(sealed, readKeysFile(t, dir)) {
		t.Errorf("encrypted again for nothing, error %v", err)
	}
	if got, err := openVault(t, dir, "open sesame").Keys(); err != nil || !cmp.Equal(want, got) {
		t.Errorf("error %v, diff %s", err, cmp.Diff(want, got))
	}
}

func TestDamagedEncryptedKeys(t *testing.T) {
	dir := t.TempDir()
	if err := openVault(t, dir, "open sesame").UpdateKeys(put(sampleKeys())); err != nil {
		t.Fatal(err)
	}
	good := readKeysFile(t, dir)
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	costly := bytes.Replace(good, []byte(" 2\n"), []byte(" 30\n"), 1)
	for name, data := range map[string][]byte{
		"torn":           good[:len(good)-1],
		"header only":    []byte(sealedPrefix),
		"flipped bit":    flipped,
		"endless scrypt": costly,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, keysName), data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := OpenDir(dir, DirOptions{Passphrase: constant("open sesame")})
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestEncryptedKeysOfManyWriters(t *testing.T) {
	const writers, each = 4, 5
	dir := t.TempDir()
	var wg sync.WaitGroup
	for w := range writers {
		d := openVault(t, dir, "open sesame")
		wg.Go(func() {
			for i := range each {
				id := w*each + i + 1
				if err := d.UpdateKeys(func(k *Keys) error {
					k.DCs[id] = testKey(byte(id))
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	keys, err := openVault(t, dir, "open sesame").Keys()
	if err != nil || len(keys.DCs) != writers*each {
		t.Errorf("%d keys, error %v", len(keys.DCs), err)
	}
}

// BenchmarkSeal is what one write of an encrypted keys file costs.
func BenchmarkSeal(b *testing.B) {
	v := &vault{ask: constant("open sesame"), workFactor: workFactor}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.seal("keys", []byte("keys")); err != nil {
			b.Fatal(err)
		}
	}
}
