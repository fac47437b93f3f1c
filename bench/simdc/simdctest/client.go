package simdctest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// Client returns gotd's client, told what the cluster file says: it starts at
// DC 2, or the first there is, keeps its session in memory, takes CDN
// redirects, wants no updates, and does not send again what a busy machine is slow
// to answer. Change, if not nil, may change that.
func Client(file simdc.ClusterFile, change func(*telegram.Options)) (*telegram.Client, error) {
	opts := telegram.Options{
		SessionStorage: &session.StorageMemory{}, AllowCDN: true, NoUpdates: true,
		MigrationTimeout: time.Minute, RetryInterval: time.Minute,
	}
	for _, d := range file.DCs {
		if opts.DC == 0 || d.ID == 2 {
			opts.DC = d.ID
		}
		opts.DCList.Options = append(opts.DCList.Options, tg.DCOption{
			ID: d.ID, IPAddress: d.IP, Port: d.Port, MediaOnly: d.MediaOnly, CDN: d.CDN,
		})
	}
	for i, pem := range file.Keys {
		keys, err := crypto.ParseRSAPublicKeys([]byte(pem))
		if err != nil {
			return nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
		for _, k := range keys {
			opts.PublicKeys = append(opts.PublicKeys, telegram.PublicKey{RSA: k})
		}
	}
	if change != nil {
		change(&opts)
	}
	return telegram.NewClient(file.APIID, file.APIHash, opts), nil
}

// Login logs in as people or bots do.
func Login(ctx context.Context, client *telegram.Client, a simdc.ClusterAccount) error {
	if a.BotToken != "" {
		_, err := client.Auth().Bot(ctx, a.BotToken)
		return err
	}
	code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return a.Code, nil })
	return auth.NewFlow(auth.Constant(a.Phone, a.Password, code), auth.SendCodeOptions{}).Run(ctx, client.Auth())
}

// Locate resolves a link of the form https://t.me/NAME/ID to the message's
// document or photo.
func Locate(ctx context.Context, api *tg.Client, url string) (tg.InputFileLocationClass, error) {
	name, id, ok := strings.Cut(strings.TrimPrefix(url, "https://t.me/"), "/")
	number, err := strconv.Atoi(id)
	if !ok || err != nil {
		return nil, fmt.Errorf("link %q: want https://t.me/NAME/ID", url)
	}
	peer, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", name, err)
	}
	if len(peer.Chats) != 1 {
		return nil, fmt.Errorf("resolve %s: %d chats", name, len(peer.Chats))
	}
	channel, ok := peer.Chats[0].(*tg.Channel)
	if !ok {
		return nil, fmt.Errorf("resolve %s: a %T", name, peer.Chats[0])
	}
	got, err := api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
		Channel: channel.AsInput(), ID: []tg.InputMessageClass{&tg.InputMessageID{ID: number}},
	})
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", number, err)
	}
	messages, ok := got.AsModified()
	if !ok || len(messages.GetMessages()) != 1 {
		return nil, fmt.Errorf("message %d: a %T", number, got)
	}
	message, ok := messages.GetMessages()[0].(*tg.Message)
	if !ok {
		return nil, fmt.Errorf("message %d: a %T", number, messages.GetMessages()[0])
	}
	return location(message.Media)
}

// location returns where the bytes of a message's media are.
func location(media tg.MessageMediaClass) (tg.InputFileLocationClass, error) {
	switch m := media.(type) {
	case *tg.MessageMediaDocument:
		if d, ok := m.Document.(*tg.Document); ok {
			return d.AsInputDocumentFileLocation(""), nil
		}
	case *tg.MessageMediaPhoto:
		if p, ok := m.Photo.(*tg.Photo); ok {
			return largest(p)
		}
	}
	return nil, fmt.Errorf("no file in a %T", media)
}

func largest(p *tg.Photo) (tg.InputFileLocationClass, error) {
	best, bytes := "", -1
	for _, size := range p.Sizes {
		if s, ok := size.(*tg.PhotoSize); ok && s.Size > bytes {
			best, bytes = s.Type, s.Size
		}
	}
	if best == "" {
		return nil, fmt.Errorf("photo %d has no size", p.ID)
	}
	return &tg.InputPhotoFileLocation{ID: p.ID, AccessHash: p.AccessHash, FileReference: p.FileReference, ThumbSize: best}, nil
}

// Fetch downloads what a link leads to and returns its size and its SHA-256 in
// hex.
func Fetch(ctx context.Context, client *telegram.Client, url string) (size int64, digest string, err error) {
	in, err := Locate(ctx, client.API(), url)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	var n counter
	if _, err := client.Download(in).Stream(ctx, io.MultiWriter(h, &n)); err != nil {
		return 0, "", err
	}
	return int64(n), hex.EncodeToString(h.Sum(nil)), nil
}

type counter int64

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}
