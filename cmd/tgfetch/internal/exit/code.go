// Package exit turns what went wrong into an exit code and one line for a person.
//
//	0    all done
//	1    some items failed, for different causes
//	2    usage: a malformed link, flag, setting or cluster file
//	3    login needed, or the login was refused (wrong code, password or token; damaged keys)
//	4    not found, no media, or no access
//	5    temporary: a flood wait or a network fault outlasted the limit
//	6    verification failed
//	7    disk: full, read-only or not writable
//	8    stopped by a limit the user set
//	130  stopped by Ctrl-C or SIGTERM
//
// [Of] is the only place where errors become codes, [Explain] the only one where they become advice;
// both read the same table.
package exit

// Code is a process exit code.
type Code int

// The exit codes.
const (
	OK          Code = 0
	Mixed       Code = 1
	Usage       Code = 2
	Login       Code = 3
	Missing     Code = 4
	Temporary   Code = 5
	Verify      Code = 6
	Disk        Code = 7
	Limit       Code = 8
	Interrupted Code = 130
)

// All is every exit code, in order.
var All = []Code{OK, Mixed, Usage, Login, Missing, Temporary, Verify, Disk, Limit, Interrupted}

// Meaning is what a person reads about the code.
func (c Code) Meaning() string {
	switch c {
	case OK:
		return "all done"
	case Mixed:
		return "some items failed, for different causes"
	case Usage:
		return "usage: a malformed link, flag, setting or cluster file"
	case Login:
		return "login needed, or the login was refused"
	case Missing:
		return "not found, no media, or no access"
	case Temporary:
		return "temporary: a wait that Telegram asked for, or a network fault, outlasted the limit"
	case Verify:
		return "verification failed"
	case Disk:
		return "disk: full, read-only or not writable"
	case Limit:
		return "stopped by a limit the user set"
	case Interrupted:
		return "stopped by Ctrl-C or SIGTERM"
	}
	return "unknown"
}

// String is the cause as --json names it.
func (c Code) String() string {
	switch c {
	case OK:
		return "ok"
	case Mixed:
		return "mixed"
	case Usage:
		return "usage"
	case Login:
		return "login"
	case Missing:
		return "not_found"
	case Temporary:
		return "temporary"
	case Verify:
		return "verify"
	case Disk:
		return "disk"
	case Limit:
		return "limit"
	case Interrupted:
		return "interrupted"
	}
	return "unknown"
}

// Combine is the code of a run whose items ended with these codes: OK when nothing failed, the cause
// when all failures share it, Mixed otherwise. A run that was stopped is Interrupted, whatever failed
// before.
func Combine(codes ...Code) Code {
	all := OK
	for _, c := range codes {
		switch {
		case c == Interrupted:
			return Interrupted
		case c == OK || c == all:
		case all == OK:
			all = c
		default:
			all = Mixed
		}
	}
	return all
}
