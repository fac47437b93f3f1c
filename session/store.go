package session

// Flusher is what a [Store] may be besides: one that writes its state later than it
// says. Flush writes what there is to write; a Pool calls it when it is closed.
type Flusher interface{ Flush() error }

// Whole returns a Store that can be relied on for what [Store] says about maps, over
// one that may hand out nil maps in Keys and State, as one does that decodes them from
// somewhere. It is a [Flusher]. Pools and Clients see to it themselves.
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
	return w.Store.UpdateKeys(func(k *Keys) error {
		k.initMaps()
		return fn(k)
	})
}

func (w whole) State() (State, error) {
	state, err := w.Store.State()
	state.initMaps()
	return state, err
}

func (w whole) UpdateState(fn func(*State) error) error {
	return w.Store.UpdateState(func(s *State) error {
		s.initMaps()
		return fn(s)
	})
}

func (w whole) Flush() error {
	if f, ok := w.Store.(Flusher); ok {
		return f.Flush()
	}
	return nil
}
