package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/telegram/downloader"
	"github.com/gotd/td/tg"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/fetcher"
)

const (
	// baselinePool is the most connections gotd opens to a DC.
	baselinePool = 8
	// baselinePart is the size of gotd's file requests.
	baselinePart = 1 << 20
)

// fetchBaseline does a job with gotd's client and downloader, set up as its
// users do who want it to be fast. It keeps the key of the home DC only: for
// files elsewhere it makes a key and imports the login before the first byte.
func fetchBaseline(ctx context.Context, job fetchJob) error {
	access, account, err := job.access()
	if err != nil {
		return err
	}
	home, list := 0, dcs.List{}
	for _, o := range access.Network.DCs {
		list.Options = append(list.Options, tg.DCOption{
			ID: o.ID, IPAddress: o.IP, Port: o.Port, Ipv6: o.IPv6, MediaOnly: o.MediaOnly, CDN: o.CDN,
		})
		if home == 0 || o.ID == account.HomeDC {
			home = o.ID
		}
	}
	client := telegram.NewClient(access.APIID, access.APIHash, telegram.Options{
		PublicKeys:     access.Network.Keys,
		DC:             home,
		DCList:         list,
		SessionStorage: &telegram.FileSessionStorage{Path: filepath.Join(job.Session, "gotd.json")},
	})
	return client.Run(ctx, func(ctx context.Context) error {
		if job.Login {
			if err := client.Auth().IfNecessary(ctx, auth.NewFlow(constantAuth(account), auth.SendCodeOptions{})); err != nil {
				return fmt.Errorf("login: %w", err)
			}
		}
		b := baseline{job: job, client: client, home: client.Config().ThisDC, files: map[int64]baselineFile{}, pools: map[int]*tg.Client{}}
		return b.run(ctx)
	})
}

// baseline is one run of gotd.
type baseline struct {
	job    fetchJob
	client *telegram.Client
	home   int
	order  []int64
	files  map[int64]baselineFile
	pools  map[int]*tg.Client // by DC
	close  []telegram.CloseInvoker
}

type baselineFile struct {
	dc       int
	size     int64
	name     string
	location tg.InputFileLocationClass
}

func (b *baseline) run(ctx context.Context) (err error) {
	defer func() {
		for _, p := range b.close {
			err = errors.Join(err, p.Close())
		}
	}()
	for _, link := range b.job.Links {
		if err := b.resolve(ctx, link); err != nil {
			return fmt.Errorf("%s: %w", link, err)
		}
	}
	// Every pool is there, its key made and the login imported, before the
	// first file is asked for.
	for _, id := range b.order {
		if err := b.openPool(ctx, b.files[id].dc); err != nil {
			return err
		}
	}
	// One file has all threads; many small ones have one each.
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(b.job.Threads, 1))
	for _, id := range b.order {
		g.Go(func() error { return b.fetch(ctx, b.files[id]) })
	}
	return g.Wait()
}

// openPool connects to a DC, its main address, as gotd's users do.
func (b *baseline) openPool(ctx context.Context, dc int) error {
	if b.pools[dc] != nil {
		return nil
	}
	var pool telegram.CloseInvoker
	var err error
	if dc == b.home {
		pool, err = b.client.Pool(baselinePool)
	} else {
		pool, err = b.client.DC(ctx, dc, baselinePool)
	}
	if err != nil {
		return fmt.Errorf("dc %d: %w", dc, err)
	}
	b.pools[dc] = tg.NewClient(pool)
	b.close = append(b.close, pool)
	return nil
}

func (b *baseline) fetch(ctx context.Context, f baselineFile) (err error) {
	threads := 1
	if f.size > baselinePart {
		threads = max(b.job.Threads, 1)
	}
	out, err := os.Create(filepath.Join(b.job.Out, f.name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = downloader.NewDownloader().WithPartSize(baselinePart).
		Download(b.pools[f.dc], f.location).WithThreads(threads).Parallel(ctx, out)
	return err
}

// resolve finds the files of a link's messages, a hundred per call.
func (b *baseline) resolve(ctx context.Context, text string) error {
	link, err := fetcher.ParseLink(text)
	if err != nil {
		return err
	}
	peer, err := b.client.API().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: link.Username})
	if err != nil {
		return err
	}
	var channel *tg.InputChannel
	for _, c := range peer.Chats {
		if c, ok := c.(*tg.Channel); ok {
			channel = c.AsInput()
		}
	}
	if channel == nil {
		return errors.New("it leads to no channel")
	}
	for id := link.First; id <= link.Last; id += 100 {
		var ids []tg.InputMessageClass
		for n := id; n <= min(id+99, link.Last); n++ {
			ids = append(ids, &tg.InputMessageID{ID: n})
		}
		answer, err := b.client.API().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: channel, ID: ids})
		if err != nil {
			return err
		}
		if err := b.addFiles(answer); err != nil {
			return err
		}
	}
	return nil
}

func (b *baseline) addFiles(answer tg.MessagesMessagesClass) error {
	modified, ok := answer.AsModified()
	if !ok {
		return errors.New("the server says that nothing is new")
	}
	for _, m := range modified.GetMessages() {
		message, ok := m.(*tg.Message)
		if !ok {
			return fmt.Errorf("message %d is not there", m.GetID())
		}
		media, _ := message.Media.(*tg.MessageMediaDocument)
		if media == nil {
			return fmt.Errorf("message %d holds no document", message.ID)
		}
		doc, ok := media.Document.AsNotEmpty()
		if !ok {
			return fmt.Errorf("message %d holds an empty document", message.ID)
		}
		b.order = append(b.order, doc.ID)
		b.files[doc.ID] = baselineFile{dc: doc.DCID, size: doc.Size, name: fmt.Sprint(doc.ID), location: doc.AsInputDocumentFileLocation("")}
	}
	return nil
}
