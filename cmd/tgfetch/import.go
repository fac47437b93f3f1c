package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/tgerr"
	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/beside"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

type importFlags struct {
	account          int
	offline, encrypt bool
	passcodeFile     string
}

func newImport(a *app) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import [FILE|FOLDER]",
		Short: "Take over the login of another program",
		Long: `Take over the login of another program: a tdata folder of Telegram Desktop, a
session string of Telethon, Pyrogram, GramJS or mtcute, a .session file of
Telethon, Pyrogram or kurigram, an SQLite file of mtcute, or a session file of
gotd. Strings are read from a file or stdin, not from the command line, where
others on this machine could see them. Telegram is asked whose login it is
before it is kept.

Close the other program first, and for good: it stays one login, whose key
Telegram wants to see from one address at a time. When it comes from two,
Telegram ends the login in both. Who logs out here logs the other program out,
too. tgfetch login --qr makes a login of its own, which is safer.`,
		Example: `  tgfetch session import ~/.local/share/TelegramDesktop/tdata
  tgfetch --ns work session import session.txt
  tgfetch session import my_account.session
  printf %s "$SESSION" | tgfetch session import`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importSession(cmd.Context(), strings.Join(args, ""), f)
		},
	}
	cmd.Flags().IntVar(&f.account, "account", 0, "take account `N` of a tdata folder, which may hold several")
	cmd.Flags().StringVar(&f.passcodeFile, "passcode-file", "", "Telegram Desktop's passcode is the first line of `FILE`; else it is asked for")
	cmd.Flags().BoolVar(&f.offline, "offline", false, "do not ask Telegram")
	cmd.Flags().BoolVar(&f.encrypt, "encrypt", false, "keep the session under a passphrase")
	return cmd
}

func (a *app) importSession(ctx context.Context, from string, f importFlags) (err error) {
	p, store, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	before, err := store.Keys()
	if err != nil {
		return err
	}
	if before.UserID != 0 {
		return &exit.UsageError{Text: fmt.Sprintf(
			"account %d is logged in here; log it out first, or give the other one a name, as in tgfetch --ns work session import", before.UserID)}
	}
	login, err := a.readForeign(ctx, from, f)
	if err == nil {
		err = fits(p, login)
	}
	if err != nil {
		return err
	}
	if f.offline {
		return a.importOffline(ctx, store, login, f)
	}
	return a.importOnline(ctx, p, store, login, f)
}

// importOnline asks Telegram whose login it is, on a session in memory, and keeps it then.
func (a *app) importOnline(ctx context.Context, p place, store *session.Dir, login foreign.Login, f importFlags) (err error) {
	memory := session.NewMemory()
	if err := memory.UpdateKeys(adopt(login)); err != nil {
		return err
	}
	pool, err := a.newPool(p, memory)
	if err != nil {
		return err
	}
	c := newConnection(p.app, memory, pool)
	defer c.closeInto(&err)
	user, err := c.self(ctx)
	if errors.Is(err, dcpool.ErrLoginNeeded) || tgerr.IsCode(err, 401) {
		return errors.Join(exit.ErrLoginOver, err)
	}
	if err != nil {
		return err
	}
	login.UserID, login.Bot = user.ID, user.Bot
	login.DC = pool.Home() // It may have moved; the key of its new home is in memory.
	keys, err := memory.Keys()
	if err != nil {
		return err
	}
	login.Key = keys.DCs[login.DC].AuthKey
	if err := a.keep(ctx, store, login, f); err != nil {
		return err
	}
	if err := a.showAccount(c, user); err != nil {
		return err
	}
	a.sayOneAddress()
	return nil
}

// sayOneAddress says what an imported login asks for.
func (a *app) sayOneAddress() {
	a.say("leave the other program closed for good: when the key of a login comes from two addresses, Telegram ends it; "+
		"%s login --qr makes a login of its own", a.command())
}

func (a *app) importOffline(ctx context.Context, store *session.Dir, login foreign.Login, f importFlags) error {
	if login.UserID == 0 {
		return &exit.UsageError{Text: "this session does not say whose it is, so Telegram has to be asked; leave --offline out"}
	}
	if err := a.keep(ctx, store, login, f); err != nil {
		return err
	}
	a.say("imported the login of user %d, home DC %d, without asking Telegram", login.UserID, login.DC)
	a.sayOneAddress()
	return nil
}

func (a *app) keep(ctx context.Context, store *session.Dir, login foreign.Login, f importFlags) error {
	if f.encrypt {
		if err := a.encryptNew(ctx, store); err != nil {
			return err
		}
	}
	return store.UpdateKeys(adopt(login))
}

// adopt makes a login that of the keys. Keys of other data centers stay, without a login.
func adopt(login foreign.Login) func(*session.Keys) error {
	return func(k *session.Keys) error {
		k.HomeDC, k.UserID, k.Bot = login.DC, login.UserID, login.Bot
		for id, dc := range k.DCs {
			dc.Imported = false
			k.DCs[id] = dc
		}
		k.DCs[login.DC] = session.DCKeys{AuthKey: login.Key, Imported: true, CreatedAt: time.Now()}
		return nil
	}
}

// fits refuses a login of servers that are not the ones this command goes to.
func fits(p place, login foreign.Login) error {
	known := p.network
	if len(known.DCs) == 0 {
		known = dcpool.ProdNetwork()
	}
	switch test := login.Test || ofTestDC(login.Addr); {
	case test && !known.Test:
		return &exit.UsageError{Text: "the session is one of Telegram's test servers; give --test-dc"}
	case known.Test && !test:
		return &exit.UsageError{Text: "the session is not one of Telegram's test servers; leave --test-dc out"}
	}
	if !slices.ContainsFunc(known.DCs, func(o session.DCOption) bool { return o.ID == login.DC && !o.CDN }) {
		return &exit.UsageError{Text: fmt.Sprintf("the session is of data center %d, which there is not here", login.DC)}
	}
	return nil
}

