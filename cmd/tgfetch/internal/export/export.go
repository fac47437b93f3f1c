// Package export reads what Telegram Desktop exports as JSON (result.json): one chat or a whole
// account. It gives the links of the messages that have media, and reads a file of any size in little
// memory.
package export

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Links yields the links of an export's messages with media, in their order, and of its stories. Each is
// of that message alone, for the items of an album are messages of their own. There, if not nil, is asked
// about the path of each file, which is that of a stranger: what is there already has no link. A
// [*SkipError] is about something that gives no link; the rest follows. Any other error ends the sequence:
// the file is no export, or its JSON is broken; links that came before are good.
func Links(r io.Reader, there func(path string) bool) iter.Seq2[fetcher.Link, error] {
	return func(yield func(fetcher.Link, error) bool) {
		text, err := beginning(r)
		e := &reader{in: json.NewDecoder(text), yield: yield, there: there}
		if err == nil {
			err = e.object(e.part)
		}
		switch {
		case err == nil && !e.isExport:
			err = errors.New("there are no chats and no messages in it")
		case err == nil:
			err = e.links() // Of a file with one chat.
		}
		switch {
		case errors.Is(err, errEnough):
			return
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			err = errors.New("its end is missing")
		}
		if errors.Is(err, errHTML) {
			yield(fetcher.Link{}, err)
		} else if err != nil {
			yield(fetcher.Link{}, fmt.Errorf("this is no export of Telegram Desktop (result.json), at byte %d: %w", e.in.InputOffset(), err))
		}
	}
}

// byteOrderMark is what some editors put in front of a text.
const byteOrderMark = "\uFEFF"

var errHTML = errors.New("this is an export as HTML, which has no links; export the chat once more, " +
	"with \"Machine-readable JSON\" as its format")

// beginning is the text without a byte order mark.
func beginning(r io.Reader) (io.Reader, error) {
	text := bufio.NewReader(r)
	if mark, err := text.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		if _, err := text.Discard(len(byteOrderMark)); err != nil {
			return text, err
		}
	}
	if first, err := text.Peek(1); err == nil && first[0] == '<' {
		return text, errHTML
	}
	return text, nil
}

// errEnough means that the caller wants no more.
var errEnough = errors.New("enough")

type reader struct {
	in       *json.Decoder
	yield    func(fetcher.Link, error) bool
	there    func(path string) bool
	chat     chat // the one whose object is read
	isExport bool
}

// part reads the value of a key of the whole file or of a chat: a file with one chat is that chat.
func (e *reader) part(key string) error {
	switch key {
	case "name":
		return e.chat.note(e.in.Decode(&e.chat.name))
	case "type":
		return e.chat.note(e.in.Decode(&e.chat.kind))
	case "id":
		return e.chat.note(e.in.Decode(&e.chat.id))
	case "messages":
		return e.list(e.array(e.message))
	case "stories":
		return e.chat.note(e.array(e.story))
	case "profile_pictures":
		return e.pictures()
	case "chats", "left_chats":
		return e.list(e.object(e.chats))
	}
	return e.skip()
}

// list notes how a list of messages or chats ended, without which a file is no export.
func (e *reader) list(err error) error {
	e.isExport = e.isExport || err == nil
	return e.chat.note(err)
}

func (e *reader) chats(key string) error {
	if key != "list" {
		return e.skip()
	}
	return e.array(func() error {
		whole := e.chat
		defer func() { e.chat = whole }()
		e.chat = chat{}
		if err := e.chat.note(e.object(e.part)); err != nil {
			return err
		}
		return e.links()
	})
}

// message reads a message and notes it if it has media. Files that were not exported have a
// sentence in place of their path.
func (e *reader) message() error {
	var m struct {
		ID          int64
		Type        string
		Photo, File *string
		FromID      json.RawMessage `json:"from_id"`
		ActorID     json.RawMessage `json:"actor_id"`
	}
	err := e.in.Decode(&m)
	switch {
	case isShape(err):
		e.chat.messages = append(e.chat.messages, message{id: m.ID, odd: err})
		return nil
	case err != nil:
		return err
	}
	e.chat.former = e.chat.former || isNumber(m.FromID) || isNumber(m.ActorID)
	// What Telegram Desktop does not support may be a file all the same.
	if m.Photo != nil || m.File != nil || m.Type == "unsupported" {
		e.chat.messages = append(e.chat.messages, message{id: m.ID, there: e.has(m.Photo) || e.has(m.File)})
	}
	return nil
}

