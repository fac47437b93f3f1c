package sqlitefile

import (
	"encoding/binary"
	"math"
	"strings"
)

// column is a column of a table. rowID says that it is a name for the row's number.
type column struct {
	name  string
	rowID bool
}

// columnsOf are the columns that a CREATE TABLE statement names, as SQLite keeps it.
func columnsOf(sql string) []column {
	begin, end := strings.IndexByte(sql, '('), strings.LastIndexByte(sql, ')')
	if begin < 0 || end < begin {
		return nil
	}
	var columns []column
	for _, definition := range split(sql[begin+1 : end]) {
		words := strings.Fields(definition)
		if len(words) == 0 {
			continue
		}
		switch strings.ToUpper(strings.SplitN(words[0], "(", 2)[0]) {
		case "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN":
			continue // Of the table, not a column.
		}
		rest := strings.ToUpper(strings.Join(words[1:], " "))
		columns = append(columns, column{
			name:  strings.ToLower(strings.Trim(words[0], "\"`[]'")),
			rowID: strings.HasPrefix(rest, "INTEGER PRIMARY KEY"),
		})
	}
	return columns
}

// split splits at the commas outside of brackets.
func split(list string) []string {
	var parts []string
	depth, begin := 0, 0
	for i, c := range []byte(list) {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, list[begin:i])
				begin = i + 1
			}
		}
	}
	return append(parts, list[begin:])
}

// decodeRow names the values of a row.
func decodeRow(id int64, record []byte, columns []column) (Row, error) {
	values, err := decodeRecord(record)
	row := Row{}
	for i, c := range columns {
		switch {
		case c.rowID: // It is stored as the row's number (2.3).
			row[c.name] = id
		case i < len(values):
			row[c.name] = values[i]
		default: // Added after the row was written.
			row[c.name] = nil
		}
	}
	return row, err
}

// decodeRecord reads the values of a row (2.1).
func decodeRecord(record []byte) ([]any, error) {
	size, n := varint(record)
	if n == 0 || size < int64(n) || size > int64(len(record)) {
		return nil, damaged("a row whose header has %d bytes", size)
	}
	types, body := record[n:size], record[size:]
	var values []any
	for len(types) > 0 {
		t, n := varint(types)
		if n == 0 {
			return nil, damaged("the header of a row ends too early")
		}
		types = types[n:]
		length := lengthOf(t)
		if length < 0 || length > len(body) {
			return nil, damaged("a value of the type %d", t)
		}
		values = append(values, decodeValue(t, body[:length]))
		body = body[length:]
	}
	return values, nil
}

// lengthOf is how many bytes a value of a type has; -1 if there is no such type.
func lengthOf(t int64) int {
	switch {
	case t < 0 || t == 10 || t == 11 || t > 2*maxPayload+13:
		return -1
	case t >= 12:
		return int(t-12) / 2
	default:
		return []int{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[t]
	}
}

func decodeValue(t int64, data []byte) any {
	switch {
	case t == 0:
		return nil
	case t == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(data))
	case t == 8 || t == 9:
		return t - 8
	case t < 7:
		v := int64(int8(data[0]))
		for _, b := range data[1:] {
			v = v<<8 | int64(b)
		}
		return v
	case t%2 == 0:
		return data
	default:
		return string(data)
	}
}
