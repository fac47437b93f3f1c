package scenario

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gotd/td/tg"
)

const (
	// maxCount bounds how many files or messages one entry stands for.
	maxCount = 1_000_000
	// maxMessageID leaves room for maxCount below the largest TL int.
	maxMessageID = 2_000_000_000
)

// OldestLayer is the oldest layer that clients are answered in.
const OldestLayer = 190

// Validate reports the first thing in a scenario that cannot be simulated,
// naming the field.
func (s Scenario) Validate() error {
	if s.APIID <= 0 || s.APIHash == "" {
		return fmt.Errorf("api_id and api_hash: needed")
	}
	if s.Layer != 0 && (s.Layer < OldestLayer || s.Layer > tg.Layer) {
		return fmt.Errorf("layer: %d is not between %d and %d", s.Layer, OldestLayer, tg.Layer)
	}
	if s.HashBatch < 0 {
		return fmt.Errorf("hash_batch: %d is negative", s.HashBatch)
	}
	for name, n := range s.AppConfig {
		if name == "" || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("app_config: %q: %v is no number to send", name, n)
		}
	}
	for i, last := range s.SplitRanges {
		if last <= 0 || i > 0 && last <= s.SplitRanges[i-1] {
			return fmt.Errorf("split_ranges[%d]: %d does not follow", i, last)
		}
	}
	if err := s.validateTurned(); err != nil {
		return err
	}
	if err := s.Link.validate(); err != nil {
		return fmt.Errorf("link.%w", err)
	}
	dcs, err := s.validateDCs()
	if err != nil {
		return err
	}
	files, err := s.validateFiles(dcs)
	if err != nil {
		return err
	}
	accounts, err := s.validateAccounts(dcs, files)
	if err != nil {
		return err
	}
	if err := s.validateChats(accounts, files); err != nil {
		return err
	}
	if err := s.validatePeers(); err != nil {
		return err
	}
	if err := s.validateShown(files); err != nil {
		return err
	}
	for i, f := range s.Faults {
		if err := f.Validate(); err != nil {
			return fmt.Errorf("faults[%d].%w", i, err)
		}
	}
	return nil
}

func (l Link) validate() error {
	switch {
	case l.FastBytes < 0 || l.Burst < 0 || l.Pause < 0 || l.Drip < 0:
		return fmt.Errorf("fast_bytes, burst, pause, drip: negative")
	case (l.Burst == 0) != (l.Pause == 0):
		return fmt.Errorf("burst, pause: one needs the other")
	case l.Drip > 0 && l.Rate == 0:
		return fmt.Errorf("drip: needs a rate")
	}
	for i, c := range l.Conns {
		if c.N < 1 {
			return fmt.Errorf("conns[%d].n: %d, connections count from 1", i, c.N)
		}
	}
	return nil
}

// validateDCs returns the DCs by id.
func (s Scenario) validateDCs() (map[int]DC, error) {
	if len(s.DCs) == 0 {
		return nil, fmt.Errorf("dcs: none given")
	}
	dcs := map[int]DC{}
	for i, d := range s.DCs {
		field := fmt.Sprintf("dcs[%d]", i)
		// Ids from 10000 on are the test network's, so that −DC and 10000+DC
		// stay unambiguous.
		if d.ID < 1 || d.ID >= 10000 {
			return nil, fmt.Errorf("%s.id: %d is not between 1 and 9999", field, d.ID)
		}
		if _, taken := dcs[d.ID]; taken {
			return nil, fmt.Errorf("%s.id: DC %d is there twice", field, d.ID)
		}
		if d.CDN && d.Media {
			return nil, fmt.Errorf("%s.media: a CDN DC has no media endpoint", field)
		}
		if err := d.validateAddresses(); err != nil {
			return nil, fmt.Errorf("%s.%w", field, err)
		}
		if d.Key != "" {
			if !slices.Contains(keys, d.Key) {
				return nil, fmt.Errorf("%s.key: no simulator key %q (there are %s)", field, d.Key, strings.Join(keys, ", "))
			}
		}
		if d.Link != nil {
			if err := d.Link.validate(); err != nil {
				return nil, fmt.Errorf("%s.link.%w", field, err)
			}
		}
		if d.MediaLink != nil {
			if err := d.MediaLink.validate(); err != nil {
				return nil, fmt.Errorf("%s.media_link.%w", field, err)
			}
			if !d.hasMedia() {
				return nil, fmt.Errorf("%s.media_link: there is no media endpoint", field)
			}
		}
		dcs[d.ID] = d
	}
	if cdns := slices.DeleteFunc(slices.Clone(s.DCs), func(d DC) bool { return !d.CDN }); len(cdns) == len(s.DCs) {
		return nil, fmt.Errorf("dcs: all of them are CDN DCs")
	}
	return dcs, nil
}