// isNumber tells the ids of exports until 2021 from later ones, which are words such as user123.
func isNumber(id json.RawMessage) bool { return len(id) > 0 && id[0] >= '0' && id[0] <= '9' }

// has reports whether a file lies where the export says.
func (e *reader) has(path *string) bool { return path != nil && e.there != nil && e.there(*path) }

// story reads one of the account's own stories.
func (e *reader) story() error {
	var s struct {
		ID                 int64
		Photo, File, Media *string
	}
	err := e.in.Decode(&s)
	if isShape(err) {
		return e.give(fetcher.Link{}, &SkipError{Item: "a story", Reason: misfit(err).Error()})
	}
	if err != nil {
		return err
	}
	e.isExport = true
	switch {
	case e.has(s.Photo), e.has(s.File), e.has(s.Media):
		return e.give(fetcher.Link{}, &SkipError{Item: fmt.Sprintf("story %d", s.ID), Reason: isThere})
	case s.ID < 1 || s.ID > math.MaxInt32:
		return e.give(fetcher.Link{}, &SkipError{Item: "a story", Reason: "the export does not say its number"})
	}
	return e.give(fetcher.Link{Username: "me", Story: true, First: int(s.ID), Last: int(s.ID)}, nil)
}

// isThere is why something is not downloaded.
const isThere = "its file is beside the export"

// pictures counts the account's profile pictures.
func (e *reader) pictures() error {
	missing := 0
	err := e.chat.note(e.array(func() error {
		var p struct{ Photo *string }
		if err := e.in.Decode(&p); err != nil && !isShape(err) {
			return err
		}
		if !e.has(p.Photo) {
			missing++
		}
		return nil
	}))
	if err != nil || missing == 0 {
		return err
	}
	return e.give(fetcher.Link{}, &SkipError{
		Item: "profile pictures", Reason: fmt.Sprintf("%d of them are in no message; tgfetch --profile-photos me fetches them", missing),
	})
}

// links yields the links of the chat that was read.
func (e *reader) links() error {
	link, err := e.chat.link()
	if err != nil {
		return e.give(link, &SkipError{Item: e.chat.label(), Reason: err.Error()})
	}
	for _, m := range e.chat.messages {
		link, err := m.in(link)
		if err == nil && m.there {
			err = errors.New(isThere)
		}
		if err != nil {
			err = e.give(link, &SkipError{Item: fmt.Sprintf("message %d of %s", m.id, e.chat.label()), Reason: err.Error()})
			if err != nil {
				return err
			}
			continue
		}
		if err := e.give(link, nil); err != nil {
			return err
		}
	}
	return nil
}

func (e *reader) give(link fetcher.Link, err error) error {
	if err != nil {
		link = fetcher.Link{}
	}
	if !e.yield(link, err) {
		return errEnough
	}
	return nil
}

// object reads an object, with the reader of a value for each key.
func (e *reader) object(value func(key string) error) error {
	if err := e.begin('{'); err != nil {
		return err
	}
	for e.in.More() {
		key, err := e.in.Token()
		if err != nil {
			return err
		}
		if err := value(key.(string)); err != nil {
			return err
		}
	}
	return e.end()
}

func (e *reader) array(element func() error) error {
	if err := e.begin('['); err != nil {
		return err
	}
	for e.in.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return e.end()
}

// begin reads the beginning of an object or array. Any other value is read over, and a shapeError.
func (e *reader) begin(want json.Delim) error {
	token, err := e.in.Token()
	if err != nil {
		return err
	}
	if token == want {
		return nil
	}
	if err := e.rest(token); err != nil {
		return err
	}
	return &shapeError{found: token, want: want}
}

// end reads the end of an object or array, where there is nothing else left.
func (e *reader) end() error {
	_, err := e.in.Token()
	return err
}

// skip reads over a value without keeping it.
func (e *reader) skip() error {
	token, err := e.in.Token()
	if err != nil {
		return err
	}
	return e.rest(token)
}

// rest reads over what is left of a value that begins with token.
func (e *reader) rest(token json.Token) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if token, err = e.in.Token(); err != nil {
			return err
		}
	}
}
