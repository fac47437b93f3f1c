package exit

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// rule says what one kind of error means. The first rule that matches counts.
type rule struct {
	match func(error) bool
	code  Code
	// text replaces the error's own text; empty keeps it.
	text string
	// advice is what to do next; empty when the error's text says it.
	advice string
}

const (
	loginAgain = "run tgfetch login again"
	later      = "try again later"
)

// rules is the whole classification.
var rules = slices.Concat(ownRules, loginRules, otherRules)

// ownRules are about the command line and the machine.
var ownRules = []rule{
	{is(ErrInterrupted, context.Canceled), Interrupted, "stopped", ""},

	{as[*UsageError], Usage, "", ""},
	{as[*fetcher.LinkError], Usage, "", ""},
	{is(settings.ErrNoApp), Usage, "", ""},
	{as[*settings.Error], Usage, "", ""},
	{is(prompt.ErrNoAnswer), Usage, "", "give one answer per line: phone, code, and a password if there is one"},
	{rpc("API_ID_INVALID"), Usage, "Telegram does not accept this api_id and api_hash", "check them at https://my.telegram.org/apps"},
	{rpc("API_ID_PUBLISHED_FLOOD"), Usage, "this api_id was published, so Telegram lets nobody log in with it", "get one of your own at https://my.telegram.org/apps"},

	{is(foreign.ErrUnknown, foreign.ErrNoTData), Usage, "", ""},
	{is(ErrLoginOver), Login, ErrLoginOver.Error(), "run tgfetch login to make one"},
	{is(foreign.ErrLocked), Login, "", "give the passcode that Telegram Desktop asks for when it starts"},
	{is(foreign.ErrDamaged), Login, "", ""},
}

// otherRules are about everything that comes after a login.
var otherRules = []rule{
	{is(session.ErrDamaged), Login, "", ""},
	{as[*session.PassphraseError], Login, "", "give the right one at a terminal, in $TGFETCH_PASSPHRASE or with --passphrase-file"},
	{rpc("AUTH_KEY_UNREGISTERED"), Login, "not logged in", "run tgfetch login"},
	{rpc("USER_DEACTIVATED", "USER_DEACTIVATED_BAN"), Login, "Telegram has deactivated this account", "write to recover@telegram.org if that is a mistake"},
	{is(dcpool.ErrLoginNeeded), Login, "", "run tgfetch login"},
	{as[*dcpool.BindError], Usage, "", "leave --pfs out"},

	{dcpool.AccountFrozen, Missing, "Telegram has frozen this account, so it may not do that", "see why, and appeal, in a Telegram app: @SpamBot tells"},

	{is(fetcher.ErrNotFound), Missing, "", "check the link in a Telegram app"},
	{is(fetcher.ErrNoMedia), Missing, "", "link to a message that has a file"},
	{is(fetcher.ErrNoAccess), Missing, "", "join the chat with this account, or log in with one that is in it"},

	{is(ErrNoFile), Missing, "", ""},
	{is(ErrNoSource), Missing, "", "give its link after it, as in tgfetch verify PATH LINK"},

	{as[*fetcher.VerifyError], Verify, "", ""},
	{is(fetcher.ErrShort, fetcher.ErrLong), Verify, "", later},

	{as[*fetcher.BusyError], Temporary, "", ""},
	{as[*fetcher.MigrationError], Temporary, "", ""},

	{closedPipe, Disk, "nobody reads the output any more", ""},
	{as[*fetcher.DiskError], Disk, "", ""},
	{is(ownfile.ErrLink), Disk, "", ownfile.ErrLink.Hint()},
	{is(ownfile.ErrOwner), Disk, "", ownfile.ErrOwner.Hint()},
	{is(ownfile.ErrHardLink), Disk, "", ownfile.ErrHardLink.Hint()},
	{is(ownfile.ErrNoReader), Disk, "", ownfile.ErrNoReader.Hint()},
	{is(ownfile.ErrTooLarge), Disk, "", ownfile.ErrTooLarge.Hint()},
	{as[ownfile.Refusal], Disk, "", ownfile.ErrNotRegular.Hint()},
	// Before net.Error, which a bare errno would be, too.
	{as[*fs.PathError], Disk, "", "check that the folder exists, may be written to and has room"},

	{as[*fetcher.TakeoutDelayError], Temporary, "", ""},
	{as[*dcpool.FloodError], Temporary, "", later + ", or allow longer waits with --flood-wait-max"},
	{is(proxy.ErrDenied), Usage, "", "correct --proxy, TGFETCH_PROXY, the configuration file or ALL_PROXY"},
	{as[*proxy.Error], Temporary, "", "check that the proxy runs and leads to Telegram, or go without it: --proxy direct"},
	{noRoute(false), Temporary, "", "there is no way to IPv4 addresses from here: check the network, or go over IPv6 with -6"},
	{noRoute(true), Temporary, "", "there is no way to IPv6 addresses from here: check the network, or go without -6"},
	{as[*dcpool.UnreachableError], Temporary, "", "check the network and " + later},
	{as[*dcpool.UnknownKeyError], Usage, "", ""},
	{as[*dcpool.WrongDCError], Usage, "", ""},
	{as[*dcpool.LostError], Temporary, "", "check the network and " + later},
	{is(dcpool.ErrClosed), Temporary, "", later},
	{as[*dcpool.MigrationLoopError], Temporary, "", later},
	{as[*dcpool.UnknownDCError], Temporary, "", later},
	{as[*fetcher.ReferenceError], Temporary, "", ""},
	{rpcCode(303, 420, 500, 503, -503), Temporary, "", later},
	{rpcCode(401), Login, "", "run tgfetch login"},
	{rpcCode(403, 406), Missing, "", "check in a Telegram app that this account may see it"},
	{is(context.DeadlineExceeded), Temporary, "", later},
	{as[net.Error], Temporary, "", "check the network and " + later},
}

