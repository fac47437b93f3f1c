package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

func newDoctor(a *app) *cobra.Command {
	asked := false
	cmd := &cobra.Command{
		Use:   "doctor [--live [LINK...]]",
		Short: "Find out why downloads do not work",
		Long: `Look at everything a download needs, in order: the settings, the folder for the
files, the session, the proxy, the data centers, the login and the clock. What
is wrong is said with what to do about it. The exit code is that of the first
problem.

With --live, ask Telegram what its documents leave open, and compare with what
tgfetch takes for granted: hashes, addresses, CDNs, keys, speeds. It asks about
the files that the links lead to, or else about the latest ones in Saved
Messages and in 8 chats, reads 40 MiB at most and forgets them. With --json it
writes a report to attach to a bug report: it holds no names, ids, phone
numbers, keys, links or addresses.`,
		Example: `  tgfetch doctor
  tgfetch --ns work doctor --json
  tgfetch --pfs doctor --live
  tgfetch doctor --live --json t.me/durov/43 > live.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.liveArgs(asked, args); err != nil {
				return err
			}
			if asked {
				return a.doctorLive(cmd.Context(), args)
			}
			return a.doctor(cmd.Context())
		},
	}
	cmd.Args, cmd.SuggestionsMinimumDistance = cobra.ArbitraryArgs, suggestWithin
	cmd.Flags().BoolVar(&asked, "live", false, "ask Telegram about what its documents leave open")
	return cmd
}

// finding is what one check found, as --json prints it.
type finding struct {
	Event string `json:"event"`
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Found string `json:"found"` // with what to do, if it is a problem
	Code  int    `json:"code"`  // the exit code that it stands for
}

// doctor is one examination.
type doctor struct {
	app   *app
	codes []exit.Code // of the problems
}

// note shows what a check found: err, or else what is well.
func (d *doctor) note(check, well string, err error) {
	f := finding{Event: "check", Check: check, OK: err == nil, Found: well}
	if err != nil {
		code := exit.Of(err)
		d.codes = append(d.codes, code)
		f.Code = int(code)
		f.Found = d.app.explain(err)
	}
	if d.app.flags.json {
		_ = plain.Encode(d.app.out, f) // The sink remembers what is lost.
		return
	}
	mark := "ok     "
	if !f.OK {
		mark = "PROBLEM"
	}
	plain.Fprintf(d.app.out, "%s  %-8s  %s\n", mark, check, f.Found)
}

func (a *app) doctor(ctx context.Context) error {
	d := &doctor{app: a}
	d.folder()
	if c := d.session(ctx); c != nil {
		if d.dataCenters(ctx, c) {
			d.login(ctx, c)
		}
		if err := c.close(); err != nil {
			d.note("session", "", err)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if len(d.codes) > 0 {
		a.say("problems found: %d; begin with the first", len(d.codes))
		return &exit.Reported{Code: d.codes[0]}
	}
	a.say("all is well")
	return nil
}

// folder tries to write where downloads go.
func (d *doctor) folder() {
	dir := "."
	if i := slices.IndexFunc(d.app.values, func(v settings.Value) bool { return v.Name == "dir" }); i >= 0 {
		dir = d.app.values[i].Value
	}
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".tgfetch-doctor-*"); err == nil {
			_, err = f.Write(make([]byte, 1<<20))
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}
	d.note("folder", fmt.Sprintf("files can be written to %s", dir), err)
	if err == nil {
		d.room(dir)
	}
}

// littleRoom is when there is a word about it: less than most videos.
const littleRoom = 100 << 20

// room tells how much may be written to dir.
func (d *doctor) room(dir string) {
	free, err := ownfile.Free(dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return
	case err == nil && free < littleRoom:
		err = &fs.PathError{Op: "write to", Path: dir, Err: syscall.ENOSPC}
	}
	d.note("room", humanize.IBytes(free)+" free", err)
}

// session opens the session; nil if there is none to go on with.
func (d *doctor) session(ctx context.Context) *connection {
	c, err := d.app.connect(ctx)
	if err != nil {
		d.note("session", "", err)
		return nil
	}
	where := "in memory"
	if dir, ok := c.store.(*session.Dir); ok {
		where = dir.Path()
	}
	d.note("session", "the session in "+where+" is readable", nil)
	d.permissions(where)
	return c
}

// permissions tells whether others may look into the folder of the session. On Windows the folders
// of a user are that user's own.
func (d *doctor) permissions(dir string) {
	info, err := os.Stat(dir)
	if err != nil || runtime.GOOS == "windows" {
		return
	}
	if others := info.Mode().Perm() &^ 0o700; others != 0 {
		err = &exit.UsageError{Text: fmt.Sprintf("others may look into %s; the keys in it are for you alone: chmod 700 %[1]s", dir)}
	}
	d.note("session", "only you can look into it", err)
}

// dataCenters asks the first data center for the others and measures those that have a key.
func (d *doctor) dataCenters(ctx context.Context, c *connection) bool {
	if !d.proxy(ctx, c) {
		return false
	}
	options, err := c.pool.Options(ctx)
	if err != nil {
		d.note("network", "", err)
		return false
	}
	keys, err := c.store.Keys()
	if err != nil {
		d.note("session", "", err)
		return false
	}
	var known []*dcRow
	for _, r := range dcRows(options) {
		if _, ok := keys.DCs[r.DC]; ok && !r.CDN {
			known = append(known, r)
		}
	}
	var g errgroup.Group
	errs := make([]error, len(known))
	for i, r := range known {
		g.Go(func() error {
			errs[i] = r.measure(ctx, c.pool)
			return nil
		})
	}
	_ = g.Wait() // The errors are in errs.
	var times []string
	for i, r := range known {
		if errs[i] != nil {
			d.note("network", "", fmt.Errorf("DC %d: %w", r.DC, errs[i]))
			continue
		}
		kind := ""
		if r.Media {
			kind = " (media)"
		}
		times = append(times, fmt.Sprintf("DC %d%s %.0f ms", r.DC, kind, r.RTT))
	}
	if len(times) > 0 {
		d.note("network", "round trips: "+strings.Join(times, ", "), nil)
	}
	return len(times) > 0
}

// proxy tries whether the proxy, if there is one, leads home. It is false where nothing can come of
// the other checks.
func (d *doctor) proxy(ctx context.Context, c *connection) bool {
	way := d.app.flags.proxy.way
	if way == nil {
		d.note("proxy", "none; connections are direct", nil)
		return true
	}
	_, err := c.pool.Ping(ctx, dcpool.Target{})
	if _, ok := errors.AsType[*proxy.Error](err); ok {
		d.note("proxy", "", err)
		return false
	}
	if err == nil {
		d.note("proxy", fmt.Sprintf("connections go through %s, from %s", way, d.app.proxyFrom()), nil)
	}
	return true // An error of the network is found again below.
}

// maxSkew is how far a clock may be off before it is worth a word: messages with a time more than 300 s
// away are refused at first, and cost round trips.
//
// https://core.telegram.org/mtproto/service_messages_about_messages
const maxSkew = time.Minute

var errSkew = errors.New("the clock is wrong")

// login asks who is logged in, and compares the clocks.
func (d *doctor) login(ctx context.Context, c *connection) {
	user, err := c.self(ctx)
	if err != nil {
		d.note("login", "", err)
		return
	}
	home := c.pool.Home()
	d.note("login", fmt.Sprintf("%s, home DC %d", fullName(user), home), nil)
	keys, err := c.store.Keys()
	if err != nil {
		d.note("session", "", err)
		return
	}
	skew := keys.DCs[home].TimeOffset
	if skew.Abs() > maxSkew {
		err = fmt.Errorf("%w by %s compared to Telegram's; set it, or let the system do so", errSkew, skew.Abs().Round(time.Second))
	}
	d.note("clock", fmt.Sprintf("within %s of Telegram's", skew.Abs().Round(time.Second)+time.Second), err)
}
