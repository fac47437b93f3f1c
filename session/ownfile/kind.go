// Package ownfile opens the files that tgfetch keeps: downloads, what lies beside
// them, lists, archives, the session. Every one is of a [Kind], which says how much
// of it is read and who may read it, and is opened through its [Folder].
//
// Somebody who may write in the folder, too, may have planted something under the
// name: a pipe, which an open waits for; a device; a link to another file; another
// name of another file; a file of their own, which they go on writing to. What is
// written to is therefore a regular file of this user with one name, and what is
// read a regular file of this user. Everything else is a [Refusal], and is left as
// it is. Files that the user named may be reached through links, see [Open] and
// [In].
package ownfile

import "io/fs"

// Modes of new files, from which the umask takes.
const (
	// Shared is for whoever the umask lets read.
	Shared fs.FileMode = 0o666
	// Private is for the user alone. A file that is replaced gets it, too.
	Private fs.FileMode = 0o600
)

// Kind is one kind of file.
type Kind struct {
	// Name is the kind's, for texts.
	Name string
	// Most bounds what is read of a file, in bytes; 0 is no bound, for files that are
	// never read as a whole.
	Most int64
	// Mode is that of a new file.
	Mode fs.FileMode
	// Stream says that the user may name a pipe or a device: it is read once from its
	// beginning to its end, or written so.
	Stream bool
}

// The kinds of files there are. All is all of them: a kind that is missing there has
// no test, and opens nothing.
var (
	// Beside downloads.
	Part     = Kind{Name: "part", Mode: Shared}
	Journal  = Kind{Name: "journal", Mode: Shared}
	Download = Kind{Name: "download", Mode: Shared}
	Info     = Kind{Name: "info.json", Most: 1 << 20, Mode: Shared}
	Caption  = Kind{Name: "caption", Mode: Shared}

	// Named by the user, written to.
	Checksums     = Kind{Name: "checksums", Most: 256 << 20, Mode: Shared, Stream: true}
	Archive       = Kind{Name: "archive", Most: 256 << 20, Mode: Shared, Stream: true}
	Failures      = Kind{Name: "failed file", Mode: Shared, Stream: true}
	Log           = Kind{Name: "log", Mode: Private, Stream: true}
	Page          = Kind{Name: "page", Mode: Shared, Stream: true}
	SessionExport = Kind{Name: "exported session", Mode: Private}
	SimLog        = Kind{Name: "simulator log", Mode: Shared, Stream: true}

	// Named by the user, read.
	Links          = Kind{Name: "list of links", Most: 64 << 20, Stream: true}
	TelegramExport = Kind{Name: "export of Telegram", Most: 64 << 30, Stream: true}
	ForeignSession = Kind{Name: "session of another program", Most: 1 << 20, Stream: true}
	TData          = Kind{Name: "file of Telegram Desktop", Most: 64 << 20}
	Passphrase     = Kind{Name: "passphrase", Most: 4 << 10, Stream: true}
	Cluster        = Kind{Name: "cluster file", Most: 64 << 20, Mode: Private}
	Scenario       = Kind{Name: "scenario", Most: 64 << 20}
	Report         = Kind{Name: "report", Most: 256 << 20}
	Verified       = Kind{Name: "file to verify"}

	// In folders of tgfetch's own.
	Keys   = Kind{Name: "keys", Most: 16 << 20, Mode: Private}
	State  = Kind{Name: "state", Most: 64 << 20, Mode: Private}
	Lock   = Kind{Name: "lock", Mode: Private}
	Config = Kind{Name: "configuration", Most: 1 << 20}
)

// All returns all kinds.
func All() []Kind {
	return []Kind{
		Part, Journal, Download, Info, Caption,
		Checksums, Archive, Failures, Log, Page, SessionExport, SimLog,
		Links, TelegramExport, ForeignSession, TData, Passphrase, Cluster, Scenario, Report, Verified,
		Keys, State, Lock, Config,
	}
}

// Refusal says why a file is not opened.
type Refusal string

// Why a file is refused. The error is a *fs.PathError around one of these.
const (
	// ErrNotRegular is a folder, a pipe, a device, a socket, or a link where links are
	// not followed.
	ErrNotRegular Refusal = "it is not a regular file"
	// ErrHardLink is a file with a second name.
	ErrHardLink Refusal = "it is another file, too, by a hard link, which would be written to"
	// ErrOwner is a file of another user.
	ErrOwner Refusal = "it belongs to another user, who may change it at any time"
	// ErrLink is a symbolic link of another user in a folder that others may write to.
	ErrLink Refusal = "it is a link that another user may have put there"
	// ErrNoReader is a pipe that nobody reads.
	ErrNoReader Refusal = "nobody reads this pipe"
	// ErrTooLarge is a file with more in it than its kind may have.
	ErrTooLarge Refusal = "it is larger than any such file may be"
)

func (r Refusal) Error() string { return string(r) }

// Hint says what to do about it.
func (r Refusal) Hint() string {
	switch r {
	case ErrLink:
		return "name what it leads to, if you want that"
	case ErrOwner:
		return "make it yours with chown, or choose another name"
	case ErrHardLink:
		return "copy it and give the copy its name, or choose another name"
	case ErrNoReader:
		return "start its reader first"
	case ErrTooLarge:
		return "is it the right file?"
	}
	return "move it away, or choose another name"
}
