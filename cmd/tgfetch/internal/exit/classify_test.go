package exit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want Code
		says string // part of the line for a person
	}{
		{"nothing", nil, OK, ""},
		{"reported before", &Reported{Disk}, Disk, "disk"},
		{"known to the command alone", fmt.Errorf("4: %w", &Coded{Verify, errors.New("odd")}), Verify, "4: odd"},
		{"unheard of", errors.New("odd"), Mixed, "odd"},
		{"Ctrl-C", fmt.Errorf("part 3: %w", ErrInterrupted), Interrupted, "stopped"},
		{"cancelled below", fmt.Errorf("dial: %w", context.Canceled), Interrupted, "stopped"},

		{"usage", &UsageError{"no such flag"}, Usage, "no such flag"},
		{"no application", settings.ErrNoApp, Usage, "my.telegram.org/apps"},
		{"bad setting", &settings.Error{Where: "config.toml", Reason: "torn"}, Usage, "config.toml: torn"},
		{"api id refused", tgerr.New(400, "API_ID_INVALID"), Usage, "my.telegram.org/apps"},
		{"no answer", prompt.ErrNoAnswer, Usage, "one answer per line"},

		{"wrong code", fmt.Errorf("login: %w", tgerr.New(400, "PHONE_CODE_INVALID")), Login, "the code is wrong; run tgfetch login again"},
		{"wrong password", fmt.Errorf("login: %w", auth.ErrPasswordInvalid), Login, "the password is wrong"},
		{"wrong token", tgerr.New(400, "ACCESS_TOKEN_INVALID"), Login, "bot token"},
		{"no account", ErrNoAccount, Login, "no Telegram account"},
		{"not logged in", fmt.Errorf("resolve: %w", dcpool.ErrLoginNeeded), Login, "run tgfetch login"},
		{"nobody", fmt.Errorf("%w: %w", dcpool.ErrLoginNeeded, tgerr.New(401, "AUTH_KEY_UNREGISTERED")), Login, "not logged in; run tgfetch login"},
		{"revoked", tgerr.New(401, "SESSION_REVOKED"), Login, "run tgfetch login"},
		{"locked keys", &session.PassphraseError{}, Login, ""},
		{"damaged keys", &session.DamagedError{Path: "/s/keys", Reason: "torn"}, Login, "/s/keys"},

		{"deactivated", fmt.Errorf("%w: %w", dcpool.ErrLoginNeeded, tgerr.New(401, "USER_DEACTIVATED_BAN")), Login, "deactivated this account; write to"},
		{"logged out here alone", &dcpool.LogOutError{Err: tgerr.New(500, "INTERNAL")}, Temporary, "forgotten here, but Telegram could not be told"},
		{"no temporary keys", &dcpool.BindError{DC: 2, Err: tgerr.New(400, "TEMP_AUTH_KEY_EMPTY")}, Usage, "cannot be used with PFS: rpc error code 400: TEMP_AUTH_KEY_EMPTY; leave --pfs out"},

		{"malformed link", &fetcher.LinkError{Link: "x", Reason: "it is empty"}, Usage, "https://t.me/durov/43"},
		{"no such message", &fetcher.ItemError{Item: "https://t.me/a/1", Err: fetcher.ErrNotFound}, Missing, "check the link"},
		{"no media", fetcher.ErrNoMedia, Missing, "has a file"},
		{"nothing to compare", ErrNoFile, Missing, "no such file"},
		{"private channel", fmt.Errorf("%w: %w", fetcher.ErrNoAccess, tgerr.New(400, "CHANNEL_PRIVATE")), Missing, "join the chat"},
		{"forbidden", tgerr.New(403, "CHAT_FORBIDDEN"), Missing, "may see it"},

		{"flood", &dcpool.FloodError{DC: 4, Method: "upload.getFile", Wait: 600e9}, Temporary, "DC 4: Telegram asks to wait 10m0s"},
		{"export that must wait", &fetcher.TakeoutDelayError{Wait: 86400e9, Err: &dcpool.FloodError{}}, Temporary, "only in 24h0m0s, and has told its devices so: allow it there"},
		{"flood that nobody waited for", tgerr.New(420, "FLOOD_WAIT_9"), Temporary, "later"},
		{"proxy unreachable", &dcpool.UnreachableError{DC: 4, Err: &proxy.Error{Proxy: "http://h:1", Text: "cannot be reached", Err: syscall.ECONNREFUSED}}, Temporary, "proxy http://h:1 cannot be reached: connection refused; check that the proxy runs"},
		{"proxy denies", &proxy.Error{Proxy: "http://h:1", Text: "wants a password", Err: proxy.ErrDenied}, Usage, "proxy http://h:1 wants a password; correct --proxy"},
		{"unreachable", &dcpool.UnreachableError{DC: 4, Err: syscall.ECONNREFUSED}, Temporary, "check the network"},
		{"no IPv4", &dcpool.UnreachableError{DC: 4, Err: &net.OpError{Op: "dial", Addr: &net.TCPAddr{IP: net.IPv4(149, 154, 167, 51)}, Err: syscall.ENETUNREACH}}, Temporary, "go over IPv6 with -6"},
		{"no IPv6", &dcpool.UnreachableError{DC: 4, Err: &net.OpError{Op: "dial", Addr: &net.TCPAddr{IP: net.IPv6loopback}, Err: syscall.ENETUNREACH}}, Temporary, "go without -6"},
		{"another data center", &dcpool.WrongDCError{DC: 2, Addr: "127.0.0.1:9"}, Usage, "says that it is not DC 2"},
		{"frozen", fmt.Errorf("resolve: %w", tgerr.New(420, "FROZEN_METHOD_INVALID")), Missing, "Telegram has frozen this account, so it may not do that; see why, and appeal"},
		{"frozen out", tgerr.New(400, "FROZEN_PARTICIPANT_MISSING"), Missing, "frozen this account"},
		{"foreign server", &dcpool.UnknownKeyError{DC: 2, Addr: "127.0.0.1:9"}, Usage, "cluster file"},
		{"connection lost", &dcpool.LostError{DC: 4, Method: "auth.signIn", Sent: true, Err: syscall.EPIPE}, Temporary, "check the network"},
		{"pipe of the network", &dcpool.UnreachableError{DC: 4, Err: &net.OpError{Op: "write", Err: syscall.EPIPE}}, Temporary, "check the network"},
		{"stopped under way", dcpool.ErrClosed, Temporary, "later"},
		{"DC unknown", &dcpool.UnknownDCError{DC: 9}, Temporary, "DC 9"},
		{"loop", &dcpool.MigrationLoopError{Path: []int{1, 2, 1}}, Temporary, "without end"},
		{"sent from home to home", tgerr.New(303, "USER_MIGRATE_4"), Temporary, "later"},
		{"server trouble", tgerr.New(500, "WORKER_BUSY_TOO_LONG_RETRY"), Temporary, "later"},
		{"negative code", tgerr.New(-503, "Timeout"), Temporary, "later"},
		{"network", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, Temporary, "check the network"},
		{"too late", context.DeadlineExceeded, Temporary, "later"},

		{"written by another", &fetcher.BusyError{Path: "v.part"}, Temporary, "v.part"},
		{"file's DCs loop", &fetcher.MigrationError{File: "v", Path: []int{1, 2}}, Temporary, "later"},
		{"stale reference for ever", &fetcher.ReferenceError{File: "v"}, Temporary, "later"},
		{"message gone meanwhile", &fetcher.ReferenceError{File: "v", Err: fetcher.ErrNotFound}, Missing, "check the link"},

		{"wrong bytes", &fetcher.VerifyError{File: "v", Offset: 1 << 17}, Verify, "131072"},
		{"short for ever", fmt.Errorf("v: %w", fetcher.ErrShort), Verify, "fewer bytes"},
		{"long for ever", fmt.Errorf("v: %w", fetcher.ErrLong), Verify, "more bytes"},

		{"no room", &fetcher.DiskError{Op: "write", Path: "v.part", Err: syscall.ENOSPC}, Disk, "v.part"},
		{"head has read enough", &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, Disk, "nobody reads"},
		{"disk full", &fs.PathError{Op: "write", Path: "v.part", Err: syscall.ENOSPC}, Disk, "v.part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Of(c.err); got != c.want {
				t.Errorf("code %d, want %d", got, c.want)
			}
			if c.err == nil {
				return
			}
			// A run that may succeed later, and the library's word on the same error.
			_, again := fetcher.Retry(c.err)
			if temporary := c.want == Temporary && !errors.Is(c.err, dcpool.ErrClosed); again != temporary && c.want != Verify {
				t.Errorf("fetcher.Retry says %v", again)
			}
			line := Explain(c.err, "tgfetch")
			if !strings.Contains(line, c.says) || strings.Contains(line, "\n") {
				t.Errorf("line %q, want one with %q", line, c.says)
			}
		})
	}
}

func TestExplainNamesTheNetwork(t *testing.T) {
	got := Explain(dcpool.ErrLoginNeeded, "tgfetch --cluster c.json")
	if want := "login needed; run tgfetch --cluster c.json login"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
