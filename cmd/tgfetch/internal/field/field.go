// Package field is the table of what is known of a file by name: what --print can write, what a
// template for names may use, and what a filter may ask.
package field

import (
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/typo"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// Item is a file, and the link that the user gave for it. Before the download only File of the
// Result is set.
type Item struct {
	fetcher.Result
	Link string
}

// Field is one thing that is known of a file.
type Field struct {
	Name string
	// About says what it is, in a few words.
	About string
	// Late says that it is known only when the file is there.
	Late bool

	value func(Item) any
}

// Value is a string, an int64, a float64 or a time.Time, the same type for every item. What is not
// known is the zero value; a size is -1 then.
func (f Field) Value(item Item) any { return f.value(item) }

// Known reports whether the value is known.
func (f Field) Known(item Item) bool {
	switch v := f.value(item).(type) {
	case string:
		return v != ""
	case int64:
		return v > 0 || v == 0 && f.Name == "size"
	case float64:
		return v > 0
	case time.Time:
		return !v.IsZero()
	}
	return false
}

// Text is the value on one line. Strangers wrote some of them.
func (f Field) Text(item Item) string {
	switch v := f.value(item).(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case string:
		if f.Late || f.Name == "link" {
			return plain.Text(v) // Ours, or the user's: its spaces count.
		}
		return plain.Text(strings.Join(strings.Fields(v), " "))
	}
	return ""
}

// ForPrograms is the value for a program that reads it: a path is byte by byte that of the file, or
// else it would name none. The others are as Text has them.
func (f Field) ForPrograms(item Item) string {
	if f.Name == "path" {
		return item.Path
	}
	return f.Text(item)
}

// all is in the order in which people are told.
var all = []Field{
	{"name", "file name with its extension", false, func(i Item) any { return i.File.Name }},
	{"stem", "name without the extension", false, func(i Item) any { return strings.TrimSuffix(i.File.Name, path.Ext(i.File.Name)) }},
	{"ext", "extension, as in mp4", false, func(i Item) any { return i.File.Ext() }},
	{"size", "in bytes, -1 if not known", false, func(i Item) any { return i.File.Size }},
	{"kind", "document, photo, video, round, animation, audio, voice, sticker, thumbnail, cover, live or picture", false,
		func(i Item) any { return i.File.Form }},
	{"mime", "type, as in video/mp4", false, func(i Item) any { return i.File.MIME }},
	{"date", "of the message", false, func(i Item) any { return i.File.Date }},
	{"duration", "in seconds", false, func(i Item) any { return i.File.Duration.Seconds() }},
	{"width", "in pixels", false, func(i Item) any { return int64(i.File.Width) }},
	{"height", "in pixels", false, func(i Item) any { return int64(i.File.Height) }},
	{"caption", "text of the message", false, func(i Item) any { return i.File.Source.Caption }},
	{"chat", "title of the chat", false, func(i Item) any { return i.File.Source.Chat.Title }},
	{"chat_id", "number of the chat", false, func(i Item) any { return i.File.Source.Chat.ID }},
	{"chat_name", "username of the chat", false, func(i Item) any { return i.File.Source.Chat.Username }},
	{"sender", "name of who sent it", false, func(i Item) any { return i.File.Source.Sender.Title }},
	{"sender_id", "number of who sent it", false, func(i Item) any { return i.File.Source.Sender.ID }},
	{"msg_id", "number of the message or story", false, func(i Item) any {
		return int64(max(i.File.Source.Message, i.File.Source.Story))
	}},
	{"album", "number that the items of an album share", false, func(i Item) any { return i.File.Source.Album }},
	{"index", "place in the album, from 1", false, func(i Item) any { return int64(i.File.Source.AlbumIndex) }},
	{"id", "the file for ever, as in document:123", false, func(i Item) any { return i.File.Key() }},
	{"file_id", "number of the file", false, func(i Item) any { return i.File.ID }},
	{"dc", "data center", false, func(i Item) any { return int64(i.File.DC) }},
	{"link", "link that was given", false, func(i Item) any { return i.Link }},
	{"path", "where the file is", true, func(i Item) any { return i.Path }},
	{"sha256", "of the contents", true, func(i Item) any { return hex.EncodeToString(i.SHA256) }},
}

// All is every field; Early those that are known before the download.
func All() []Field { return slices.Clone(all) }

// Early are the fields that are known before the download.
func Early() []Field { return slices.DeleteFunc(All(), func(f Field) bool { return f.Late }) }

// Names are the names of fields.
func Names(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// Find finds one of the fields. The error names what there is.
func Find(fields []Field, name string) (Field, error) {
	if i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name }); i >= 0 {
		return fields[i], nil
	}
	return Field{}, &UnknownError{Name: name, Known: Names(fields)}
}

// UnknownError reports a name that is no field's.
type UnknownError struct {
	Name  string
	Known []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no field %q%s; there are %s", e.Name, typo.Hint(e.Name, e.Known), strings.Join(e.Known, ", "))
}