// Of is the exit code for an error; nil is OK, one that no rule knows Mixed.
func Of(err error) Code {
	if err == nil {
		return OK
	}
	if reported, ok := errors.AsType[*Reported](err); ok {
		return reported.Code
	}
	if coded, ok := errors.AsType[*Coded](err); ok {
		return coded.Code
	}
	if r := find(err); r != nil {
		return r.code
	}
	return Mixed
}

// Explain is one line for a person: what happened, why, and what to do next. Where that is another
// command, it begins with tgfetch, as the user typed it: with the flags that choose the network.
func Explain(err error, tgfetch string) string {
	text := Reason(err)
	if r := find(err); r != nil && r.advice != "" {
		text += "; " + strings.Replace(r.advice, "tgfetch", tgfetch, 1)
	}
	return text
}

// Reason is what happened, without advice.
func Reason(err error) string {
	if r := find(err); r != nil && r.text != "" {
		return r.text
	}
	return err.Error()
}

func find(err error) *rule {
	for i := range rules {
		if rules[i].match(err) {
			return &rules[i]
		}
	}
	return nil
}

func is(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
}

// closedPipe matches a write to our own output that nobody reads. A connection that
// breaks has the same errno, but no path.
func closedPipe(err error) bool {
	failed, ok := errors.AsType[*fs.PathError](err)
	return ok && errors.Is(failed, syscall.EPIPE)
}

// noRoute matches a dial that the own system had no way for, to an address of one family.
func noRoute(ipv6 bool) func(error) bool {
	return func(err error) bool {
		op, ok := errors.AsType[*net.OpError](err)
		if !ok || !errors.Is(op, syscall.ENETUNREACH) && !errors.Is(op, syscall.EHOSTUNREACH) && !errors.Is(op, wsaNetUnreach) {
			return false
		}
		to, ok := op.Addr.(*net.TCPAddr)
		return ok && (to.IP.To4() == nil) == ipv6
	}
}

// wsaNetUnreach is what Windows says where others say ENETUNREACH.
const wsaNetUnreach = syscall.Errno(10051)

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func rpc(types ...string) func(error) bool {
	return func(err error) bool { return tgerr.Is(err, types...) }
}

func rpcCode(codes ...int) func(error) bool {
	return func(err error) bool { return tgerr.IsCode(err, codes...) }
}
