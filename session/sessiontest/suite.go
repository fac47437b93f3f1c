// Package sessiontest checks that a session.Store keeps what it promises.
//
//	func TestStore(t *testing.T) {
//		sessiontest.Run(t, func(t *testing.T) func() session.Store {
//			path := filepath.Join(t.TempDir(), "db")
//			return func() session.Store { return open(path) }
//		})
//	}
package sessiontest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/session"
)

// Run runs the suite. place makes an empty place to keep a session in and returns a
// function that opens it; each Store that it returns stands for a process of its own,
// and all are of one place. A Store that is an io.Closer is closed by place's own
// means, as with t.Cleanup.
func Run(t *testing.T, place func(t *testing.T) (open func() session.Store)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func() session.Store)
	}{
		{"begins empty", beginsEmpty},
		{"keys are durable", keysAreDurable},
		{"keys are copies", keysAreCopies},
		{"an error changes no keys", anErrorChangesNoKeys},
		{"nobody loses keys of others", nobodyLosesKeys},
		{"state is seen at once", stateIsSeenAtOnce},
		{"state outlives a flush", stateOutlivesAFlush},
		{"state merges", stateMerges},
		{"concurrent use", concurrentUse},
	} {
		t.Run(c.name, func(t *testing.T) {
			open := place(t)
			c.test(t, func() session.Store { return session.Whole(open()) })
		})
	}
}

// Key is a data center's keys for tests, different for each n.
func Key(n byte) session.DCKeys {
	k := session.DCKeys{
		CreatedAt:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Imported:   n%2 == 1,
		TimeOffset: -1500 * time.Millisecond,
		Salts: []session.Salt{{Value: -42}, {
			Value: 1<<62 + int64(n),
			Since: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC), Until: time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC),
		}},
	}
	for i := range k.AuthKey {
		k.AuthKey[i] = n + byte(i)
	}
	return k
}

func sample() session.Keys {
	return session.Keys{
		HomeDC: 1, UserID: 7_000_000_001, Bot: true,
		DCs: map[int]session.DCKeys{1: Key(1), 4: Key(4)},
		CDN: map[int]session.DCKeys{203: Key(203)},
	}
}

func beginsEmpty(t *testing.T, open func() session.Store) {
	s := open()
	keys, err := s.Keys()
	if err != nil || keys.HomeDC != 0 || keys.UserID != 0 || len(keys.DCs)+len(keys.CDN) != 0 {
		t.Errorf("an empty place has keys: %d, %d, %v", keys.HomeDC, keys.UserID, err)
	}
	state, err := s.State()
	if err != nil || len(state.Peers)+len(state.Options) != 0 {
		t.Errorf("an empty place has a state: %+v, %v", state, err)
	}
}

func keysAreDurable(t *testing.T, open func() session.Store) {
	want := sample()
	update(t, open(), func(k *session.Keys) { *k = want })
	checkKeys(t, open(), want)
	update(t, open(), func(k *session.Keys) { delete(k.DCs, 4) })
	delete(want.DCs, 4)
	checkKeys(t, open(), want)
}

func keysAreCopies(t *testing.T, open func() session.Store) {
	s := open()
	update(t, s, func(k *session.Keys) { *k = sample() })
	if got, err := s.Keys(); err != nil {
		t.Error(err)
	} else {
		got.UserID = 0
		got.DCs[1].Salts[0].Value++
		got.CDN[204] = Key(204)
	}
	checkKeys(t, s, sample())
}

func anErrorChangesNoKeys(t *testing.T, open func() session.Store) {
	s := open()
	update(t, s, func(k *session.Keys) { *k = sample() })
	odd := errors.New("odd")
	err := s.UpdateKeys(func(k *session.Keys) error {
		clear(k.DCs)
		k.UserID = 0
		return odd
	})
	if err != odd {
		t.Errorf("the error of the update is %v, not as it was", err)
	}
	checkKeys(t, s, sample())
	checkKeys(t, open(), sample())
}

