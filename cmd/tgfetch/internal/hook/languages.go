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
	verb  string // a word that code follows

	values    string // letters of options that have a value
	runs      bool   // the first argument that is no option is a file to run
	operand   bool   // that argument is code, unless an option had some
	late      bool   // options follow arguments
	sentences bool   // arguments of several words are code
	every     bool   // the arguments are joined to a command, for a shell in most cases

	example string // what to write; %s is the program
}

var languages = byName([]language{
	{kind: shell, short: "cC", long: "command commands init-command", values: "oO", runs: true, example: `%s -c '… "$1"' sh {}`,
		names: "sh bash rbash dash ash zsh ksh mksh oksh pdksh yash csh tcsh fish nu elvish xonsh rc"},
	{kind: shell, names: "su runuser sg script flock", short: "c", long: "command session-command", late: true},
	{kind: otherKind, names: "env", short: "S", long: "split-string", late: true},
	{kind: otherKind, names: "python pythonw pypy ipython jython py", short: "c", runs: true, example: `%s -c '… sys.argv[1]' {}`},
	{kind: otherKind, names: "perl raku", short: "eE", runs: true, example: `%s -e '… $ARGV[0]' {}`},
	{kind: otherKind, names: "ruby jruby irb", short: "e", runs: true, example: `%s -e '… ARGV[0]' {}`},
	{kind: otherKind, names: "node nodejs bun deno electron", short: "ep", long: "eval print", verb: "eval", runs: true, example: `%s -e '… process.argv[1]' {}`},
	{kind: otherKind, names: "php php-cgi", short: "rBRE", long: "run process-begin process-code process-end", runs: true, example: `%s -r '… $argv[1]' -- {}`},
	{kind: otherKind, names: "lua luajit r rscript osascript groovy scala elixir erl julia ghc guile racket sbcl clisp tclsh wish expect swift clojure jshell",
		short: "ceE", long: "eval print expression", runs: true},
	{kind: otherKind, names: "awk gawk mawk nawk", short: "e", long: "source", values: "vFf", operand: true, example: `%s '… FILENAME …' {}`},
	{kind: otherKind, names: "sed gsed", short: "e", long: "expression", values: "fl", operand: true, example: `%s '…' {}`},
	{kind: otherKind, names: "vi vim nvim ex view gvim emacs emacsclient gdb lldb psql mysql mariadb octave maxima git", short: "cei",
		long: "command eval execute cmd", late: true},
	{kind: otherKind, names: "sqlite duckdb", long: "cmd", short: "c", sentences: true},
	{kind: otherKind, names: "ssh mosh adb watch wsl parallel tmux make gmake cmd", every: true},
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

// wrappers run a program that is among their arguments.
var wrappers = strings.Fields("env sudo doas nice ionice chrt nohup time timeout setsid stdbuf unbuffer chroot busybox toybox xargs unshare nsenter " +
	"systemd-run flatpak-spawn firejail proxychains proxychains4 torsocks torify strace ltrace docker podman nerdctl kubectl distrobox toolbox")
