package bench

import (
	"io"

	"github.com/tgfetch/tgfetch/bench/internal/page"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// WritePage writes a report as one self-contained page of HTML, with charts.
//
// Errors: those of w.
func WritePage(w io.Writer, r Report) error { return page.Write(plain.NewWriter(w), r) }
