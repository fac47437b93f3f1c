package fetcher

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// finder finds files again whose references expired. References expire for many
// files at once, so one call asks for all that may need it: for the messages of
// every file of the chat that is being fetched or waits for its turn, and for the
// rest of an album. What came along is kept for those who will want it. The zero
// value is ready.
//
// https://core.telegram.org/api/file-references
type finder struct {
	mu    sync.Mutex
	calls map[sourceKey]*findCall              // Guarded by mu. That run.
	found map[string]tg.InputFileLocationClass // Guarded by mu. By File.Key.
	// expected is the items that files are to be fetched of.
	expected map[sourceKey]map[int]*expected // Guarded by mu.
}

// expected is an item that files are to be fetched of.
type expected struct {
	files int // how many
	asked int // how many calls were about it
}

// maxFound is how many locations are kept.
const maxFound = 4096

// sourceKey is what one call can be about: messages or stories of a chat, its
// picture, or a sticker set.
type sourceKey struct {
	kind session.PeerKind
	chat int64
	what string
}

func (s Source) key() sourceKey {
	key := sourceKey{kind: s.Chat.Kind, chat: s.Chat.ID}
	switch {
	case s.Stickers != "":
		key.what = "stickers " + s.Stickers
	case s.Picture:
		key.what = "picture"
	case s.Story != 0:
		key.what = "stories"
	case s.Message != 0:
		key.what = "messages"
	}
	if s.named() {
		key.what += " of " + s.Link.Chat().String()
	}
	return key
}

// item is the id of the message or the story; 0 if the source is neither.
func (s Source) item() int { return max(s.Message, s.Story) }

// findCall is one call. Its results are written before done is closed.
type findCall struct {
	ids  []int // Immutable. What is asked for, in order.
	done chan struct{}

	files  map[string]tg.InputFileLocationClass // by File.Key
	failed map[int]error                        // why an item gave none
	err    error                                // of the whole call
	// abandoned says that the caller was cancelled who made the call.
	abandoned bool
}

// of is what a call found of a file.
func (call *findCall) of(f File) (tg.InputFileLocationClass, error) {
	if call.err != nil {
		return nil, call.err
	}
	if location, ok := call.files[f.Key()]; ok {
		return location, nil
	}
	if err := call.failed[f.Source.item()]; err != nil {
		return nil, err
	}
	return nil, errGone
}

var errGone = errors.New("the file is not there any more")

// locate finds a file again whose reference was refused.
func (c *Client) locate(ctx context.Context, f File, refused []byte) (tg.InputFileLocationClass, error) {
	if c.refresh != nil {
		return c.refresh(ctx, f)
	}
	location, err := c.locateTogether(ctx, f, refused)
	if err != nil && f.Source.WebPage != "" && ctx.Err() == nil {
		if again, pageErr := c.locateOnPage(ctx, f); pageErr == nil {
			return again, nil // The page outlives the message.
		}
	}
	return location, err
}

// locateOnPage finds a file of a web page again on the page itself.
func (c *Client) locateOnPage(ctx context.Context, f File) (tg.InputFileLocationClass, error) {
	answer, err := c.home().MessagesGetWebPage(ctx, &tg.MessagesGetWebPageRequest{URL: f.Source.WebPage})
	if err != nil {
		return nil, explain(err)
	}
	files, _ := webPageFiles(answer.Webpage, wish{everything: true})
	for _, again := range files {
		if again.Key() == f.Key() {
			return again.Location, nil
		}
	}
	return nil, errGone
}

// locateTogether finds a file again by a call that others may share.
func (c *Client) locateTogether(ctx context.Context, f File, refused []byte) (tg.InputFileLocationClass, error) {
	for {
		if location, ok := c.finder.known(f, refused); ok {
			return location, nil
		}
		call, mine := c.finder.join(f.Source)
		if mine {
			c.find(ctx, f.Source, call)
			c.finder.end(f.Source, call)
			return call.of(f)
		}
		select {
		case <-call.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !call.abandoned && slices.Contains(call.ids, f.Source.item()) {
			return call.of(f)
		}
	}
}

// known is what an earlier call brought along, if it is not what was refused.
func (d *finder) known(f File, refused []byte) (tg.InputFileLocationClass, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	location, ok := d.found[f.Key()]
	return location, ok && !bytes.Equal(reference(location), refused)
}

// join returns the call that runs for a source's chat, or a new one that the
// caller has to make.
func (d *finder) join(s Source) (call *findCall, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := s.key()
	if call := d.calls[key]; call != nil {
		return call, false
	}
	call = &findCall{ids: d.idsLocked(s), done: make(chan struct{})}
	if d.calls == nil {
		d.calls = make(map[sourceKey]*findCall)
	}
	d.calls[key] = call
	return call, true
}

// end publishes what a call found.
func (d *finder) end(s Source, call *findCall) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found == nil || len(d.found)+len(call.files) > maxFound {
		d.found = make(map[string]tg.InputFileLocationClass)
	}
	maps.Copy(d.found, call.files)
	delete(d.calls, s.key())
	close(call.done)
}

