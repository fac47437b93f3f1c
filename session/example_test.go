package session_test

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/tgfetch/tgfetch/session"
)

// Keep a session in a folder. Another process sees every change of the keys at once.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := session.OpenDir(dir, session.DirOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	err = store.UpdateKeys(func(k *session.Keys) error {
		k.HomeDC, k.UserID = 2, 7001
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}

	other, err := session.OpenDir(dir, session.DirOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer other.Close()
	keys, err := other.Keys()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("account", keys.UserID, "at home on data center", keys.HomeDC)
	// Output:
	// account 7001 at home on data center 2
}

// A damaged keys file is an error that names it, and never a silent new login.
func ExampleDir_Keys() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(dir+"/keys", []byte("tgfetch keys 1 and then nothing"), 0o600); err != nil {
		log.Fatal(err)
	}

	store, err := session.OpenDir(dir, session.DirOptions{})
	if err == nil {
		defer store.Close()
		_, err = store.Keys()
	}
	fmt.Println(errors.Is(err, session.ErrDamaged))
	// Output:
	// true
}

// Keep a session in one value of a database.
func ExampleFromBlob() {
	row := []byte(nil) // Stands for the database.
	store := session.FromBlob(func(change func([]byte) ([]byte, error)) error {
		next, err := change(row)
		if err != nil {
			return err
		}
		row = next
		return nil
	})
	err := store.UpdateKeys(func(k *session.Keys) error {
		k.HomeDC = 4
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	keys, err := store.Keys()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("home is data center", keys.HomeDC, "and the row is empty:", len(row) == 0)
	// Output:
	// home is data center 4 and the row is empty: false
}