// validateFiles returns the ids of all files.
func (s Scenario) validateFiles(dcs map[int]DC) (map[int64]bool, error) {
	files := map[int64]bool{}
	kinds := []string{"", KindDocument, KindVideo, KindAnimation, KindAudio, KindVoice, KindPhoto}
	hashes := []string{"", HashesNone, HashesSome, HashesAll}
	hasCDN := slices.ContainsFunc(s.DCs, func(d DC) bool { return d.CDN })
	for i, f := range s.Files {
		field := fmt.Sprintf("files[%d]", i)
		switch {
		case f.ID <= 0:
			return nil, fmt.Errorf("%s.id: %d is not positive", field, f.ID)
		case f.Count < 0 || f.Count > maxCount:
			return nil, fmt.Errorf("%s.count: %d is not between 0 and %d", field, f.Count, maxCount)
		case f.Lines < 0 || f.Lines > 1<<16:
			return nil, fmt.Errorf("%s.lines: %d is no height of a video", field, f.Lines)
		case f.Size < 0:
			return nil, fmt.Errorf("%s.size: %d is negative", field, f.Size)
		case !slices.Contains(kinds, f.Kind):
			return nil, fmt.Errorf("%s.kind: %q is none of %s", field, f.Kind, strings.Join(kinds[1:], ", "))
		case !slices.Contains(hashes, f.CDNHashes):
			return nil, fmt.Errorf("%s.cdn_hashes: %q is none of %s", field, f.CDNHashes, strings.Join(hashes[1:], ", "))
		case f.CDN && !hasCDN:
			return nil, fmt.Errorf("%s.cdn: the scenario has no CDN DC", field)
		case f.CDN && f.Kind == KindPhoto:
			return nil, fmt.Errorf("%s.cdn: photos are not served by a CDN here", field)
		}
		if d, ok := dcs[f.DC]; !ok || d.CDN {
			return nil, fmt.Errorf("%s.dc: files cannot live on DC %d", field, f.DC)
		}
		if f.StatedDC < -1 {
			return nil, fmt.Errorf("%s.stated_dc: %d is no DC, and −1 states none", field, f.StatedDC)
		}
		if f.StatedSize != nil && *f.StatedSize < 0 {
			return nil, fmt.Errorf("%s.stated_size: %d is negative", field, *f.StatedSize)
		}
		for id := range f.IDs() {
			if files[id] {
				return nil, fmt.Errorf("%s.id: file %d is there twice", field, id)
			}
			files[id] = true
		}
	}
	return files, nil
}

// validateAccounts returns the ids of all accounts.
func (s Scenario) validateAccounts(dcs map[int]DC, files map[int64]bool) (map[int64]bool, error) {
	accounts := map[int64]bool{}
	phones := map[string]bool{}
	for i, a := range s.Accounts {
		field := fmt.Sprintf("accounts[%d]", i)
		phone := Digits(a.Phone)
		switch {
		case a.ID <= 0:
			return nil, fmt.Errorf("%s.id: %d is not positive", field, a.ID)
		case accounts[a.ID]:
			return nil, fmt.Errorf("%s.id: account %d is there twice", field, a.ID)
		case (a.Phone == "") == (a.BotToken == ""):
			return nil, fmt.Errorf("%s: an account has a phone or a bot_token", field)
		case a.Phone != "" && len(phone) < MinPhoneDigits:
			return nil, fmt.Errorf("%s.phone: %q is too short", field, a.Phone)
		case a.Phone != "" && phones[phone]:
			return nil, fmt.Errorf("%s.phone: %q is there twice", field, a.Phone)
		case a.Phone != "" && a.Code == "":
			return nil, fmt.Errorf("%s.code: needed with a phone", field)
		}
		if err := cmp.Or(a.validateCodes(), a.Allowance.validate()); err != nil {
			return nil, fmt.Errorf("%s.%w", field, err)
		}
		if d, ok := dcs[a.HomeDC]; !ok || d.CDN {
			return nil, fmt.Errorf("%s.home_dc: accounts cannot live on DC %d", field, a.HomeDC)
		}
		if err := validateMessages(a.Saved, files); err != nil {
			return nil, fmt.Errorf("%s.saved%w", field, err)
		}
		accounts[a.ID] = true
		phones[phone] = true
	}
	return accounts, nil
}

