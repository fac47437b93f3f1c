// Package prompt asks a person for what a login needs, or reads the answers from a pipe.
//
// On a terminal each question is written to the talk writer and secrets are read without echo. From
// anything else one line is read per question, so `printf '12345\n' | tgfetch login --phone …` works;
// the questions are still written, so that a log shows what was expected.
package prompt

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/beside"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// ErrNoAnswer means that the input ended where an answer was needed.
var ErrNoAnswer = errors.New("the input ended before the answer")

// Prompter asks questions one at a time; it is not for several goroutines.
type Prompter struct {
	in   io.Reader
	talk io.Writer

	lines *bufio.Reader // Over in, made at the first question.
}

// New returns a prompter that reads from in and writes its questions to talk.
func New(in io.Reader, talk io.Writer) *Prompter { return &Prompter{in: in, talk: talk} }

// Line asks for one line and returns it without surrounding space. When ctx ends first, Line
// returns its cause at once; the pending read is left behind, for the process is about to exit.
// Errors: [ErrNoAnswer], the cause of ctx, the reader's own.
func (p *Prompter) Line(ctx context.Context, question string) (string, error) {
	plain.Fprintf(p.talk, "%s: ", question)
	line, err := beside.Do(ctx, p.readLine)
	if !p.Terminal() {
		plain.Fprintf(p.talk, "\n")
	}
	return strings.TrimSpace(line), err
}

// Secret is Line without echo, and without trimming: spaces may be part of a password.
func (p *Prompter) Secret(ctx context.Context, question string) (string, error) {
	plain.Fprintf(p.talk, "%s: ", question)
	read := p.readLine
	if p.Terminal() {
		fd := int(p.in.(*os.File).Fd())
		before, err := term.GetState(fd)
		if err != nil {
			return "", err
		}
		// A cancelled read would otherwise leave the shell without echo.
		defer func() { _ = term.Restore(fd, before) }()
		read = func() (string, error) {
			b, err := term.ReadPassword(fd)
			return string(b), err
		}
	}
	answer, err := beside.Do(ctx, read)
	plain.Fprintf(p.talk, "\n")
	return answer, err
}

// Terminal says whether a person answers, who can be asked again.
func (p *Prompter) Terminal() bool {
	f, ok := p.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (p *Prompter) readLine() (string, error) {
	if p.lines == nil {
		p.lines = bufio.NewReader(p.in)
	}
	line, err := p.lines.ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if err == io.EOF {
		if line != "" {
			return line, nil // the last line of a file without a newline
		}
		return "", ErrNoAnswer
	}
	return line, err
}
