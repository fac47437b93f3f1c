// Package manpage writes the manual page of a command and all its subcommands.
package manpage

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Section is a part of the page that no command knows.
type Section struct {
	Title string
	// Text has paragraphs, with blank lines between. One whose lines are all indented is shown as it is.
	Text string
	// Items are terms and what they mean.
	Items [][2]string
}

// Write writes the page of root: its flags, all commands, and the sections.
func Write(w io.Writer, root *cobra.Command, sections ...Section) error {
	p := &page{}
	p.line(".TH %s 1", strings.ToUpper(root.Name()))
	p.line(".SH NAME")
	p.text(root.Name() + " - " + lowerFirst(root.Short))
	p.line(".SH SYNOPSIS")
	p.line(".nf")
	p.text(root.Name() + " [flags] LINK...")
	p.text(root.Name() + " COMMAND [flags]")
	p.line(".fi")
	if root.Long != "" {
		p.line(".SH DESCRIPTION")
		p.paragraphs(root.Long)
	}
	p.line(".SH FLAGS")
	p.flags(root.LocalFlags())
	p.line(".SH COMMANDS")
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" && c.Name() != "completion" {
			p.command(c)
		}
	}
	for _, s := range sections {
		p.line(".SH %s", strings.ToUpper(s.Title))
		p.paragraphs(s.Text)
		for _, item := range s.Items {
			p.line(".TP")
			p.text(item[0])
			p.text(item[1])
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// page is roff in the making. See groff_man(7).
type page struct{ b strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// text writes lines as text, whatever they contain.
func (p *page) text(s string) { p.b.WriteString(escape(s) + "\n") }

func (p *page) command(c *cobra.Command) {
	p.line(".SS %s", escape(c.UseLine()))
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	p.paragraphs(long)
	if c.HasAvailableLocalFlags() {
		p.flags(c.LocalFlags())
	}
	if c.Example != "" {
		p.line(".PP")
		p.text("Examples:")
		p.verbatim(c.Example)
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			p.command(sub)
		}
	}
}

func (p *page) paragraphs(text string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		p.line(".PP")
		if indented(paragraph) {
			p.verbatim(paragraph)
			continue
		}
		p.text(paragraph)
	}
}

func indented(paragraph string) bool {
	for line := range strings.Lines(paragraph) {
		if !strings.HasPrefix(line, "  ") {
			return false
		}
	}
	return true
}

func (p *page) verbatim(text string) {
	p.line(".nf")
	p.text(text)
	p.line(".fi")
}

func (p *page) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" && f.DefValue != "0s" {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		p.line(".TP")
		p.text(name)
		p.text(strings.ReplaceAll(usage, "\n", " "))
	})
}

// escape keeps roff from reading text as requests.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
