package mtserve

import "sync"

// slot holds one value of the API layer, created at its first use.
type slot struct {
	once  sync.Once
	value any
}

// Value returns the value that the first call's init made. The value is not
// guarded: it carries its own lock if it changes.
func (s *slot) Value(init func() any) any {
	s.once.Do(func() { s.value = init() })
	return s.value
}
