package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"io"
	"strings"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
)

// cmdScan runs a command that shows login tokens, and scans each with another client.
func cmdScan(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 {
		ts.Fatalf("usage: scan PHONE CODE PASSWORD N COMMAND...")
	}
	ctx := context.Background()
	phone := loggedIn(ctx, ts, args[0], args[1], args[2])
	defer func() { ts.Check(phone.Close()) }()

	cmd := command(ts, args[4:])
	cmd.Env = append(cmd.Env, passwordEnv+"="+ts.Getenv(passwordEnv))
	var out strings.Builder
	cmd.Stdout = &out
	talk, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	for lines := bufio.NewScanner(talk); lines.Scan(); {
		ts.Logf("%s", lines.Text())
		if token, ok := strings.CutPrefix(lines.Text(), "tg://login?token="); ok {
			raw, err := base64.RawURLEncoding.DecodeString(token)
			ts.Check(err)
			_, err = tg.NewClient(phone.Invoker(dcpool.Target{})).AuthAcceptLoginToken(ctx, raw)
			ts.Check(err)
		}
	}
	checkCode(ts, args[3], cmd.Wait())
	_, err = io.WriteString(ts.Stdout(), out.String())
	ts.Check(err)
}

// loggedIn is a client of the script's cluster with a login of its own.
func loggedIn(ctx context.Context, ts *testscript.TestScript, phone, code, password string) *dcpool.Pool {
	access, err := cluster.ReadFile(ts.MkAbs("cluster.json"))
	ts.Check(err)
	pool, err := dcpool.New(dcpool.Config{APIID: access.APIID, APIHash: access.APIHash, Network: access.Network})
	ts.Check(err)
	api := tg.NewClient(pool.Invoker(dcpool.Target{}))
	asked := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return code, nil })
	flow := auth.NewFlow(auth.Constant(phone, password, asked), auth.SendCodeOptions{})
	ts.Check(flow.Run(ctx, auth.NewClient(api, nil, access.APIID, access.APIHash)))
	return pool
}
