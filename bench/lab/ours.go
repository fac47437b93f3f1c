package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// fetchOurs does a job the way the download command does.
func fetchOurs(ctx context.Context, job fetchJob) (err error) {
	access, account, err := job.access()
	if err != nil {
		return err
	}
	store, err := session.OpenDir(job.Session, session.DirOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	client, err := fetcher.New(fetcher.Config{
		APIID: access.APIID, APIHash: access.APIHash, Network: access.Network, Store: store,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if job.Login {
		if err := logIn(ctx, client.Pool(), access, account); err != nil {
			return fmt.Errorf("login: %w", err)
		}
	}
	return fetchLinks(ctx, client, job)
}

func logIn(ctx context.Context, pool *dcpool.Pool, access cluster.Cluster, account cluster.Account) error {
	api := tg.NewClient(pool.Invoker(dcpool.Target{}))
	client := auth.NewClient(api, rand.Reader, access.APIID, access.APIHash)
	if err := auth.NewFlow(constantAuth(account), auth.SendCodeOptions{}).Run(ctx, client); err != nil {
		return err
	}
	users, err := api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return errors.New("the server does not know who has logged in")
	}
	return pool.SetUser(ctx, users[0].GetID(), false)
}

func constantAuth(account cluster.Account) auth.UserAuthenticator {
	return auth.Constant(account.Phone, account.Password,
		auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return account.Code, nil }))
}

// isMigrationError reports whether data centers sent a request or a file from
// one to the other.
func isMigrationError(err error) bool {
	if _, ok := errors.AsType[*dcpool.MigrationLoopError](err); ok {
		return true
	}
	_, ok := errors.AsType[*fetcher.MigrationError](err)
	return ok
}

// fetchLinks fetches what the links hold, all files under one roof.
func fetchLinks(ctx context.Context, client *fetcher.Client, job fetchJob) error {
	var links []fetcher.Link
	for _, text := range job.Links {
		link, err := fetcher.ParseLink(text)
		if err != nil {
			return err
		}
		links = append(links, link)
	}
	files := func(yield func(fetcher.File, error) bool) {
		for _, link := range links {
			for file, err := range client.Resolve(ctx, link) {
				if !yield(file, err) {
					return
				}
			}
		}
	}
	var failed []error
	for _, err := range client.FetchAll(ctx, files, func(fetcher.File) fetcher.Target { return fetcher.Target{Dir: job.Out} }) {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
