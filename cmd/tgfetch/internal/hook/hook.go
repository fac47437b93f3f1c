// Package hook runs a command of the user's for each file.
package hook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Command is a program and its arguments. No shell sees them, so a file may be called anything; who
// wants a shell writes one: sh -c 'mv "$1" /there' sh {}.
type Command struct {
	args []string
	// grace is how long what it was told to stop, or left behind, may go on writing; 0 is for ever.
	grace time.Duration
}

const grace = 5 * time.Second

// errQuote means a quotation that does not end.
var errQuote = errors.New("a quotation mark is missing")

// Parse splits a command line into words as a shell would: at spaces, but for those in '…' or "…" or
// behind a backslash. Nothing else is special. Each {} stands for the file's path; without any, the
// path comes last. Where the path would be part of code, or be run, it is a [*CodeError].
func Parse(line string) (Command, error) {
	args, err := Split(line)
	if err != nil {
		return Command{}, err
	}
	if len(args) == 0 {
		return Command{}, errors.New("no command")
	}
	if !strings.Contains(strings.Join(args[1:], " "), "{}") {
		args = append(args, "{}")
	}
	if err := checkCode(args); err != nil {
		return Command{}, err
	}
	if args[0], err = exec.LookPath(args[0]); err != nil {
		return Command{}, err
	}
	if runtime.GOOS == "windows" && isBatch(args[0]) {
		return Command{}, &CodeError{Why: args[0] + " is run by cmd.exe, which takes parts of a name for commands", Instead: "powershell -File SCRIPT.ps1 {}"}
	}
	return Command{args, grace}, nil
}

// For is the command for one file. Its path is an argument that no program takes for an option, nor
// for a command (+) or a list of arguments (@), which a name of a stranger's choice could be.
func (c Command) For(path string) []string {
	if strings.IndexAny(path, "-+@") == 0 {
		path = "./" + path
	}
	args := make([]string, len(c.args))
	args[0] = c.args[0]
	for i, arg := range c.args[1:] {
		args[i+1] = strings.ReplaceAll(arg, "{}", path)
	}
	return args
}

// Run runs the command for one file and waits for its end. What it prints goes to out; of a program
// that it leaves behind, only for some seconds. When ctx ends it is told to stop.
func (c Command) Run(ctx context.Context, path string, out io.Writer) error {
	args := c.For(path)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = withoutSecrets(os.Environ())
	lines := &states{out: out}
	cmd.Stdout, cmd.Stderr = lines, lines
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = c.grace
	err := cmd.Run()
	lines.end()
	if errors.Is(err, exec.ErrWaitDelay) { // It ended well, and what it left behind holds its output.
		err = nil
	}
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("the file is complete, but %s: %w", args[0], err)
	}
	return nil
}

// secrets are the variables of this program that give away a session, an application, an account or
// a proxy.
var secrets = []string{
	"TGFETCH_PASSPHRASE", "TGFETCH_PASSWORD", "TGFETCH_BOT_TOKEN", "TGFETCH_API_HASH", "TGFETCH_PROXY",
}

// withoutSecrets is an environment for programs that need nothing of this one's. Windows does not tell
// upper case from lower case in names, so this does not either.
func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.ContainsFunc(secrets, func(secret string) bool { return strings.EqualFold(name, secret) })
	})
}

// Split splits a command line into words, as Parse does.
func Split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, escaped := false, false
	quote := rune(0)
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	switch {
	case quote != 0 || escaped:
		return nil, errQuote
	case inWord:
		words = append(words, word.String())
	}
	return words, nil
}
