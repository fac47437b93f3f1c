package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign/foreigntest"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
)

// cmdGoTD asks gotd's own client, on its session file, who is logged in; the id goes to the file
// gotd.txt. With a phone it logs in first.
func cmdGoTD(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 && len(args) != 3 {
		ts.Fatalf("usage: gotd FILE [PHONE CODE]")
	}
	access, err := cluster.ReadFile(ts.MkAbs("cluster.json"))
	ts.Check(err)
	var list dcs.List
	for _, o := range access.Network.DCs {
		list.Options = append(list.Options, tg.DCOption{ID: o.ID, IPAddress: o.IP, Port: o.Port, MediaOnly: o.MediaOnly, CDN: o.CDN})
	}
	client := telegram.NewClient(access.APIID, access.APIHash, telegram.Options{
		PublicKeys: access.Network.Keys, DCList: list, SessionStorage: &telegram.FileSessionStorage{Path: ts.MkAbs(args[0])},
		NoUpdates: true,
	})
	var id int64
	ts.Check(client.Run(context.Background(), func(ctx context.Context) error {
		if len(args) == 3 {
			code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return args[2], nil })
			if err := client.Auth().IfNecessary(ctx, auth.NewFlow(auth.Constant(args[1], "", code), auth.SendCodeOptions{})); err != nil {
				return err
			}
		}
		self, err := client.Self(ctx)
		if err == nil {
			id = self.ID
		}
		return err
	}))
	ts.Check(os.WriteFile(ts.MkAbs("gotd.txt"), fmt.Appendln(nil, id), 0o644))
}

// cmdTData makes a tdata folder of Telegram Desktop with the logins of some session strings.
func cmdTData(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: tdata FOLDER PASSCODE FILE...")
	}
	var logins []foreign.Login
	for _, name := range args[2:] {
		login, err := foreign.Parse([]byte(ts.ReadFile(name)))
		ts.Check(err)
		logins = append(logins, login)
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o755))
	for name, file := range foreigntest.TData(args[1], logins...) {
		ts.Check(os.WriteFile(filepath.Join(folder, name), file.Data, 0o600))
	}
}

// cmdSQLite makes the session file of another program with the key of a session string.
func cmdSQLite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sqlite telethon|pyrogram|kurigram|mtcute FILE STRING")
	}
	login, err := foreign.Parse([]byte(ts.ReadFile(args[2])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), foreigntest.SQLite(args[0], login.Key), 0o600))
}
