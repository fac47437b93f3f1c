package hostile

import (
	"fmt"
	"slices"
)

// Table is all attacks. What precedes ": " in a name is the kind; attacks of one kind differ in a
// value.
func Table() []Attack {
	return slices.Concat(
		streamAttacks(), cutAttacks(), exchangeAttacks(), messageAttacks(), packedAttacks(), serviceAttacks(),
		refusalAttacks(), configAttacks(), loginAttacks(), chatAttacks(), fileAttacks(), redirectAttacks(), hashAttacks(),
	)
}

// place is where attacks of many kinds strike.
type place struct {
	name   string
	at     Moment
	method uint32
}

// places are the moments at which a stream can be broken.
var places = []place{
	{"Accept", Accept, 0}, {"Greet", Greet, 0}, {"ResPQ", ResPQ, 0}, {"DHParams", DHParams, 0}, {"DHAnswer", DHAnswer, 0},
	{"Session", Session, 0}, {"getFile", Query, fileMethod},
}

// each makes one attack for each value.
func each[T any](kind string, p place, values []T, do func(*Strike, T)) []Attack {
	var list []Attack
	for _, v := range values {
		name := fmt.Sprintf("%v", v)
		if len(name) > 60 {
			name = fmt.Sprintf("%.60s… (%d)", name, len(name))
		}
		list = append(list, Attack{
			Name: fmt.Sprintf("%s at %s: %s", kind, p.name, name), At: p.at, Method: p.method,
			Do: func(s *Strike) { do(s, v) },
		})
	}
	return list
}

// named is an attack for each entry, in order of the names.
func named(kind string, p place, list map[string]func(*Strike)) []Attack {
	var names []string
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	var attacks []Attack
	for _, name := range names {
		attacks = append(attacks, Attack{
			Name: fmt.Sprintf("%s at %s: %s", kind, p.name, name), At: p.at, Method: p.method, Do: list[name],
		})
	}
	return attacks
}
