package mtserve

import "slices"

// DropTemp carries out auth.dropTempAuthKeys: it forgets the temporary keys
// that are bound to the same permanent key as k, but for those with an id in
// except. https://core.telegram.org/method/auth.dropTempAuthKeys
func (t *KeyTable) DropTemp(k *Key, except []int64) {
	for other := range t.All() {
		if other.Temporary && other.Owner() == k.Owner() && !slices.Contains(except, other.IntID()) {
			t.Forget(other.ID)
		}
	}
}
