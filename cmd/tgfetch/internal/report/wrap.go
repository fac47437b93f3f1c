package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

const (
	// gap is the columns between two cells.
	gap = 2
	// leastWrapped is the least width that text is wrapped to. Where a table would
	// need less, its cells stand one below the other.
	leastWrapped = 20
)

// WrappedTable writes rows of cells like Table, but within so many columns of a
// terminal: long cells go on below, and where it is too narrow for that the cells of a
// row stand below each other, each behind its heading but the first.
func WrappedTable(w io.Writer, columns int, header []string, rows ...[]string) error {
	columns -= margin
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], width(plain.Text(cell)))
		}
	}
	if !squeeze(widths, columns) {
		return stacked(w, columns, header, rows)
	}
	for _, row := range append([][]string{header}, rows...) {
		if err := wrappedRow(w, widths, row); err != nil {
			return err
		}
	}
	return nil
}

// squeeze makes the widest columns narrower until all fit. It is false if they cannot.
func squeeze(widths []int, columns int) bool {
	for {
		sum, widest := gap*(len(widths)-1), 0
		for i, n := range widths {
			sum += n
			if n > widths[widest] {
				widest = i
			}
		}
		if sum <= columns {
			return true
		}
		if widths[widest] <= leastWrapped {
			return false
		}
		widths[widest]--
	}
}

func wrappedRow(w io.Writer, widths []int, row []string) error {
	cells := make([][]string, len(row))
	height := 0
	for i, cell := range row {
		cells[i] = wrap(plain.Text(cell), widths[i])
		if i == 0 && len(cells[0]) > 1 {
			cells[0] = hanging(wrap(plain.Text(cell), widths[0]-len(indent)))
		}
		height = max(height, len(cells[i]))
	}
	for n := range height {
		var line strings.Builder
		for i, cell := range cells {
			text := ""
			if n < len(cell) {
				text = cell[n]
			}
			line.WriteString(pad(text, widths[i]+gap))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// indent is before what belongs to the line above.
const indent = "  "

// hanging indents all lines but the first, so that it is seen where a row begins.
func hanging(lines []string) []string {
	for i := 1; i < len(lines); i++ {
		lines[i] = indent + lines[i]
	}
	return lines
}

// stacked writes the cells of a row below each other.
func stacked(w io.Writer, columns int, header []string, rows [][]string) error {
	for _, row := range rows {
		for i, cell := range row {
			text, before := plain.Text(cell), ""
			if i > 0 {
				text, before = strings.ToLower(header[i])+": "+text, indent
			}
			for _, line := range wrap(text, max(columns-len(before), 1)) {
				if _, err := fmt.Fprintln(w, before+line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// wrap breaks a text into lines of at most so many columns, between words where it
// can.
func wrap(text string, columns int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		for {
			n := width(word)
			if line != "" && used+1+n <= columns {
				line, used = line+" "+word, used+1+n
				break
			}
			if line != "" {
				lines = append(lines, line)
				line, used = "", 0
			}
			if n <= columns {
				line, used = word, n
				break
			}
			head, tail := split(word, columns)
			lines = append(lines, head)
			word = tail
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// split takes as many characters of a word as fit, one at least.
func split(word string, columns int) (head, tail string) {
	graphemes := uniseg.NewGraphemes(word)
	used, end := 0, 0
	for graphemes.Next() {
		_, to := graphemes.Positions()
		used += graphemes.Width()
		if end > 0 && used > columns {
			break
		}
		end = to
	}
	return word[:end], word[end:]
}
