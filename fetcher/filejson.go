package fetcher

import (
	"encoding/json"
	"time"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// MarshalJSON says what the file is and where it was found, without what opens doors:
// no location, reference, access hash or invite. It is for people and logs; a File
// cannot be made of it again.
func (f File) MarshalJSON() ([]byte, error) {
	s := f.Source
	text := struct {
		Kind         Kind          `json:"kind"`
		ID           int64         `json:"id,string"` // Larger than what JavaScript takes for a number.
		Variant      string        `json:"variant,omitempty"`
		DC           int           `json:"dc"`
		Size         int64         `json:"size"`
		Name         string        `json:"name"`
		OriginalName string        `json:"original_name,omitempty"`
		MIME         string        `json:"mime,omitempty"`
		Form         string        `json:"form,omitempty"`
		Width        int           `json:"width,omitempty"`
		Height       int           `json:"height,omitempty"`
		Duration     time.Duration `json:"duration,omitempty"`
		Date         time.Time     `json:"date,omitzero"`
		Link         string        `json:"link,omitempty"`
		Chat         InfoPeer      `json:"chat,omitzero"`
		Sender       InfoPeer      `json:"sender,omitzero"`
		Message      int           `json:"message,omitempty"`
		Story        int           `json:"story,omitempty"`
		Picture      bool          `json:"picture,omitempty"`
		Album        int64         `json:"album,omitempty,string"`
		Caption      string        `json:"caption,omitempty"`
	}{
		Kind: f.Kind, ID: f.ID, Variant: f.Variant, DC: f.DC, Size: f.Size,
		Name: f.Name, OriginalName: f.OriginalName, MIME: f.MIME, Form: f.Form,
		Width: f.Width, Height: f.Height, Duration: f.Duration, Date: f.Date,
		Chat: infoPeer(s.Chat), Sender: infoPeer(s.Sender), Message: s.Message, Story: s.Story,
		Picture: s.Picture, Album: s.Album, Caption: s.Caption,
	}
	if link := s.Item(); link.Invite == "" && (s.Chat.ID != 0 || s.Stickers != "") {
		text.Link = link.String()
	}
	data, err := json.Marshal(text)
	return plain.JSON(data), err
}
