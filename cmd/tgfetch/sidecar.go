package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Suffixes of the files that stand beside a download.
const (
	infoSuffix    = ".info.json"
	captionSuffix = ".caption.txt"
)

// info is what --write-info-json keeps of a file.
type info struct {
	ID      string    `json:"id"` // as in a download archive
	Name    string    `json:"name"`
	Sent    string    `json:"sent_as,omitempty"` // the name its sender gave it
	Size    int64     `json:"size"`
	MIME    string    `json:"mime,omitempty"`
	SHA256  string    `json:"sha256,omitempty"`
	Date    time.Time `json:"date,omitzero"` // of the message
	Link    string    `json:"link"`          // as the user gave it
	Chat    chatInfo  `json:"chat"`
	Message int       `json:"message,omitempty"`
	Album   int64     `json:"album,omitempty"`
	Caption string    `json:"caption,omitempty"`
}

type chatInfo struct {
	ID       int64  `json:"id"`
	Title    string `json:"title,omitempty"`
	Username string `json:"username,omitempty"`
}

func infoOf(r fetcher.Result, link string) info {
	f := r.File
	return info{
		ID: f.Key(), Name: f.Name, Sent: f.OriginalName, Size: r.Bytes, MIME: f.MIME, SHA256: fmt.Sprintf("%x", r.SHA256),
		Date: f.Date.UTC(), Link: link, Message: f.Source.Message, Album: f.Source.Album, Caption: f.Source.Caption,
		Chat: chatInfo{ID: f.Source.Chat.ID, Title: f.Source.Chat.Title, Username: f.Source.Chat.Username},
	}
}

// writeSidecars writes what was asked for beside a file.
func (w *wish) writeSidecars(r fetcher.Result, link string) error {
	if w.info {
		data, err := json.MarshalIndent(infoOf(r, link), "", "  ")
		if err != nil {
			return err
		}
		if err := writeNew(r.Path+infoSuffix, append(data, '\n')); err != nil {
			return err
		}
	}
	if caption := r.File.Source.Caption; w.caption && caption != "" {
		return writeNew(r.Path+captionSuffix, []byte(caption+"\n"))
	}
	return nil
}

// writeNew writes a file that is not there yet. What is there stays: it is of an earlier run, or not
// ours.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file is complete, but: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		// Half of it would pass for all of it in the next run.
		return fmt.Errorf("the file is complete, but: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}
