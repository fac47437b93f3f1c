// Package tgtypes makes samples of gotd's types, for tests of what reads them.
package tgtypes

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// made are functions that make an empty one of each constructor.
var made = sync.OnceValue(tg.TypesConstructorMap)

// Constructors are the ids of all that a server may send, in order.
func Constructors() []uint32 {
	var ids []uint32
	for id := range small() {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// New is a constructor whose needed fields are as small as may be.
func New(id uint32) bin.Object {
	obj := made()[id]()
	v := reflect.ValueOf(obj).Elem()
	for _, f := range fields(v.Type()) {
		if f.optional {
			continue
		}
		if of := f.constructors(); len(of) > 0 && f.typ.Kind() != reflect.Slice {
			set(v.FieldByName(f.name), New(smallest(of)))
		}
	}
	return obj
}

// With is New with an optional field.
func With(id uint32, name string) bin.Object {
	obj := New(id)
	for _, f := range fields(reflect.TypeOf(obj).Elem()) {
		if f.name == name {
			f.put(obj, 0)
		}
	}
	complete(obj)
	return obj
}

// complete fills what shares a flag with fields that were set.
func complete(obj bin.Object) {
	if obj.Encode(new(bin.Buffer)) == nil {
		return
	}
	v := reflect.ValueOf(obj).Elem()
	for _, f := range fields(v.Type()) {
		if into := v.FieldByName(f.name); f.typ.Kind() == reflect.Interface && into.IsNil() {
			set(into, New(smallest(f.constructors())))
		}
	}
}

// Optional are the names of fields that need not be there.
func Optional(id uint32) (names []string) {
	for _, f := range fieldsOf(id) {
		if f.optional {
			names = append(names, f.name)
		}
	}
	return names
}

// Inside is New(outer) with New(inner) in the first field that takes it, or nil if none does.
func Inside(outer, inner uint32) bin.Object {
	for _, f := range fieldsOf(outer) {
		if slices.Contains(f.constructors(), inner) {
			obj := New(outer)
			f.put(obj, inner)
			complete(obj)
			return obj
		}
	}
	return nil
}

// Children are the constructors that fields of one take.
func Children(id uint32) (ids []uint32) {
	for _, f := range fieldsOf(id) {
		ids = append(ids, f.constructors()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Cycle is the shortest way from a constructor to itself, without its return, or nil
// if it cannot be inside itself.
func Cycle(id uint32) []uint32 {
	from := map[uint32]uint32{}
	for queue := []uint32{id}; len(queue) > 0; queue = queue[1:] {
		for _, child := range Children(queue[0]) {
			if child == id {
				way := []uint32{queue[0]}
				for way[0] != id {
					way = slices.Insert(way, 0, from[way[0]])
				}
				return way
			}
			if _, seen := from[child]; !seen {
				from[child] = queue[0]
				queue = append(queue, child)
			}
		}
	}
	return nil
}

// fieldType is a field of a constructor.
type fieldType struct {
	name     string
	typ      reflect.Type
	optional bool
}

// put sets the field of obj, to New(inner) where that is not 0.
func (f fieldType) put(obj bin.Object, inner uint32) {
	v := reflect.ValueOf(obj)
	value := reflect.New(f.typ).Elem()
	of, into := f.constructors(), value
	if f.typ.Kind() == reflect.Slice {
		value.Set(reflect.MakeSlice(f.typ, 1, 1))
		into = value.Index(0)
	}
	if inner == 0 && len(of) > 0 {
		inner = smallest(of)
	}
	switch {
	case inner != 0:
		set(into, New(inner))
	case f.typ.Kind() == reflect.Bool:
		into.SetBool(true)
	}
	if setter := v.MethodByName("Set" + f.name); f.optional && setter.IsValid() {
		setter.Call([]reflect.Value{value})
		return
	}
	v.Elem().FieldByName(f.name).Set(value)
}

// set puts a constructor into a variable of its type or class.
func set(into reflect.Value, obj bin.Object) {
	v := reflect.ValueOf(obj)
	if into.Kind() == reflect.Struct {
		v = v.Elem()
	}
	into.Set(v)
}

// constructors are what an element of the field may be.
func (f fieldType) constructors() []uint32 {
	t := f.typ
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return ofType(t)
}

func fieldsOf(id uint32) []fieldType {
	return fields(reflect.TypeOf(made()[id]()).Elem())
}

var byStruct sync.Map // of reflect.Type to []fieldType

func fields(t reflect.Type) (list []fieldType) {
	if known, ok := byStruct.Load(t); ok {
		return known.([]fieldType)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == reflect.TypeFor[bin.Fields]() {
			continue
		}
		_, optional := reflect.PointerTo(t).MethodByName("Set" + f.Name)
		list = append(list, fieldType{f.Name, f.Type, optional})
	}
	byStruct.Store(t, list)
	return list
}

// types are the constructors by their struct.
var types = sync.OnceValue(func() map[reflect.Type]uint32 {
	m := map[reflect.Type]uint32{}
	for id, obj := range made() {
		if v := reflect.TypeOf(obj()).Elem(); v.Kind() == reflect.Struct && !function(v) {
			m[v] = id
		}
	}
	return m
})

// function says that a type is a method's request.
func function(t reflect.Type) bool {
	name := t.Name()
	return len(name) > 7 && name[len(name)-7:] == "Request"
}

var byType sync.Map // of reflect.Type to []uint32

// ofType are the constructors that a variable of a type takes.
func ofType(t reflect.Type) []uint32 {
	if known, ok := byType.Load(t); ok {
		return known.([]uint32)
	}
	var ids []uint32
	switch t.Kind() {
	case reflect.Struct:
		if id, ok := types()[t]; ok {
			ids = []uint32{id}
		}
	case reflect.Interface:
		for c, id := range types() {
			if reflect.PointerTo(c).Implements(t) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	byType.Store(t, ids)
	return ids
}

// small is how deep the needed fields of each constructor nest at least.
var small = sync.OnceValue(func() map[uint32]int {
	depth := map[uint32]int{}
	for grew := true; grew; {
		grew = false
		for t, id := range types() {
			if _, done := depth[id]; done {
				continue
			}
			if d, ok := needed(t, depth); ok {
				depth[id], grew = d, true
			}
		}
	}
	if len(depth) != len(types()) {
		panic(fmt.Sprintf("%d of %d constructors can be made", len(depth), len(types())))
	}
	return depth
})

// needed is how deep the needed fields of a type nest, as far as is known.
func needed(t reflect.Type, depth map[uint32]int) (int, bool) {
	most := 0
	for _, f := range fields(t) {
		of := f.constructors()
		if f.optional || len(of) == 0 || f.typ.Kind() == reflect.Slice {
			continue
		}
		least := -1
		for _, id := range of {
			if d, ok := depth[id]; ok && (least < 0 || d < least) {
				least = d
			}
		}
		if least < 0 {
			return 0, false
		}
		most = max(most, least+1)
	}
	return most, true
}

// smallest is the constructor of which the least is needed.
func smallest(ids []uint32) uint32 {
	return slices.MinFunc(ids, func(a, b uint32) int { return small()[a] - small()[b] })
}