func (s Scenario) validateChats(accounts, files map[int64]bool) error {
	chats := map[int64]bool{}
	names := map[string]bool{}
	for i, a := range s.Accounts {
		name := strings.ToLower(a.Username)
		if name != "" && names[name] {
			return fmt.Errorf("accounts[%d].username: %q is there twice", i, a.Username)
		}
		names[name] = true
		if err := validateUsernames(a.Usernames, names); err != nil {
			return fmt.Errorf("accounts[%d].%w", i, err)
		}
	}
	for i, c := range s.Chats {
		field := fmt.Sprintf("chats[%d]", i)
		name := strings.ToLower(c.Username)
		switch {
		case c.ID <= 0:
			return fmt.Errorf("%s.id: %d is not positive", field, c.ID)
		case chats[c.ID]:
			return fmt.Errorf("%s.id: chat %d is there twice", field, c.ID)
		case name != "" && names[name]:
			return fmt.Errorf("%s.username: %q is there twice", field, c.Username)
		}
		for j, m := range c.Left {
			if !accounts[m] || slices.Contains(c.Members, m) {
				return fmt.Errorf("%s.left[%d]: %d is no account, or a member", field, j, m)
			}
		}
		for j, m := range c.Members {
			if !accounts[m] {
				return fmt.Errorf("%s.members[%d]: no account %d", field, j, m)
			}
		}
		if err := validateMessages(c.Messages, files); err != nil {
			return fmt.Errorf("%s.messages%w", field, err)
		}
		if c.Discussion != 0 && !slices.ContainsFunc(s.Chats, func(g Chat) bool { return g.ID == c.Discussion && g.Group }) {
			return fmt.Errorf("%s.discussion: no group %d", field, c.Discussion)
		}
		chats[c.ID] = true
		names[name] = true
		if err := validateUsernames(c.Usernames, names); err != nil {
			return fmt.Errorf("%s.%w", field, err)
		}
		if err := s.validatePast(c); err != nil {
			return fmt.Errorf("%s.%w", field, err)
		}
	}
	return nil
}

// validateUsernames adds collectible names to those that are taken.
func validateUsernames(list []Username, taken map[string]bool) error {
	for i, u := range list {
		name := strings.ToLower(u.Name)
		if name == "" || taken[name] {
			return fmt.Errorf("usernames[%d]: %q is empty or there twice", i, u.Name)
		}
		taken[name] = true
	}
	return nil
}

// validatePast checks what a supergroup was before, and how its topics began.
func (s Scenario) validatePast(c Chat) error {
	old := func(o Chat) bool { return o.ID == c.MigratedFrom && o.Basic }
	if c.MigratedFrom != 0 && (!c.Group || !slices.ContainsFunc(s.Chats, old)) {
		return fmt.Errorf("migrated_from: a supergroup was a basic group, and %d is none", c.MigratedFrom)
	}
	if c.Min && !c.Group {
		return fmt.Errorf("min: only a group is met in messages alone")
	}
	for i, m := range c.Messages {
		began := func(o Message) bool { return o.ID == m.Topic && o.TopicTitle != "" }
		switch {
		case m.TopicTitle != "" && !c.Forum:
			return fmt.Errorf("messages[%d].topic_title: the chat is no forum", i)
		case c.Forum && m.Topic != 0 && !slices.ContainsFunc(c.Messages, began):
			return fmt.Errorf("messages[%d].topic: no topic %d", i, m.Topic)
		}
	}
	return nil
}

