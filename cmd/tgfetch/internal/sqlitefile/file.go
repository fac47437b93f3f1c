// Package sqlitefile reads small tables of SQLite database files, without SQLite:
//
//	f, err := sqlitefile.Open(r)
//	rows, err := f.Rows("sessions")
//	dc := rows[0]["dc_id"]
//
// It knows what the files that other programs keep their sessions in have: tables with row ids, in UTF-8.
// It reads no write-ahead log, so the program that writes the file must have closed it. Indexes, views
// and tables without row ids are not read.
//
// The format is at https://www.sqlite.org/fileformat.html; section numbers below are those of that page.
package sqlitefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Magic is how every SQLite file begins.
const Magic = "SQLite format 3\x00"

// ErrDamaged is wrapped by errors about files that contradict the format, or use what is not read here.
var ErrDamaged = errors.New("the SQLite file is damaged, or of a kind that cannot be read")

// ErrNoTable means that a file has no such table.
var ErrNoTable = errors.New("the SQLite file has no such table")

const (
	// maxPayload, maxRows and maxPages of a table are more than what is read has. They bound what a
	// file costs that was made to have no end.
	maxPayload = 1 << 20
	maxRows    = 10_000
	maxPages   = 1000
	// rootOfSchema is the page where the table that lists all others begins.
	rootOfSchema = 1
	headerSize   = 100
)

// File is an open database. It is not for several goroutines.
type File struct {
	r        io.ReaderAt
	pageSize int
	usable   int // Of each page; the rest is reserved for extensions.
}

// Row is a row by the names of its columns, in lower case. Values are nil, int64, float64, string or
// []byte.
type Row map[string]any

// Open reads the header of a database (1.3). Errors: [ErrDamaged], or the reader's own.
func Open(r io.ReaderAt) (*File, error) {
	var h [headerSize]byte
	if err := readAt(r, h[:], 0); err != nil {
		return nil, err
	}
	if string(h[:len(Magic)]) != Magic {
		return nil, damaged("no header")
	}
	f := &File{r: r, pageSize: int(binary.BigEndian.Uint16(h[16:]))}
	if f.pageSize == 1 {
		f.pageSize = 1 << 16
	}
	f.usable = f.pageSize - int(h[20])
	switch encoding := binary.BigEndian.Uint32(h[56:]); {
	case f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 || f.usable < 480:
		return nil, damaged("a page of %d bytes, %d of them reserved", f.pageSize, h[20])
	case encoding > 1: // 0 is that of a database without tables.
		return nil, damaged("its texts are not UTF-8")
	}
	return f, nil
}

// Rows returns all rows of a table. Errors: [ErrNoTable], [ErrDamaged], or the reader's own.
func (f *File) Rows(table string) ([]Row, error) {
	// The schema is a table itself (2.6).
	schema, err := f.rows(rootOfSchema, []column{{name: "type"}, {name: "name"}, {name: "tbl_name"}, {name: "rootpage"}, {name: "sql"}})
	if err != nil {
		return nil, err
	}
	for _, s := range schema {
		name, _ := s["name"].(string)
		root, _ := s["rootpage"].(int64)
		sql, _ := s["sql"].(string)
		if s["type"] == "table" && strings.EqualFold(name, table) {
			return f.rows(root, columnsOf(sql))
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoTable, table)
}

// rows reads the table whose tree begins at a page (1.6), in the order of the row numbers.
func (f *File) rows(root int64, columns []column) ([]Row, error) {
	var rows []Row
	size := 0
	pages := []int64{root}
	for n := 0; len(pages) > 0; n++ {
		if n+len(pages) > maxPages {
			return nil, damaged("a table of more than %d pages", maxPages)
		}
		number := pages[len(pages)-1]
		p, err := f.page(number)
		if err != nil {
			return nil, err
		}
		pages = append(pages[:len(pages)-1], p.children...)
		if p.kind != leafTable && p.kind != interiorTable {
			return nil, damaged("page %d is not one of a table with row ids", number)
		}
		for i := 0; p.kind == leafTable && i < len(p.cells); i++ {
			id, record, err := f.row(p, i)
			if err != nil {
				return nil, err
			}
			if size += len(record); len(rows) == maxRows || size > maxPayload {
				return nil, damaged("a table with too much in it")
			}
			row, err := decodeRow(id, record, columns)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// readAt fills data. A file that ends before is a damaged one.
func readAt(r io.ReaderAt, data []byte, at int64) error {
	n, err := r.ReadAt(data, at)
	if n == len(data) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return damaged("it ends too early")
	}
	return err
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}
