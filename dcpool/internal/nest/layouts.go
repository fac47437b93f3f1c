package nest

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// layoutsText has one line per constructor: its id and its fields. The letters of fields are the
// constants below; ?Fb in front of one makes it depend on bit b, in base 32, of the F-th flags. Fields
// without bytes, as flags.0?true, are left out.
//
//go:embed layouts.txt
var layoutsText string

// Kinds of fields.
const (
	flags  = '#'
	word   = 'i' // int and Bool
	long   = 'l' // long and double
	int128 = 'q'
	int256 = 'x'
	bytes  = 's' // string and bytes
	object = 'o' // a constructor and what belongs to it
	vector = 'V' // of what the next letter says
)

// field is one field of a constructor.
type field struct {
	kind, elem byte
	// flags and bit say what the field depends on, if conditional.
	conditional bool
	flags, bit  int
}

// layouts are the fields of each constructor.
var layouts = sync.OnceValue(func() map[uint32][]field {
	m := make(map[uint32][]field, strings.Count(layoutsText, "\n"))
	for line := range strings.Lines(layoutsText) {
		id, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseUint(id, 16, 32)
		if err != nil {
			panic(err) // A broken build.
		}
		m[uint32(n)] = parseFields(text)
	}
	return m
})

func parseFields(text string) (fields []field) {
	for text != "" {
		var f field
		if text[0] == '?' {
			bit, err := strconv.ParseUint(text[2:3], 32, 8)
			if err != nil {
				panic(err) // A broken build.
			}
			f.conditional, f.flags, f.bit = true, int(text[1]-'0'), int(bit)
			text = text[3:]
		}
		f.kind, text = text[0], text[1:]
		if f.kind == vector {
			f.elem, text = text[0], text[1:]
		}
		fields = append(fields, f)
	}
	return fields
}
