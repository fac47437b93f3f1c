package hook

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"":                       nil,
		"  ls   -l ":             {"ls", "-l"},
		`a 'b  c' "d 'e'" f\ g`:  {"a", "b  c", "d 'e'", "f g"},
		`a '' b`:                 {"a", "", "b"},
		`a 'b\c' "b\"c" x"y"'z'`: {"a", `b\c`, `b"c`, "xyz"},
		`a $HOME *`:              {"a", "$HOME", "*"}, // no shell
	} {
		if got, err := Split(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{`a 'b`, `a "b`, `a b\`} {
		if _, err := Split(line); !errors.Is(err, errQuote) {
			t.Errorf("%s: %v, want errQuote", line, err)
		}
	}
}

// self is this test's own program, which every machine has.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPathTakesItsPlace(t *testing.T) {
	me := self(t)
	for _, c := range []struct {
		line string
		want []string
	}{
		{"'" + me + "'", []string{me, "a b; rm -rf x"}},
		{"'" + me + "' -i {} out/{}.mp3", []string{me, "-i", "a b; rm -rf x", "out/a b; rm -rf x.mp3"}},
	} {
		cmd, err := Parse(c.line)
		if err != nil {
			t.Fatal(err)
		}
		if got := cmd.For("a b; rm -rf x"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.line, got, c.want)
		}
	}
	if _, err := Parse("no-such-program-anywhere {}"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("a program that is not there: %v", err)
	}
	if _, err := Parse(" "); err == nil {
		t.Error("an empty command is accepted")
	}
}

func TestPathIsNoOption(t *testing.T) {
	cmd := Command{args: []string{"play", "{}", "--to={}.mp3"}}
	for path, want := range map[string]string{
		"--script=x.lua": "./--script=x.lua", "-": "./-", "+q": "./+q", "@list": "./@list",
		"./-x": "./-x", "/-x": "/-x", "d/-x": "d/-x", "x-y": "x-y",
	} {
		if got := cmd.For(path); !slices.Equal(got, []string{"play", want, "--to=" + want + ".mp3"}) {
			t.Errorf("%s: %q, want %s", path, got, want)
		}
	}
}

func TestRunSaysHowItEnded(t *testing.T) {
	me := self(t)
	var out bytes.Buffer
	list := Command{args: []string{me, "-test.list={}"}}
	if err := list.Run(t.Context(), "^TestSplit$", &out); err != nil || out.String() != "TestSplit\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	bad := Command{args: []string{me, "-no-such-flag={}"}}
	err := bad.Run(t.Context(), "x", &out)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 {
		t.Errorf("error %v, want exit status 2", err)
	}
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if err := list.Run(ctx, "x", &out); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the context", err)
	}
}
