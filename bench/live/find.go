package live

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

const (
	// leastLarge is the least size of a file that a speed can be measured with.
	leastLarge = 1 << 20
	// maxChats is how many chats are looked at without links, maxFiles how many files
	// of each link or chat.
	maxChats = 8
	maxFiles = 100
)

// files are what questions can be asked about.
type files struct {
	documents []fetcher.File // The largest first.
	photos    []fetcher.File
}

func (f *files) add(file fetcher.File) {
	switch {
	case file.Kind == fetcher.Photo:
		f.photos = append(f.photos, file)
	case file.Kind == fetcher.Document && file.Size > 0 && file.Location != nil:
		f.documents = append(f.documents, file)
	}
}

func (f *files) sort() {
	slices.SortStableFunc(f.documents, func(a, b fetcher.File) int { return cmp.Compare(b.Size, a.Size) })
}

// find looks for files behind the links, or else where the account keeps some.
func (a *asker) find(ctx context.Context) error {
	defer a.files.sort()
	if len(a.opts.Links) > 0 {
		return a.findLinked(ctx)
	}
	a.look(ctx, fetcher.Link{Username: "me"})
	chats, err := a.latestChats(ctx)
	if err != nil {
		a.opts.Client.Logger.Info("the list of chats was not read", "error", err)
		return nil
	}
	for _, chat := range chats {
		a.look(ctx, chat)
	}
	return nil
}

// findLinked fails if a link is wrong, or none leads to a file.
func (a *asker) findLinked(ctx context.Context) error {
	var nothing error
	found := false
	for _, link := range a.opts.Links {
		for file, err := range a.latest(ctx, link) {
			_, skipped := errors.AsType[*fetcher.SkipError](err)
			switch {
			case skipped, errors.Is(err, fetcher.ErrNoMedia):
				nothing = cmp.Or(nothing, err)
			case err != nil:
				return err
			default:
				a.files.add(file)
				found = true
			}
		}
	}
	if !found {
		return nothing
	}
	return nil
}

// look adds the latest files of a chat. What goes wrong costs that chat alone.
func (a *asker) look(ctx context.Context, chat fetcher.Link) {
	for file, err := range a.latest(ctx, chat) {
		if err != nil {
			a.opts.Client.Logger.Debug("looking for files", "error", err)
		} else {
			a.files.add(file)
		}
	}
}

// latest yields what a link leads to, as far as one call for a whole chat and maxFiles
// items go.
func (a *asker) latest(ctx context.Context, link fetcher.Link) iter.Seq2[fetcher.File, error] {
	return func(yield func(fetcher.File, error) bool) {
		n := 0
		for file, err := range a.client.ResolveAll(ctx, slices.Values([]fetcher.Link{link}), fetcher.ResolveOptions{Skip: onlyOnce()}) {
			if n++; !yield(file, err) || n == maxFiles || ctx.Err() != nil {
				return
			}
		}
	}
}

// onlyOnce is a fetcher.ResolveOptions.Skip that ends each link to a whole chat
// after one call.
func onlyOnce() func(fetcher.Link) bool {
	asked := map[fetcher.Link]int{}
	return func(l fetcher.Link) bool {
		if !l.Grows() {
			return false
		}
		asked[l]++
		return asked[l] > 1 // The first is before any call.
	}
}

// latestChats are the chats with the latest messages.
func (a *asker) latestChats(ctx context.Context) ([]fetcher.Link, error) {
	keys, err := a.opts.Client.Store.Keys()
	if err != nil || keys.Bot {
		return nil, err // Bots have no list of chats.
	}
	var answer tg.MessagesDialogsBox
	err = a.do(ctx, dcpool.Target{}, &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}, Limit: maxChats}, &answer)
	if err != nil {
		return nil, err
	}
	page, ok := answer.Dialogs.AsModified()
	if !ok {
		return nil, nil
	}
	var links []fetcher.Link
	for _, d := range page.GetDialogs() {
		dialog, ok := d.(*tg.Dialog)
		if !ok {
			continue // A folder.
		}
		switch peer := dialog.Peer.(type) {
		case *tg.PeerChannel:
			links = append(links, fetcher.Link{Channel: peer.ChannelID})
		case *tg.PeerChat:
			links = append(links, fetcher.Link{Group: peer.ChatID})
		case *tg.PeerUser:
			if peer.UserID != keys.UserID {
				links = append(links, fetcher.Link{User: peer.UserID})
			}
		}
	}
	return links[:min(len(links), maxChats)], nil
}
