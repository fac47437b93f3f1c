package report

import (
	"io"
	"strings"
	"text/tabwriter"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// Table writes rows of cells in aligned columns under a header.
func Table(w io.Writer, header []string, rows ...[]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = plain.Text(c)
		}
		if _, err := io.WriteString(t, strings.Join(cells, "\t")+"\n"); err != nil {
			return err
		}
	}
	return t.Flush()
}
