package dcpool

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/gotd/td/tgerr"
)

// Readings of what servers refuse a call with, for all packages alike. Names of errors that
// mean one thing to one caller only are read where that caller is.
//
// See https://core.telegram.org/api/errors.

// MethodMissing says that a server does not know a method at all. Telegram has no such
// answer to methods of its own; servers of other makes have many.
func MethodMissing(err error) bool {
	refused, ok := errors.AsType[*tgerr.Error](err)
	if !ok {
		return false
	}
	if refused.Code == 404 || refused.Code == 501 {
		return true
	}
	for _, who := range []string{"BOT_", "CDN_", frozen} {
		if strings.HasPrefix(refused.Message, who) {
			return false // The method is there, but not for this one.
		}
	}
	for _, text := range []string{"METHOD_INVALID", "METHOD_NOT", "NOT_IMPLEMENTED", "UNKNOWN_METHOD"} {
		if strings.Contains(refused.Message, text) {
			return true
		}
	}
	return false
}

// FileMigrated says that a file is on another data center, and on which: FILE_MIGRATE_X.
//
// See https://core.telegram.org/api/datacenter#file-access.
func FileMigrated(err error) (dc int, ok bool) {
	refused, ok := errors.AsType[*tgerr.Error](err)
	if !ok || refused.Type != fileMigrate || refused.Argument <= 0 {
		return 0, false
	}
	return refused.Argument, true
}

const fileMigrate = "FILE_MIGRATE"

// ReferenceExpired says that a file has to be looked up again, for a new file reference.
//
// See https://core.telegram.org/api/file_reference.
func ReferenceExpired(err error) bool {
	refused, ok := errors.AsType[*tgerr.Error](err)
	return ok && (strings.HasPrefix(refused.Type, "FILE_REFERENCE_") || refused.Type == "FILEREF_UPGRADE_NEEDED")
}

// AccountFrozen says that Telegram has frozen the account, which stays so until its owner
// has appealed.
//
// See https://core.telegram.org/api/auth#frozen-accounts.
func AccountFrozen(err error) bool {
	refused, ok := errors.AsType[*tgerr.Error](err)
	return ok && strings.HasPrefix(refused.Type, frozen)
}

const frozen = "FROZEN_"

// FloodWait is how long a server asks to wait before a call is made again: at least a second, and no
// longer than an int of the protocol can say. A longer one would, as a time.Duration, come out as none.
func FloodWait(err error) (wait time.Duration, ok bool) {
	for _, kind := range tgerr.FloodWaitErrors {
		if rpc, ok := tgerr.AsType(err, kind); ok {
			return waitOf(rpc), true
		}
	}
	return 0, false
}

func waitOf(err *tgerr.Error) time.Duration {
	return time.Duration(min(max(err.Argument, 1), math.MaxInt32)) * time.Second
}
