package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/adrg/xdg"
)

// StateDir is where the session of the real Telegram lives.
func StateDir() string { return filepath.Join(xdg.StateHome, "tgfetch", "telegram") }

// TestStateDir is where the session of Telegram's test data centers lives: their accounts and keys are
// others.
func TestStateDir() string { return filepath.Join(xdg.StateHome, "tgfetch", "telegram-test") }

// ClusterStateDir is where the session of a cluster lives. It is a folder apart for each cluster, so
// that a test server never sees, and never replaces, the keys of the real account, nor those of
// another cluster. Marks are what tells clusters apart, in any order: the application's id, the
// addresses, the RSA keys. Simulators share their RSA keys, so addresses are needed among them.
func ClusterStateDir(marks ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(marks)), "\n")))
	return filepath.Join(xdg.StateHome, "tgfetch", "clusters", hex.EncodeToString(sum[:8]))
}

// DefaultAccount is the name of the account that is used when none is named.
const DefaultAccount = "default"

// accounts is the folder of the named accounts, below that of the default one.
const accounts = "accounts"

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// CheckAccount says whether a name can be an account's. Names are lower case, for some file systems
// do not tell case apart.
func CheckAccount(name string) error {
	if name == "" || accountName.MatchString(name) {
		return nil
	}
	return &Error{fmt.Sprintf("account %q", name), "a name is 1 to 32 of a-z, 0-9, - and _, and begins with a letter or digit"}
}

// AccountDir is where the session of the account with this name lives, below the state folder of its
// network. An empty name is the default account.
func AccountDir(dir, name string) string {
	if name == "" || name == DefaultAccount {
		return dir
	}
	return filepath.Join(dir, accounts, name)
}

// Accounts are the names of the accounts that were ever used below dir, the default one first.
func Accounts(dir string) []string {
	names := []string{DefaultAccount}
	entries, err := os.ReadDir(filepath.Join(dir, accounts))
	if err != nil {
		return names // There is no folder before there is a second account.
	}
	for _, e := range entries {
		if e.IsDir() && accountName.MatchString(e.Name()) && e.Name() != DefaultAccount {
			names = append(names, e.Name())
		}
	}
	return names
}
