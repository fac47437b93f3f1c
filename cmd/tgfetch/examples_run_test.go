package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// notRun are the beginnings of examples that TestExamplesRun cannot run, and why.
var notRun = map[string]string{
	"tgfetch login":                    "asks a person",
	"tgfetch --ns work login":          "asks a person",
	"tgfetch session encrypt":          "asks a person for a passphrase",
	"tgfetch session import":           "would replace the session: import.txtar",
	"tgfetch --ns work session import": "would replace the session: import.txtar",
	"tgfetch session decrypt":          "asks a person for a passphrase",
	"tgfetch --passphrase-file":        "needs a session with a passphrase: passphrase.txtar",
	"printf":                           "signs in with another account: login.txtar",
	"echo \"$TOKEN\"":                  "signs in with another account: login.txtar",
	"tgfetch bench":                    "takes minutes: bench.txtar",
	"tgfetch demo":                     "has a simulator of its own: demo.txtar",
	"tgfetch sim":                      "runs until Ctrl-C: sim.txtar",
	"tgfetch --cluster cluster.json login --phone PHONE": "stands for any account",
	"tgfetch --cluster cluster.json LINK":                "stands for any link",
	"tgfetch --proxy":                                    "needs a proxy at that port: proxy.txtar",
}

// readmeExamples are the lines of README.md that run tgfetch.
func readmeExamples(t *testing.T) (lines []string) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "    tgfetch ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestExamplesRun runs every example of README.md, of help and of the manual page against a simulator
// that has the chats they name. Each has to end well.
func TestExamplesRun(t *testing.T) {
	var script strings.Builder
	frame, err := os.ReadFile(filepath.Join("testdata", "examples.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	commands, files, _ := strings.Cut(string(frame), "\n-- ")
	script.WriteString(commands + "\n")
	unused := map[string]bool{}
	for start := range notRun {
		unused[start] = true
	}
	seen := map[string]bool{}
	var last []string // What ends the login.
	for _, line := range slices.Concat(helpExamples(), readmeExamples(t)) {
		line, _, _ = strings.Cut(line, "  #")
		line = strings.TrimSpace(line)
		if line == "" || seen[line] {
			continue
		}
		seen[line] = true
		if start, not := cannotRun(line); not {
			delete(unused, start)
			continue
		}
		run := fmt.Sprintf("exec sh -c '%s'\n", strings.ReplaceAll(line, "'", "''"))
		if strings.HasPrefix(line, "tgfetch logout") {
			last = append(last, run)
			continue
		}
		script.WriteString(run)
	}
	for start := range unused {
		t.Errorf("no example begins with %q any more", start)
	}
	if len(seen) < 40 {
		t.Errorf("only %d examples found", len(seen))
	}
	dir := t.TempDir()
	script.WriteString(strings.Join(last, "") + "-- " + files)
	if err := os.WriteFile(filepath.Join(dir, "examples.txtar"), []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, scriptParams(dir))
}

func cannotRun(line string) (start string, not bool) {
	for start := range notRun {
		if strings.HasPrefix(line, start) {
			return start, true
		}
	}
	return "", false
}
