package sqlitefile

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"testing"
)

// many is made by testdata/make.py, with SQLite: pages of 512 bytes, so that there are interior pages and
// rows that go over several.
//
//go:embed testdata/many.db
var many []byte

func TestRows(t *testing.T) {
	f, err := Open(bytes.NewReader(many))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.Rows("many") // Names of tables have no case.
	if err != nil || len(rows) != 400 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	numbers := []any{
		int64(0), int64(1), int64(-1), int64(127), int64(-128), int64(32767), int64(-32768), int64(8388607), int64(-8388608),
		int64(math.MaxInt32), int64(math.MinInt32), int64(1<<47 - 1), int64(-1 << 47), int64(math.MaxInt64 - 1), int64(math.MinInt64), nil,
	}
	sizes := []int{3, 100, 400, 476, 477, 478, 979, 1500, 5000}
	at := 0
	for i := range 600 {
		if i%3 == 0 {
			continue // Deleted.
		}
		row := rows[at]
		at++
		number := any(int64(1000 * i))
		if i < len(numbers) {
			number = numbers[i]
		}
		size := i % 5
		if i%10 == 0 {
			size = sizes[i%9]
		}
		blob := make([]byte, size)
		for j := range blob {
			blob[j] = byte(i + j)
		}
		if row["id"] != int64(7*i-3) || row["number"] != number || row["text"] != fmt.Sprintf("zeile %d ä", i) || !bytes.Equal(row["blob"].([]byte), blob) {
			t.Fatalf("row %d: id %v, number %v, text %v, %d bytes", i, row["id"], row["number"], row["text"], len(row["blob"].([]byte)))
		}
		// A whole number in a REAL column is stored as an integer.
		if got := fmt.Sprint(row["real"]); got != fmt.Sprint(float64(i)/4) {
			t.Errorf("row %d: real %v", i, got)
		}
		if dec, ok := row["dec"]; !ok || dec != nil || row["late"] != nil || len(row) != 7 {
			t.Errorf("row %d: %v", i, row)
		}
	}
	if rows, err := f.Rows("none"); err != nil || len(rows) != 0 {
		t.Errorf("an empty table: %v, %v", rows, err)
	}
	if _, err := f.Rows("nothing"); !errors.Is(err, ErrNoTable) {
		t.Errorf("no table: %v", err)
	}
	if _, err := f.Rows("two"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a table without row ids: %v", err)
	}
}

func TestDamagedFiles(t *testing.T) {
	for name, edit := range map[string]func(db []byte) []byte{
		"empty":                     func(db []byte) []byte { return nil },
		"another file":              func(db []byte) []byte { return bytes.Repeat([]byte("x"), 200) },
		"pages of 513 bytes":        func(db []byte) []byte { db[17] = 1; return db },
		"pages that are reserved":   func(db []byte) []byte { db[20] = 33; return db },
		"UTF-16":                    func(db []byte) []byte { db[59] = 2; return db },
		"cut in the schema":         func(db []byte) []byte { return db[:300] },
		"cut in the table":          func(db []byte) []byte { return db[:len(db)/2] },
		"a first page of an index":  func(db []byte) []byte { db[100] = 10; return db },
		"more cells than fit":       func(db []byte) []byte { db[103] = 0xff; return db },
		"a cell outside":            func(db []byte) []byte { db[108], db[109] = 0xff, 0xff; return db },
		"a tree that is a circle":   circle,
		"a page that is not there":  func(db []byte) []byte { copy(rootPage(db)[8:], []byte{0xff, 0xff, 0xff, 0xff}); return db },
		"a page of the number zero": func(db []byte) []byte { copy(rootPage(db)[8:], []byte{0, 0, 0, 0}); return db },
	} {
		f, err := Open(bytes.NewReader(edit(bytes.Clone(many))))
		if err == nil {
			_, err = f.Rows("Many")
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// rootPage is the first page of the table: the second of the file.
func rootPage(db []byte) []byte { return db[512:1024] }

// circle makes the first page of the table its own last child.
func circle(db []byte) []byte {
	if rootPage(db)[0] != interiorTable {
		panic("the table begins elsewhere")
	}
	copy(rootPage(db)[8:], []byte{0, 0, 0, 2})
	return db
}

// FuzzRows changes a database somewhere.
func FuzzRows(f *testing.F) {
	f.Add(uint32(16), []byte{0, 1})
	f.Add(uint32(100), []byte{5})
	f.Add(uint32(512), []byte{13, 0, 0, 255})
	f.Add(uint32(8000), []byte{0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		db := bytes.Clone(many)
		copy(db[int(at)%len(db):], patch)
		file, err := Open(bytes.NewReader(db))
		if err == nil {
			_, err = file.Rows("Many")
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNoTable) {
			t.Errorf("error %v", err)
		}
	})
}
