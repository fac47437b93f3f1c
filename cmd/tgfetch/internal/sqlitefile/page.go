package sqlitefile

import (
	"encoding/binary"
	"slices"
)

// Kinds of pages of tables (1.6).
const (
	interiorTable = 5
	leafTable     = 13
)

// page is one page of a tree.
type page struct {
	data     []byte // The usable part.
	kind     byte
	cells    []int   // Where each cell begins.
	children []int64 // Of an interior page, the last first.
}

// page reads page number n; the first is 1, and has the database's header before its own.
func (f *File) page(n int64) (page, error) {
	if n < 1 || n > 1<<32 {
		return page{}, damaged("there is no page %d", n)
	}
	p := page{data: make([]byte, f.usable)}
	if err := readAt(f.r, p.data, (n-1)*int64(f.pageSize)); err != nil {
		return page{}, err
	}
	header := p.data
	if n == 1 {
		header = header[headerSize:]
	}
	p.kind = header[0]
	count := int(binary.BigEndian.Uint16(header[3:]))
	pointers := header[8:]
	if p.kind == interiorTable {
		p.children = []int64{int64(binary.BigEndian.Uint32(header[8:]))}
		pointers = header[12:]
	}
	if 2*count > len(pointers) {
		return page{}, damaged("page %d has %d cells", n, count)
	}
	for i := range count {
		at := int(binary.BigEndian.Uint16(pointers[2*i:]))
		if at+4 > len(p.data) {
			return page{}, damaged("page %d has a cell outside of it", n)
		}
		p.cells = append(p.cells, at)
		if p.kind == interiorTable {
			p.children = slices.Insert(p.children, 1, int64(binary.BigEndian.Uint32(p.data[at:])))
		}
	}
	return p, nil
}

// row reads cell i of a leaf: the row's number and its record, from as many pages as it takes.
func (f *File) row(p page, i int) (id int64, record []byte, err error) {
	cell := p.data[p.cells[i]:]
	size, n := varint(cell)
	number, m := varint(cell[n:])
	cell = cell[n+m:]
	if n == 0 || m == 0 || size < 0 || size > maxPayload {
		return 0, nil, damaged("a row of %d bytes", size)
	}
	local := f.local(int(size))
	if local == int(size) && local <= len(cell) {
		return number, cell[:local], nil
	}
	if local+4 > len(cell) {
		return 0, nil, damaged("a row ends outside of its page")
	}
	record = append(make([]byte, 0, size), cell[:local]...)
	next := int64(binary.BigEndian.Uint32(cell[local:]))
	for len(record) < int(size) { // Ends, for each page adds to the record.
		if next == 0 {
			return 0, nil, damaged("a row ends too early")
		}
		var head [4]byte
		at := (next - 1) * int64(f.pageSize)
		if err := readAt(f.r, head[:], at); err != nil {
			return 0, nil, err
		}
		part := make([]byte, min(f.usable-4, int(size)-len(record)))
		if err := readAt(f.r, part, at+4); err != nil {
			return 0, nil, err
		}
		record = append(record, part...)
		next = int64(binary.BigEndian.Uint32(head[:]))
	}
	return number, record, nil
}

// local is how many bytes of a record of that size are in its cell; the rest is on pages of its own.
func (f *File) local(size int) int {
	most := f.usable - 35
	if size <= most {
		return size
	}
	least := (f.usable-12)*32/255 - 23
	if fits := least + (size-least)%(f.usable-4); fits <= most {
		return fits
	}
	return least
}

// varint reads an integer of 1 to 9 bytes, and says how many; 0 if data ends before.
func varint(data []byte) (value int64, n int) {
	for n < 8 && n < len(data) {
		b := data[n]
		value = value<<7 | int64(b&0x7f)
		n++
		if b < 0x80 {
			return value, n
		}
	}
	if n < 8 || len(data) < 9 {
		return 0, 0
	}
	return value<<8 | int64(data[8]), 9
}
