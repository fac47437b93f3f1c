package manpage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestPage(t *testing.T) {
	root := &cobra.Command{Use: "fetch [flags] LINK...", Short: "Fetch things", Long: "It fetches.", Run: func(*cobra.Command, []string) {}}
	root.Flags().StringP("dir", "P", ".", "put files into `DIR`")
	sub := &cobra.Command{
		Use: "list", Short: "List", Long: "List things.\n.hidden too\n\n  an example\n  of two lines", Example: `  fetch list 'a\b'`,
		Run: func(*cobra.Command, []string) {},
	}
	sub.Flags().Bool("all", false, "list\nall")
	root.AddCommand(sub)

	var b strings.Builder
	if err := Write(&b, root, Section{Title: "Files", Text: "Where they are.", Items: [][2]string{{"config", "settings"}}}); err != nil {
		t.Fatal(err)
	}
	want := `.TH FETCH 1
.SH NAME
fetch \- fetch things
.SH SYNOPSIS
.nf
fetch [flags] LINK...
fetch COMMAND [flags]
.fi
.SH DESCRIPTION
.PP
It fetches.
.SH FLAGS
.TP
\-P, \-\-dir DIR
put files into DIR (default .)
.SH COMMANDS
.SS fetch list [flags]
.PP
List things.
\&.hidden too
.PP
.nf
  an example
  of two lines
.fi
.TP
\-\-all
list all
.PP
Examples:
.nf
  fetch list 'a\eb'
.fi
.SH FILES
.PP
Where they are.
.TP
config
settings
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}
