package session

import "errors"

// Flusher is what a [Store] may be besides: one that writes its state later than it
// says. Flush writes what there is to write; a Pool calls it when it is closed.
type Flusher interface{ Flush() error }

// ErrNotCalled means that a Store reported success without calling the function that it
// was given.
var ErrNotCalled = errors.New("session: the Store says that it is done, and never called the function it was given")

// Whole returns a Store that can be relied on, over one that may hand out nil maps in
// Keys and State, as one does that decodes them from somewhere; and that makes a success
// without a call of the function [ErrNotCalled]. It is a [Flusher]. Pools and Clients see
// to it themselves.
func Whole(s Store) Store {
	switch s := s.(type) {
	case nil:
		return nil
	case *Dir, *Memory, *Blob, whole:
		return s
	}
	return whole{s}
}

type whole struct{ Store }

func (w whole) Keys() (Keys, error) {
	keys, err := w.Store.Keys()
	keys.initMaps()
	return keys, err
}

func (w whole) UpdateKeys(fn func(*Keys) error) error {
	called := false
	return calledBy(&called, w.Store.UpdateKeys(func(k *Keys) error {
		called = true
		k.initMaps()
		return fn(k)
	}))
}

func (w whole) State() (State, error) {
	state, err := w.Store.State()
	state.initMaps()
	return state, err
}

func (w whole) ViewState(fn func(*State)) error {
	called := false
	return calledBy(&called, w.Store.ViewState(func(s *State) {
		called = true
		fn(s)
	}))
}

func (w whole) UpdateState(fn func(*State) error) error {
	called := false
	return calledBy(&called, w.Store.UpdateState(func(s *State) error {
		called = true
		s.initMaps()
		return fn(s)
	}))
}

// calledBy is the error of a Store that was given a function.
func calledBy(called *bool, err error) error {
	if err == nil && !*called {
		return ErrNotCalled
	}
	return err
}

func (w whole) Flush() error {
	if f, ok := w.Store.(Flusher); ok {
		return f.Flush()
	}
	return nil
}