// expect notes that a file of a source is to be fetched, until forget.
func (d *finder) expect(s Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := s.key()
	if d.expected == nil {
		d.expected = make(map[sourceKey]map[int]*expected)
	}
	if d.expected[key] == nil {
		d.expected[key] = make(map[int]*expected)
	}
	if d.expected[key][s.item()] == nil {
		d.expected[key][s.item()] = &expected{}
	}
	d.expected[key][s.item()].files++
}

func (d *finder) forget(s Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	items := d.expected[s.key()]
	items[s.item()].files--
	if items[s.item()].files == 0 {
		delete(items, s.item())
	}
	if len(items) == 0 {
		delete(d.expected, s.key())
	}
}

// idsLocked is what to ask for together with a source: as much of the same chat
// as fits one call, what was asked for least first.
func (d *finder) idsLocked(s Source) []int {
	ids := map[int]bool{s.item(): true}
	if s.Album != 0 {
		for _, id := range withNeighbours(s.Message) {
			ids[id] = true
		}
	}
	items := d.expected[s.key()]
	others := slices.SortedFunc(maps.Keys(items), func(a, b int) int {
		return cmp.Or(items[a].asked-items[b].asked, a-b)
	})
	for _, id := range others {
		if len(ids) < idsPerCall {
			ids[id] = true
		}
	}
	for id := range ids {
		if e := items[id]; e != nil {
			e.asked++
		}
	}
	return sorted(ids)
}

// find makes a call.
func (c *Client) find(ctx context.Context, s Source, call *findCall) {
	files, failed, err := c.filesAt(ctx, s, call.ids)
	call.failed, call.err, call.abandoned = failed, err, ctx.Err() != nil
	call.files = make(map[string]tg.InputFileLocationClass, len(files))
	for _, f := range files {
		call.files[f.Key()] = f.Location
	}
}

// filesAt is all files of some messages or stories of a source's chat, in all
// variants, fetched anew; failed has those that gave none.
func (c *Client) filesAt(ctx context.Context, s Source, ids []int) (files []File, failed map[int]error, err error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	chat, err := c.chatAgain(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	everything := wish{everything: true}
	var of func(id int) ([]File, error)
	switch {
	case s.Stickers != "":
		files, err := c.stickerFiles(ctx, s.Stickers)
		return files, nil, err
	case s.Picture:
		files, err := c.everyPicture(ctx, chat)
		return files, nil, err
	case s.Story != 0:
		found, err := c.storiesByID(ctx, chat, ids)
		if err != nil {
			return nil, nil, err
		}
		of = func(id int) ([]File, error) { return c.filesOfStory(found, chat, id, everything) }
	case s.Message != 0:
		found, err := c.messages(ctx, chat, ids)
		if err != nil {
			return nil, nil, err
		}
		of = func(id int) ([]File, error) { return c.filesIn(found, chat, id, everything) }
	}
	failed = make(map[int]error)
	for _, id := range ids {
		more, err := of(id)
		if err != nil {
			failed[id] = err
		}
		files = append(files, more...)
	}
	return files, failed, nil
}

// chatAgain is the chat in which a file was found, even if its name is
// somebody else's now.
func (c *Client) chatAgain(ctx context.Context, s Source) (*chat, error) {
	if s.throughPost() {
		post, err := c.chatOf(ctx, s.Link)
		if err != nil {
			return nil, err
		}
		group, _, err := c.discussionOf(ctx, post, s.Link.First)
		return group, err
	}
	if s.named() {
		return c.chatOf(ctx, s.Link.Chat())
	}
	return &chat{Peer: s.Chat, link: linkOf(s.Chat, s.Link), stored: true, fixed: true}, nil
}
