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

// checkCode refuses arguments in which a path would be code, as far as [languages] knows.
func checkCode(args []string) error {
	wrapped := false // Any word may be the program.
	for i, word := range args {
		name := programName(word)
		first := i == 0 || wrapped
		if l, ok := languages[name]; ok && (first || !l.every && !l.word) {
			if err := l.check(word, args[i+1:], first); err != nil {
				return err
			}
		}
		if w, ok := wrappers[name]; ok && first {
			if w.runsPath(args[i+1:]) {
				return runsFile(word)
			}
			wrapped = true
		}
	}
	return nil
}

func runsFile(program string) error { return &CodeError{Why: program + " would run the file itself"} }

// runsPath reports whether the program among a wrapper's arguments is the path.
func (w wrapper) runsPath(args []string) bool {
	for i := 0; i < len(args) && !w.inside; i++ {
		arg := args[i]
		variable, _, set := strings.Cut(arg, "=")
		switch value, ok := option(w.values, "", arg); {
		case ok && value == "":
			i++
		case strings.HasPrefix(arg, "-"), set && !hasPath(variable):
		case w.operands > 0:
			w.operands--
		default:
			return hasPath(arg)
		}
	}
	return false
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
		return l.checkEvery(args, code)
	}
	had := false // There was code.
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if names := l.files(arg); names != "" {
			value, _ := option(names, l.before(names), arg)
			if value == "" && i+1 < len(args) {
				i++
				value = args[i]
			}
			if hasPath(value) {
				return runsFile(program)
			}
			had = had || names == l.script
			continue
		}
		if value, ok := option(l.values, l.before(l.values), arg); ok {
			if value == "" {
				i++
			}
			continue
		}
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
		case l.late || l.sentences:
			if l.sentences && hasPath(arg) && strings.Contains(arg, " ") {
				return code
			}
		case l.operands > 0:
			l.operands--
		case l.verbs != "" && has(l.verbs, arg):
			l.verbs = ""
		case had || !sure:
			return nil // It, and what follows, is an argument of the code, or of who knows what.
		case l.operand && hasPath(arg):
			return code
		case l.runs && hasPath(arg):
			return runsFile(program)
		default:
			return nil // A script, and its arguments.
		}
	}
	return nil
}

// checkEvery refuses a path in a command that the arguments are joined to.
func (l language) checkEvery(args []string, code error) error {
	if l.verbs != "" {
		verb := slices.IndexFunc(args, func(arg string) bool { return has(l.verbs, arg) })
		if verb < 0 {
			return nil
		}
		args = args[verb:]
	}
	if i := slices.IndexFunc(args, hasPath); i >= 0 && !l.hasScript(args[:i]) {
		return code
	}
	return nil
}

// has reports whether a name is among the words of a list.
func has(list, name string) bool { return slices.Contains(strings.Fields(list), name) }

// option reports whether arg is one of these options, and what of its value is in the same word. In a
// cluster of letters, those before take the rest of the word for themselves.
func option(names, before, arg string) (value string, ok bool) {
	if len(arg) < 2 || arg[0] != '-' {
		return "", false
	}
	name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if len(name) > 1 && has(names, name) {
		return value, true
	}
	if arg[1] == '-' {
		return "", false
	}
	for i, letter := range arg[1:] {
		switch {
		case has(names, string(letter)):
			return arg[i+2:], true
		case strings.ContainsRune(before, letter):
			return "", false
		}
	}
	return "", false
}

// letters are the letters among the names of options.
func letters(names ...string) string {
	var b strings.Builder
	for _, name := range strings.Fields(strings.Join(names, " ")) {
		if len(name) == 1 {
			b.WriteString(name)
		}
	}
	return b.String()
}

// before are the letters after which the rest of a word is no option of names.
func (l language) before(names string) string {
	all := l.tail + l.short
	for _, other := range []string{l.values, l.load, l.script} {
		if other != names {
			all += letters(other)
		}
	}
	return all
}

// files are the options of files of code that arg is one of; empty if it is none.
func (l language) files(arg string) string {
	for _, names := range []string{l.load, l.script} {
		if _, ok := option(names, l.before(names), arg); ok {
			return names
		}
	}
	return ""
}

func hasPath(arg string) bool { return strings.Contains(arg, "{}") }

// codeFlag reports whether code follows arg, or is the rest of it.
func (l language) codeFlag(arg string) (flag bool, glued string) {
	name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if strings.HasPrefix(arg, "--") || strings.HasPrefix(arg, "-") && has(l.long, name) {
		return has(l.long, name), value
	}
	if len(arg) < 2 || arg[0] != '-' {
		return arg == l.verb && arg != "", ""
	}
	i := strings.IndexAny(arg, l.short)
	if i < 1 || l.tail != "" && strings.ContainsAny(arg[:i], l.tail) {
		return false, ""
	}
	rest := arg[i+1:]
	if !l.glued && strings.Trim(strings.ToLower(rest), "abcdefghijklmnopqrstuvwxyz") == "" {
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
