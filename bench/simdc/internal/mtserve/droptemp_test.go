package mtserve

import (
	"crypto/rand"
	"testing"

	"github.com/gotd/td/crypto"
)

func TestDropTemp(t *testing.T) {
	table := NewKeyTable()
	key := func(owner *Key) *Key {
		var value crypto.Key
		rand.Read(value[:])
		auth := value.WithID()
		k := &Key{ID: auth.ID, auth: auth, Temporary: owner != nil, owner: owner}
		table.add(k)
		return k
	}
	perm, stranger := key(nil), key(nil)
	kept, dropped, other := key(perm), key(perm), key(stranger)
	table.DropTemp(kept, []int64{kept.IntID()})
	for k, want := range map[*Key]bool{perm: true, stranger: true, kept: true, dropped: false, other: true} {
		if _, there := table.Get(k.ID); there != want {
			t.Errorf("temporary %v: there %v, want %v", k.Temporary, there, want)
		}
	}
}