func validateMessages(list []Message, files map[int64]bool) error {
	seen := map[int]bool{}
	for i, m := range list {
		if m.ID <= 0 || m.ID > maxMessageID {
			return fmt.Errorf("[%d].id: %d is not between 1 and %d", i, m.ID, maxMessageID)
		}
		if m.Count < 0 || m.Count > maxCount {
			return fmt.Errorf("[%d].count: %d is not between 0 and %d", i, m.Count, maxCount)
		}
		for n := range max(m.Count, 1) {
			if seen[m.ID+n] {
				return fmt.Errorf("[%d].id: message %d is there twice", i, m.ID+n)
			}
			seen[m.ID+n] = true
			if m.File != 0 && !files[m.File+int64(n)] {
				return fmt.Errorf("[%d].file: no file %d", i, m.File+int64(n))
			}
		}
		for j, id := range m.Poll {
			if !files[id] {
				return fmt.Errorf("[%d].poll[%d]: no file %d", i, j, id)
			}
		}
		for field, id := range map[string]int64{"live": m.Live, "cover": m.Cover} {
			if id != 0 && !files[id] {
				return fmt.Errorf("[%d].%s: no file %d", i, field, id)
			}
		}
		for j, id := range m.Alternatives {
			if !files[id] {
				return fmt.Errorf("[%d].alternatives[%d]: no file %d", i, j, id)
			}
		}
	}
	return nil
}

// validatePeers checks how accounts and chats stand to each other, and what forms chats
// have.
func (s Scenario) validatePeers() error {
	for i, a := range s.Accounts {
		for j, m := range a.Saved {
			if m.With != 0 && !slices.ContainsFunc(s.Accounts, func(o Account) bool { return o.ID == m.With && o.ID != a.ID }) {
				return fmt.Errorf("accounts[%d].saved[%d].with: no other account %d", i, j, m.With)
			}
		}
	}
	invites := map[string]bool{"": true}
	for i, c := range s.Chats {
		if c.Basic && (c.Username != "" || c.Group || c.Forum || c.Discussion != 0 || c.Invite != "" || len(c.Stories) > 0) {
			return fmt.Errorf("chats[%d].basic: a basic group has nothing but members, a photo and messages", i)
		}
		if c.Invite != "" && invites[c.Invite] {
			return fmt.Errorf("chats[%d].invite: %q is there twice", i, c.Invite)
		}
		invites[c.Invite] = true
	}
	return nil
}

// validateShown checks the files that are shown elsewhere than in messages: in stories,
// as pictures of people and chats, in sets of stickers.
func (s Scenario) validateShown(files map[int64]bool) error {
	stories := func(list []Story) error {
		for i, x := range list {
			if x.ID <= 0 || !files[x.File] {
				return fmt.Errorf(".stories[%d]: id %d, file %d: needs a positive id and a file that there is", i, x.ID, x.File)
			}
		}
		return nil
	}
	photos := map[int64]bool{}
	for _, f := range s.Files {
		if f.Kind != KindPhoto {
			continue
		}
		for id := range f.IDs() {
			photos[id] = true
		}
	}
	for i, a := range s.Accounts {
		if err := stories(a.Stories); err != nil {
			return fmt.Errorf("accounts[%d]%w", i, err)
		}
		for j, id := range a.Photos {
			if !photos[id] {
				return fmt.Errorf("accounts[%d].photos[%d]: no photo %d", i, j, id)
			}
		}
	}
	for i, c := range s.Chats {
		if err := stories(c.Stories); err != nil {
			return fmt.Errorf("chats[%d]%w", i, err)
		}
		if c.Photo != 0 && !photos[c.Photo] {
			return fmt.Errorf("chats[%d].photo: no photo %d", i, c.Photo)
		}
	}
	for i, set := range s.StickerSets {
		if set.ID <= 0 || set.Name == "" {
			return fmt.Errorf("sticker_sets[%d]: needs a positive id and a name", i)
		}
		if set.Thumb != 0 && !photos[set.Thumb] {
			return fmt.Errorf("sticker_sets[%d].thumb: no photo %d", i, set.Thumb)
		}
		for j, id := range set.Files {
			if !files[id] || photos[id] {
				return fmt.Errorf("sticker_sets[%d].files[%d]: no document %d", i, j, id)
			}
		}
	}
	return nil
}