func nobodyLosesKeys(t *testing.T, open func() session.Store) {
	const stores, each = 4, 10
	var wg sync.WaitGroup
	for i := range stores {
		s := open()
		wg.Go(func() {
			for j := range each {
				err := s.UpdateKeys(func(k *session.Keys) error {
					k.DCs[1+i*each+j] = Key(byte(i*each + j))
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	keys, err := open().Keys()
	if err != nil || len(keys.DCs) != stores*each {
		t.Errorf("%d of %d keys are left, %v", len(keys.DCs), stores*each, err)
	}
}

func stateIsSeenAtOnce(t *testing.T, open func() session.Store) {
	s := open()
	learn(t, s, "document:1", 4)
	var seen int
	if err := s.ViewState(func(state *session.State) { seen = state.Documents["document:1"] }); err != nil || seen != 4 {
		t.Errorf("seen: %d, %v", seen, err)
	}
	state, err := s.State()
	if err != nil || state.Documents["document:1"] != 4 {
		t.Errorf("copied: %+v, %v", state.Documents, err)
	}
	state.Documents["document:2"] = 5
	if again, err := s.State(); err != nil || len(again.Documents) != 1 {
		t.Errorf("a copy is no copy: %+v, %v", again.Documents, err)
	}
	odd := errors.New("odd")
	if err := s.UpdateState(func(*session.State) error { return odd }); err != odd {
		t.Errorf("the error of the update is %v, not as it was", err)
	}
}

func stateOutlivesAFlush(t *testing.T, open func() session.Store) {
	s := open()
	learn(t, s, "document:1", 4)
	flush(t, s)
	update(t, s, func(k *session.Keys) { *k = sample() })
	other := open()
	state, err := other.State()
	if err != nil {
		t.Error(err)
	}
	switch dc, ok := state.Documents["document:1"]; {
	case !ok:
		t.Log("this Store's state does not outlive its process, which costs round trips only")
	case dc != 4:
		t.Errorf("the state is %+v", state.Documents)
	}
	checkKeys(t, other, sample())
}

func stateMerges(t *testing.T, open func() session.Store) {
	a, b := open(), open()
	learn(t, a, "document:1", 1)
	learn(t, b, "document:2", 2)
	flush(t, a)
	flush(t, b)
	state, err := open().State()
	if err != nil {
		t.Error(err)
	}
	for name, dc := range state.Documents {
		if name != fmt.Sprintf("document:%d", dc) {
			t.Errorf("the state is %+v", state.Documents)
		}
	}
}

func concurrentUse(t *testing.T, open func() session.Store) {
	s := open()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				learn(t, s, fmt.Sprintf("document:%d", 100*i+j), 3)
				update(t, s, func(k *session.Keys) { k.DCs[1+i] = Key(byte(j)) })
				_, err := s.Keys()
				if err := errors.Join(err, s.ViewState(func(*session.State) {})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	state, err := s.State()
	keys, keysErr := s.Keys()
	if err := errors.Join(err, keysErr); err != nil || len(state.Documents) != 80 || len(keys.DCs) != 8 {
		t.Errorf("%d documents, %d keys, %v", len(state.Documents), len(keys.DCs), err)
	}
}

func update(t *testing.T, s session.Store, fn func(*session.Keys)) {
	t.Helper()
	if err := s.UpdateKeys(func(k *session.Keys) error { fn(k); return nil }); err != nil {
		t.Errorf("UpdateKeys: %v", err)
	}
}

func learn(t *testing.T, s session.Store, document string, dc int) {
	t.Helper()
	if err := s.UpdateState(func(state *session.State) error { state.Documents[document] = dc; return nil }); err != nil {
		t.Errorf("UpdateState: %v", err)
	}
}

func flush(t *testing.T, s session.Store) {
	t.Helper()
	if f, ok := s.(session.Flusher); ok {
		if err := f.Flush(); err != nil {
			t.Errorf("Flush: %v", err)
		}
	}
}

func checkKeys(t *testing.T, s session.Store, want session.Keys) {
	t.Helper()
	got, err := s.Keys()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the keys are others than were stored: home %d, user %d, %d and %d keys, %v", got.HomeDC, got.UserID, len(got.DCs), len(got.CDN), err)
	}
}
