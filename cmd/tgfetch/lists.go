package main

import (
	"fmt"
	"io"
	"os"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/export"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
)

// withLists adds the links of lists and exports to those of the command line.
func (a *app) withLists(args, lists, exports []string) ([]string, error) {
	for _, name := range lists {
		links, err := readFrom(a.in, name, linklist.Read)
		if err != nil {
			return nil, &exit.UsageError{Text: fmt.Sprintf("--batch-file %s: %v", name, err)}
		}
		args = append(args, links...)
	}
	for _, name := range exports {
		links, err := readFrom(a.in, name, readExport)
		if err != nil {
			return nil, &exit.UsageError{Text: fmt.Sprintf("--from-export %s: %v", name, err)}
		}
		args = append(args, links...)
	}
	return args, nil
}

// readFrom reads a file; - is in.
func readFrom(in io.Reader, name string, read func(io.Reader) ([]string, error)) ([]string, error) {
	if name == "-" {
		return read(in)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return read(file)
}

func readExport(r io.Reader) (links []string, err error) {
	for link, err := range export.Links(r) {
		if err != nil {
			return nil, err
		}
		links = append(links, link.String())
	}
	return links, nil
}
