package simdc

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// baseDate is when the simulated past began: 2024-01-01 00:00:00 UTC.
const baseDate = 1704067200

// world is a scenario with its lists expanded and indexed: all that exists,
// whoever looks. Immutable but for the names and the atomics in file.
type world struct {
	scenario scenario.Scenario
	accounts map[int64]*account
	phones   map[string]*account // by digits
	bots     map[string]*account // by token
	chats    map[int64]*chat
	names    names
	files    map[int64]*file
}

type account struct {
	scenario.Account
	private map[int64]messageBox // Saved, by whom the chat is with.
	srp     verifier

	restarts  atomic.Int64 // How often auth.sendCode was asked for it.
	recovered atomic.Bool  // Its password was forgotten, and is none any more.
	takeout   atomic.Int64 // Id of the export that is going on, 0 for none.
	takeouts  atomic.Int64 // How many were begun.

	reads meter // Against the Allowance.
}

type chat struct {
	scenario.Chat
	box messageBox
}

// messageBox holds the messages of one chat, oldest first.
type messageBox []*message

type message struct {
	scenario.Message
	file *file // nil without media
}

type file struct {
	scenario.File
	// references is the epoch that valid file references name.
	references atomic.Uint32
	// tokens is the revision of valid CDN tokens.
	tokens atomic.Uint32
	// uploaded says that the CDN has the file.
	uploaded atomic.Bool
}

func newWorld(s scenario.Scenario) *world {
	w := &world{
		scenario: s,
		accounts: map[int64]*account{},
		phones:   map[string]*account{},
		bots:     map[string]*account{},
		chats:    map[int64]*chat{},
		names:    names{owners: map[string]any{}},
		files:    map[int64]*file{},
	}
	for _, f := range s.Files {
		for id := range f.IDs() {
			one := &file{File: f.At(id)}
			one.uploaded.Store(!f.Reupload)
			w.files[id] = one
		}
	}
	for _, a := range s.Accounts {
		one := &account{Account: a, private: map[int64]messageBox{a.ID: nil}}
		for _, m := range w.box(a.Saved) {
			with := cmp.Or(m.With, a.ID)
			one.private[with] = append(one.private[with], m)
		}
		one.srp = verifier{password: a.Password, seed: mixAll(s.Seed, uint64(a.ID))}
		w.accounts[a.ID] = one
		if a.BotToken != "" {
			w.bots[a.BotToken] = one
		} else {
			w.phones[scenario.Digits(a.Phone)] = one
		}
		w.names.add(one, a.Username, a.Usernames)
	}
	for _, c := range s.Chats {
		one := &chat{Chat: c, box: w.box(c.Messages)}
		w.chats[c.ID] = one
		w.names.add(one, c.Username, c.Usernames)
	}
	return w
}

// box expands messages and sorts them.
func (w *world) box(list []scenario.Message) messageBox {
	var box messageBox
	for _, m := range list {
		for n := range max(m.Count, 1) {
			one := &message{Message: m}
			one.ID += n
			one.Count = 0
			if m.Date == 0 {
				one.Date = baseDate + 60*one.ID
			}
			if m.File != 0 {
				one.File += int64(n)
				one.file = w.files[one.File]
			}
			box = append(box, one)
		}
	}
	slices.SortFunc(box, func(a, b *message) int { return cmp.Compare(a.ID, b.ID) })
	return box
}

// find returns the message with this id; deleted ones are not there.
func (b messageBox) find(id int) (*message, bool) {
	i, ok := slices.BinarySearchFunc(b, id, func(m *message, id int) int { return cmp.Compare(m.ID, id) })
	if !ok || b[i].Deleted {
		return nil, false
	}
	return b[i], true
}

// live returns the messages that are there, newest first.
func (b messageBox) live() []*message {
	var out []*message
	for _, m := range slices.Backward(b) {
		if !m.Deleted {
			out = append(out, m)
		}
	}
	return out
}

// last is the highest id of the box, 0 if it is empty.
func (b messageBox) last() int {
	if len(b) == 0 {
		return 0
	}
	return b[len(b)-1].ID
}

// member reports whether an account sees the chat in its list.
func (c *chat) member(id int64) bool {
	return !slices.Contains(c.Left, id) && len(c.Members) == 0 || slices.Contains(c.Members, id)
}

// visible reports whether an account may read the chat.
func (c *chat) visible(id int64) bool {
	return !c.Closed && (c.Username != "" || len(c.Usernames) > 0 || c.member(id))
}

// sortedChats returns the chats by id, so that answers do not vary.
func (w *world) sortedChats() []*chat {
	return slices.SortedFunc(maps.Values(w.chats), func(a, b *chat) int { return cmp.Compare(a.ID, b.ID) })
}

// statedSize is the size that messages name.
func statedSize(f scenario.File) int64 {
	if f.StatedSize != nil {
		return int64(*f.StatedSize)
	}
	return int64(f.Size)
}

// statedDC is the DC that messages name.
func statedDC(f scenario.File) int { return max(cmp.Or(f.StatedDC, f.DC), 0) }
