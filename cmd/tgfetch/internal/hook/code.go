package hook

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// CodeError means that a path would be part of the code that a program runs, or be run itself.
type CodeError struct {
	Why     string
	Instead string // what to write; may be empty
}

func (e *CodeError) Error() string {
	text := e.Why + ", and a sender chooses the file's name and contents; "
	if e.Instead == "" {
		return text + "call a script of your own that takes the path as an argument"
	}
	return text + "give the path as an argument of its own: " + e.Instead
}

// checkCode refuses arguments in which a path would be code.
func checkCode(args []string) error {
	wrapped := false // Any word may be the program.
	for i, word := range args {
		name := programName(word)
		if l, ok := languages[name]; ok && (i == 0 || wrapped || !l.every) {
			if err := l.check(word, args[i+1:], i == 0 || wrapped); err != nil {
				return err
			}
		}
		if (i == 0 || wrapped) && slices.Contains(wrappers, name) {
			wrapped = true
		}
	}
	return nil
}

// versions are what programs have behind their names.
const versions = "-.0123456789"

// programName is what a program is called, without folder, version and .exe.
func programName(word string) string {
	name := strings.ToLower(filepath.Base(strings.ReplaceAll(word, `\`, "/")))
	name = strings.TrimSuffix(name, ".exe")
	if short := strings.TrimRight(name, versions); languages[short].kind != 0 {
		return short
	}
	return name
}

// check refuses a path in code among the arguments of a program. Sure says that the word before them is
// the program, and not only called like it.
func (l language) check(program string, args []string, sure bool) error {
	code := &CodeError{Why: program + " takes this for a command", Instead: l.instead(program)}
	if l.every {
		if i := slices.IndexFunc(args, hasPath); i >= 0 && !l.hasScript(args[:i]) {
			return code
		}
		return nil
	}
	had := false // There was code.
	for i := 0; i < len(args); i++ {
		arg := args[i]
		flag, glued := l.codeFlag(arg)
		switch {
		case flag && glued != "":
			had = true
			if hasPath(glued) {
				return code
			}
		case flag:
			had = true
			n := l.codeAt(arg, args[i+1:])
			if slices.ContainsFunc(args[i+1:min(i+n+2, len(args))], hasPath) {
				return code
			}
			i += n + 1
		case len(arg) > 1 && (arg[0] == '-' || arg[0] == '+'):
			if arg[0] == '+' && hasPath(arg) {
				return code
			}
			if last := arg[len(arg)-1:]; arg[1] != '-' && strings.Contains(l.values, last) {
				i++
				had = had || l.operand && last == "f" // The code is in that file.
			}
		case l.late || l.sentences:
			if l.sentences && hasPath(arg) && strings.Contains(arg, " ") {
				return code
			}
		case had || !sure:
			return nil // It, and what follows, is an argument of the code, or of who knows what.
		case l.operand && hasPath(arg):
			return code
		case l.runs && arg == "{}":
			return &CodeError{Why: program + " would run the file itself"}
		default:
			return nil // A script, and its arguments.
		}
	}
	return nil
}

func hasPath(arg string) bool { return strings.Contains(arg, "{}") }

// codeFlag reports whether code follows arg, or is the rest of it.
func (l language) codeFlag(arg string) (flag bool, glued string) {
	if long, ok := strings.CutPrefix(arg, "--"); ok {
		name, value, _ := strings.Cut(long, "=")
		return slices.Contains(strings.Fields(l.long), name), value
	}
	if len(arg) < 2 || arg[0] != '-' {
		return arg == l.verb && arg != "", ""
	}
	i := strings.IndexAny(arg, l.short)
	if i < 1 {
		return false, ""
	}
	rest := arg[i+1:]
	if strings.Trim(strings.ToLower(rest), "abcdefghijklmnopqrstuvwxyz") == "" {
		rest = "" // Other letters of a cluster; code has more in it.
	}
	return true, rest
}

// codeAt is where the code stands that an option before these arguments announces: at once, but shells
// allow more options between, some with a value.
func (l language) codeAt(option string, args []string) int {
	if l.kind != shell {
		return 0
	}
	values := 0
	if !strings.HasPrefix(option, "--") {
		values = strings.Count(option, "o")
	}
	for i, arg := range args {
		switch {
		case arg == "--":
			return i + 1
		case len(arg) > 1 && (arg[0] == '-' || arg[0] == '+'):
			values += strings.Count(strings.ToLower(arg), "o")
		case values > 0:
			values--
		default:
			return i
		}
	}
	return len(args)
}

// hasScript reports whether PowerShell was given a script: what follows are its arguments.
func (l language) hasScript(args []string) bool {
	return l.kind == powerShell && slices.ContainsFunc(args, func(arg string) bool {
		return len(arg) > 1 && strings.HasPrefix("-file", strings.ToLower(arg))
	})
}

// instead is what to write so that the path is no code.
func (l language) instead(program string) string {
	if l.example == "" {
		return ""
	}
	return fmt.Sprintf(l.example, program)
}

// isBatch reports a program that Windows hands to cmd.exe, which takes parts of a name for commands.
func isBatch(program string) bool {
	ext := strings.ToLower(filepath.Ext(strings.TrimRight(program, ". ")))
	return ext == ".bat" || ext == ".cmd"
}
