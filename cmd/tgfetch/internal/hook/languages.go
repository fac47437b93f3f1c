package hook

import "strings"

// kind is a family of programs that run code.
type kind int

const (
	shell kind = iota + 1
	powerShell
	otherKind
)

// language is a family of programs that run code which is among their arguments.
type language struct {
	kind  kind
	names string // of the programs, without a version

	short string // letters of options such as -c that code follows, or that it is glued to
	long  string // names of options such as --eval
	glued bool   // what follows such a letter in its word is code, even if it is letters alone
	verb  string // a word that code follows

	// Options with a value, by letter or name. A letter of tail has none but the rest of its word.
	values, tail string
	load, script string // values that are files of code: some of it, or all, as of awk's -f

	verbs     string // words that the program, or with every the code, follows
	runs      bool   // the first argument that is no option is a file to run
	operand   bool   // that argument is code, unless an option had some
	late      bool   // options follow arguments
	operands  int    // arguments before more options, such as flock's file
	sentences bool   // arguments of several words are code
	every     bool   // the arguments are joined to a command, for a shell in most cases
	word      bool   // the names are words of their own, which other programs have among their arguments

	example string // what to write; %s is the program
}

// languages is a list of what is in use, and not a wall: a program that is not in it, or an option that
// it has got since, may take a path for code.
var languages = byName([]language{
	{kind: shell, short: "cC", long: "command commands init-command", values: "o O", load: "rcfile init-file", runs: true, example: `%s -c '… "$1"' sh {}`,
		names: "sh bash rbash dash ash zsh ksh mksh oksh pdksh yash csh tcsh fish elvish xonsh"},
	{kind: shell, short: "c", long: "commands", values: "o", load: "config env-config", runs: true, word: true, names: "nu rc"},
	{kind: shell, names: "su runuser sg script", short: "c", long: "command session-command", late: true},
	{kind: shell, names: "flock", short: "c", long: "command", values: "w E timeout wait conflict-exit-code", operands: 1},
	{kind: otherKind, names: "env", short: "S", long: "split-string", values: "u C a unset chdir argv0"},
	{kind: otherKind, names: "python pythonw pypy ipython jython", short: "cm", glued: true, values: "W X check-hash-based-pycs", runs: true, example: `%s -c '… sys.argv[1]' {}`},
	{kind: otherKind, names: "py", short: "cm", glued: true, values: "W X", runs: true, word: true},
	{kind: otherKind, names: "perl raku", short: "eE", glued: true, values: "I", tail: "dDiFmMx", runs: true, example: `%s -e '… $ARGV[0]' {}`},
	{kind: otherKind, names: "ruby jruby irb", short: "e", glued: true, values: "C E I encoding", tail: "FiKTWx", load: "r require", runs: true, example: `%s -e '… ARGV[0]' {}`},
	{kind: otherKind, names: "node nodejs electron", short: "ep", long: "eval print", values: "C conditions input-type title unhandled-rejections icu-data-dir",
		load: "r require import loader experimental-loader env-file openssl-config", runs: true, example: `%s -e '… process.argv[1]' {}`},
	{kind: otherKind, names: "bun deno", short: "ep", long: "eval print", verb: "eval", verbs: "run test bench serve", values: "L log-level cwd seed",
		load: "c r config preload require import import-map env-file", runs: true},
	{kind: otherKind, names: "php php-cgi", short: "rBRE", long: "run process-begin process-code process-end", glued: true, values: "d S t define server docroot",
		load: "c z php-ini zend-extension", script: "f F file process-file", runs: true, example: `%s -r '… $argv[1]' -- {}`},
	{kind: otherKind, names: "lua luajit rscript osascript groovy scala elixir erl julia ghc guile racket sbcl clisp tclsh wish clojure jshell",
		short: "ceE", long: "eval print expression", load: "l L load", script: "f s file script", runs: true},
	{kind: otherKind, names: "r expect swift", short: "ceE", long: "eval expression", script: "f file", runs: true, word: true},
	{kind: otherKind, names: "awk gawk mawk nawk", short: "e", long: "source", glued: true, values: "v F assign field-separator", load: "i l include load",
		script: "f E file exec", operand: true, example: `%s '… FILENAME …' {}`},
	{kind: otherKind, names: "sed gsed", short: "e", long: "expression", glued: true, values: "l line-length", tail: "i", script: "f file", operand: true, example: `%s '…' {}`},
	{kind: otherKind, names: "vi vim nvim gvim", short: "c", long: "command cmd", load: "S s u U l", late: true},
	{kind: otherKind, names: "ex view", short: "c", long: "cmd", load: "S s u", late: true, word: true},
	{kind: otherKind, names: "emacs emacsclient", short: "e", long: "eval execute", load: "l x load script", late: true},
	{kind: otherKind, names: "gdb lldb", short: "ei", long: "eval-command init-eval-command one-line", load: "x ix s S command init-command source source-before-file", late: true},
	{kind: otherKind, names: "psql mysql mariadb octave maxima", short: "ce", long: "command eval execute init-command", load: "f file init-file", late: true},
	{kind: otherKind, names: "git", short: "c", late: true, word: true},
	{kind: otherKind, names: "sqlite duckdb", long: "cmd c", load: "init", sentences: true},
	{kind: otherKind, names: "adb", verbs: "shell exec-out exec-in", every: true},
	{kind: otherKind, names: "ssh mosh watch wsl parallel tmux make gmake cmd", every: true},
	{kind: powerShell, names: "powershell pwsh", every: true, example: "%s -File SCRIPT.ps1 {}"},
})

func byName(all []language) map[string]language {
	names := map[string]language{}
	for _, l := range all {
		for name := range strings.FieldsSeq(l.names) {
			names[name] = l
		}
	}
	return names
}

// wrapper is a program that runs another one, which is among its arguments.
type wrapper struct {
	values   string // options with a value, by letter or name
	operands int    // arguments before the program
	inside   bool   // the program is that of a container, or the word a command of the wrapper's own
}

var wrappers = map[string]wrapper{
	"env":    {values: "u C a unset chdir argv0"},
	"sudo":   {values: "u g h p C T R D U r t user group host prompt chdir chroot"},
	"doas":   {values: "u C"},
	"nice":   {values: "n adjustment"},
	"ionice": {values: "c n class classdata"},
	"chrt":   {operands: 1},
	"nohup":  {}, "setsid": {}, "unbuffer": {}, "firejail": {}, "torify": {}, "setarch": {},
	"time":        {values: "f o format output"},
	"timeout":     {values: "s k signal kill-after", operands: 1},
	"flock":       {values: "w E timeout wait conflict-exit-code", operands: 1},
	"taskset":     {operands: 1},
	"stdbuf":      {values: "i o e input output error"},
	"chroot":      {operands: 1},
	"xargs":       {values: "a d E I L n P s arg-file delimiter max-args max-procs"},
	"unshare":     {values: "R w S G root wd"},
	"nsenter":     {values: "t S G target"},
	"systemd-run": {values: "p u t E M H property unit slice setenv machine host uid gid working-directory description"},
	"proxychains": {values: "f"}, "proxychains4": {values: "f"},
	"torsocks": {values: "a p u P"},
	"strace":   {values: "e o p s u a b E I O P S U X"},
	"ltrace":   {values: "e o p s u a l n x"},
	"busybox":  {inside: true}, "toybox": {inside: true}, "flatpak-spawn": {inside: true}, "docker": {inside: true}, "podman": {inside: true},
	"nerdctl": {inside: true}, "kubectl": {inside: true}, "distrobox": {inside: true}, "toolbox": {inside: true},
}