// ofTestDC says whether an address, as host:port, is one of Telegram's test servers: not every session says
// by itself that it is for them.
func ofTestDC(addr string) bool {
	at, err := netip.ParseAddrPort(addr)
	return err == nil && slices.ContainsFunc(dcpool.TestNetwork().DCs, func(o session.DCOption) bool {
		ip, err := netip.ParseAddr(o.IP)
		return err == nil && ip == at.Addr().Unmap()
	})
}

// readForeign reads a session of another program: a folder, a file, or stdin.
func (a *app) readForeign(ctx context.Context, from string, f importFlags) (foreign.Login, error) {
	if from == "" || from == "-" {
		ask := prompt.New(a.in, a.talk)
		if ask.Terminal() {
			text, err := ask.Secret(ctx, "Session string")
			if err != nil {
				return foreign.Login{}, err
			}
			return foreign.Parse([]byte(text))
		}
		return beside.Do(ctx, func() (foreign.Login, error) { return parseForeign("stdin", a.in) })
	}
	info, err := os.Stat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist), err != nil && len(from) > 255:
		// What was given may be a secret, so it is not repeated.
		return foreign.Login{}, &exit.UsageError{Text: "there is no such file or folder; a session string goes into a file or to stdin"}
	case err != nil:
		return foreign.Login{}, err
	case info.IsDir():
		return a.readTData(ctx, from, f)
	}
	return beside.Do(ctx, func() (foreign.Login, error) { return readForeignFile(from) })
}

// readForeignFile reads a file, which may be text or SQLite's.
func readForeignFile(path string) (foreign.Login, error) {
	f, err := ownfile.Open(ownfile.ForeignSession, path)
	if err != nil {
		return foreign.Login{}, err
	}
	defer f.Close()
	begin := make([]byte, 16)
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return foreign.Login{}, err
	}
	if !foreign.IsSQLite(begin[:n]) {
		return parseForeign(path, io.MultiReader(bytes.NewReader(begin[:n]), f))
	}
	// What is newest may be in a log beside the file, until its program closes it.
	for _, beside := range []string{path + "-wal", path + "-journal"} {
		if info, err := os.Stat(beside); err == nil && info.Size() > 0 {
			return foreign.Login{}, &exit.UsageError{Text: fmt.Sprintf(
				"%s is there, so the program that %s is from is still running, or was killed: close it for good (start it once more if it was killed), and import then", beside, path)}
		}
	}
	return foreign.ReadSQLite(f)
}

func parseForeign(name string, r io.Reader) (foreign.Login, error) {
	data, err := io.ReadAll(ownfile.Bounded(ownfile.ForeignSession, name, r))
	if err != nil {
		return foreign.Login{}, err
	}
	if foreign.IsSQLite(data) {
		return foreign.Login{}, &exit.UsageError{Text: "this is an SQLite file, which is read by its name, not from stdin"}
	}
	return foreign.Parse(data)
}

// readTData reads a folder of Telegram Desktop, or the tdata in it.
func (a *app) readTData(ctx context.Context, folder string, f importFlags) (foreign.Login, error) {
	if inner := filepath.Join(folder, "tdata"); isFolder(inner) {
		folder = inner
	}
	logins, err := a.unlock(ctx, folder, f)
	if err != nil {
		return foreign.Login{}, err
	}
	if f.account == 0 && len(logins) == 1 {
		f.account = 1
	}
	if f.account < 1 || f.account > len(logins) {
		var b strings.Builder
		fmt.Fprintf(&b, "say which of its accounts with --account:")
		for i, l := range logins {
			fmt.Fprintf(&b, " %d is user %d;", i+1, l.UserID)
		}
		return foreign.Login{}, &exit.UsageError{Text: strings.TrimSuffix(b.String(), ";")}
	}
	return logins[f.account-1], nil
}

// tdata is a folder of Telegram Desktop, in which only files are opened.
type tdata string

var _ fs.FS = tdata("")

// Open implements fs.FS.
func (d tdata) Open(name string) (fs.File, error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	path := filepath.Join(string(d), local)
	f, err := ownfile.Open(ownfile.TData, path)
	if err != nil {
		return nil, err
	}
	return boundedFile{f, ownfile.Bounded(ownfile.TData, path, f)}, nil
}

// boundedFile is a file that is read no further than a bound.
type boundedFile struct {
	*os.File
	io.Reader
}

// Read implements fs.File.
func (f boundedFile) Read(p []byte) (int, error) { return f.Reader.Read(p) }

// unlock reads a tdata folder, with the passcode if it has one.
func (a *app) unlock(ctx context.Context, folder string, f importFlags) ([]foreign.Login, error) {
	if f.passcodeFile != "" {
		passcode, err := passphraseIn(ctx, f.passcodeFile)
		if err != nil {
			return nil, err
		}
		return foreign.ReadTData(tdata(folder), []byte(passcode))
	}
	logins, err := foreign.ReadTData(tdata(folder), nil)
	ask := prompt.New(a.in, a.talk)
	for n := 1; errors.Is(err, foreign.ErrLocked) && n <= tries; n++ {
		passcode, askErr := ask.Secret(ctx, "Passcode of Telegram Desktop")
		if errors.Is(askErr, prompt.ErrNoAnswer) {
			return nil, err
		} else if askErr != nil {
			return nil, askErr
		}
		logins, err = foreign.ReadTData(tdata(folder), []byte(passcode))
		if !ask.Terminal() {
			break
		}
	}
	return logins, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
