package report

import (
	"strings"
	"testing"
)

func TestWrappedTable(t *testing.T) {
	header := []string{"BELIEF", "SEEN", "AGREES"}
	rows := [][]string{
		{"the last window states its full length, like all others", "131072 bytes stated, fewer are left", "yes"},
		{"short", "not asked: " + strings.Repeat("x", 45), "-"},
	}
	for _, c := range []struct {
		columns int
		want    string
	}{
		{200, `
BELIEF                                                   SEEN                                                      AGREES
the last window states its full length, like all others  131072 bytes stated, fewer are left                       yes
short                                                    not asked: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  -
`},
		{70, `
BELIEF                        SEEN                           AGREES
the last window states its    131072 bytes stated, fewer     yes
  full length, like all       are left
  others
short                         not asked:                     -
                              xxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                              xxxxxxxxxxxxxxxx
`},
		{40, `
the last window states its full
length, like all others
  seen: 131072 bytes stated, fewer
  are left
  agrees: yes
short
  seen: not asked:
  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
  xxxxxxxxxx
  agrees: -
`},
	} {
		var b strings.Builder
		if err := WrappedTable(&b, c.columns, header, rows...); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != c.want {
			t.Errorf("%d columns:%s", c.columns, got)
		}
	}
}

// No line is wider than the terminal, however narrow, and nothing is lost.
func TestWrapLosesNothing(t *testing.T) {
	const text = "a wörd 日本語の長い言葉 of-many-letters x"
	for columns := 1; columns < 50; columns++ {
		lines := wrap(text, columns)
		for _, line := range lines {
			if n := width(line); n > max(columns, 2) { // A wide character has two columns.
				t.Errorf("%q has %d columns, not %d", line, n, columns)
			}
		}
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%d columns: %q", columns, got)
		}
	}
}
