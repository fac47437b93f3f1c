package fetcher

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Info is what NAME.info.json says about the file NAME beside it: where it came
// from, and what it was when it was complete.
type Info struct {
	// Link is the link of the file's message.
	Link string `json:"link,omitempty"`
	// Chat is where the message is, Sender who sent it if that is known.
	Chat    InfoPeer  `json:"chat,omitzero"`
	Sender  InfoPeer  `json:"sender,omitzero"`
	Message int       `json:"message,omitempty"`
	Story   int       `json:"story,omitempty"`
	Picture bool      `json:"picture,omitempty"` // the file is the chat's own picture
	Album   int64     `json:"album,omitempty,string"`
	Date    time.Time `json:"date,omitzero"` // of the message
	Caption string    `json:"caption,omitempty"`

	// Kind, ID, Variant and Size identify the file; DC is its data center.
	Kind    Kind   `json:"kind"`
	ID      int64  `json:"id,string"` // Larger than what JavaScript takes for a number.
	Variant string `json:"variant,omitempty"`
	Size    int64  `json:"size"`
	DC      int    `json:"dc"`
	// OriginalName and MIME are as the sender gave them.
	OriginalName string `json:"original_name,omitempty"`
	MIME         string `json:"mime,omitempty"`
	SHA256       string `json:"sha256"` // in hexadecimal
}

// InfoPeer is a chat or a person in an Info.
type InfoPeer struct {
	ID       int64  `json:"id"`
	Kind     string `json:"kind"` // user, chat or channel
	Username string `json:"username,omitempty"`
	Title    string `json:"title,omitempty"`
}

func infoPeer(p session.Peer) InfoPeer {
	if p.ID == 0 {
		return InfoPeer{}
	}
	return InfoPeer{ID: p.ID, Kind: p.Kind.String(), Username: p.Username, Title: p.Title}
}

// Is reports whether the info is about f. A size that is not known matches any.
func (i Info) Is(f File) bool {
	return i.Kind == f.Kind && i.ID == f.ID && i.Variant == f.Variant && (i.Size == f.Size || f.Size == UnknownSize)
}

func infoOf(r Result) Info {
	f := r.File
	info := Info{
		Chat:         infoPeer(f.Source.Chat),
		Sender:       infoPeer(f.Source.Sender),
		Message:      f.Source.Message,
		Story:        f.Source.Story,
		Picture:      f.Source.Picture,
		Album:        f.Source.Album,
		Date:         f.Date.UTC(),
		Caption:      f.Source.Caption,
		Kind:         f.Kind,
		ID:           f.ID,
		Variant:      f.Variant,
		Size:         r.Bytes,
		DC:           f.DC,
		OriginalName: f.OriginalName,
		MIME:         f.MIME,
		SHA256:       hex.EncodeToString(r.SHA256),
	}
	if link := f.Source.Item(); link != (Link{}) {
		info.Link = link.String()
	}
	return info
}

// ReadInfo reads what NAME.info.json says about the file at path. The error is
// fs.ErrNotExist if there is none.
func ReadInfo(path string) (Info, error) {
	in, err := partfile.OpenFolder(filepath.Dir(path))
	if err != nil {
		return Info{}, err
	}
	defer in.Close()
	return readInfo(in, path)
}

func readInfo(in *partfile.Folder, path string) (Info, error) {
	path = infoPath(path)
	data, err := in.ReadFile(ownfile.Info, path)
	if err != nil {
		return Info{}, err
	}
	var info Info
	if err := json.Unmarshal(data, &info); err != nil {
		return Info{}, fmt.Errorf("%s: %w", path, err)
	}
	if info.ID == 0 || info.Size < 0 {
		return Info{}, fmt.Errorf("%s: it names no file", path)
	}
	return info, nil
}

// writeInfo writes NAME.info.json beside the file of a result, unless it says
// the same already, or there is another file under that name, which stays.
func writeInfo(in *folder, r Result) error {
	info := infoOf(r)
	old, err := readInfo(in.Folder, r.Path)
	switch {
	case err == nil && old.Is(r.File) && old.SHA256 == info.SHA256:
		return nil // Perhaps of another message with the same file; the first stays.
	case errors.As(err, new(ownfile.Refusal)):
		return diskError("write", infoPath(r.Path), err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil
	}
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	path := infoPath(r.Path)
	return diskError("write", path, in.Replace(ownfile.Info, path, append(plain.JSON(data), '\n')))
}

// vouched reports whether the file's NAME.info.json says that it is f. If the
// mode does not trust its word, the file is read.
func (c *Client) vouched(ctx context.Context, f File, t Target, in *folder, path string, there fs.FileInfo) bool {
	info, err := readInfo(in.Folder, path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.log.Warn("what is known of a file cannot be read", "err", err)
		}
		return false
	}
	if !info.Is(f) || !there.Mode().IsRegular() || there.Size() != info.Size {
		return false
	}
	if t.Existing != ExistingHash {
		return true
	}
	sum, err := hashOf(ctx, in, path, info.Size)
	return err == nil && hex.EncodeToString(sum) == info.SHA256
}

const infoSuffix = ".info.json"

// infoPath is where the info about the file at path is. Of a name that would
// get too long for file systems, the end is left out.
func infoPath(path string) string {
	dir, name := filepath.Split(path)
	for len(name)+len(infoSuffix) > 255 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return dir + name + infoSuffix
}
