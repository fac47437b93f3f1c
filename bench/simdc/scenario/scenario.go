package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Scenario describes a simulated Telegram. It is plain data: change a preset
// or read one from JSON with [Read]; the names in the JSON are those
// in the tags below.
type Scenario struct {
	// Base names the preset ("default" or "demo") that a JSON scenario starts
	// from: what the file says at the top level replaces what the preset says.
	Base string `json:"base,omitempty"`
	// Seed varies what Telegram makes up: access hashes, tokens, key material
	// of files. It does not change contents.
	Seed uint64 `json:"seed,omitempty"`
	// APIID and APIHash are what clients must present.
	APIID   int    `json:"api_id,omitempty"`
	APIHash string `json:"api_hash,omitempty"`
	// Link shapes the connections of every DC that has no link of its own.
	// The zero value does not shape.
	Link Link `json:"link,omitzero"`
	// HashBatch is how many hash windows one answer of upload.getFileHashes or
	// upload.getCdnFileHashes holds at most. Zero is 8, one MiB.
	HashBatch int `json:"hash_batch,omitempty"`
	// AppConfig replaces numbers of help.getAppConfig, or adds some, by their
	// names there.
	AppConfig map[string]float64 `json:"app_config,omitempty"`
	DCs       []DC               `json:"dcs,omitempty"`
	Accounts  []Account          `json:"accounts,omitempty"`
	Chats     []Chat             `json:"chats,omitempty"`
	// StickerSets can be had by everybody who knows their name.
	StickerSets []StickerSet `json:"sticker_sets,omitempty"`
	Files       []File       `json:"files,omitempty"`
	// SplitRanges are the last ids of all ranges but one in which exports read the
	// messages of users and basic groups.
	SplitRanges []int `json:"split_ranges,omitempty"`
	// Layer, if it is not zero, is that in which everybody is answered, as by a
	// server that takes no notice of invokeWithLayer.
	Layer int `json:"layer,omitempty"`
	// Faults go wrong in this order: the first that matches a request and is
	// due is the one that happens.
	Faults []Fault `json:"faults,omitempty"`
	// Turned are the beliefs about Telegram of which the opposite holds here.
	Turned []Belief `json:"turned,omitempty"`
}

// Link is a path between a client and a DC.
type Link struct {
	// RTT is the round trip; half of it passes in each direction. A dial costs one.
	RTT Duration `json:"rtt,omitempty"`
	// Rate bounds each connection, DCRate all connections of one endpoint's DC
	// together, AccountRate all connections of one account to one DC from its
	// login on. Bytes per second in each direction; zero does not bound.
	Rate        Size `json:"rate,omitempty"`
	DCRate      Size `json:"dc_rate,omitempty"`
	AccountRate Size `json:"account_rate,omitempty"`
	// CutAfter closes each connection after so many bytes to the client.
	CutAfter Size `json:"cut_after,omitempty"`
	// FastBytes of each connection, the first in each direction, are not bound by Rate,
	// so that a key exchange is over before a server becomes slow.
	FastBytes Size `json:"fast_bytes,omitempty"`
	// Burst is how many bytes of a connection reach the client until nothing does for
	// Pause.
	Burst Size     `json:"burst,omitempty"`
	Pause Duration `json:"pause,omitempty"`
	// Drip is how many bytes at once leave to the client of those that Rate bounds. A
	// server that keeps connections alive without sending anything drips byte by byte.
	// Zero is a packet or more.
	Drip Size `json:"drip,omitempty"`
	// Conns are exceptions for single connections.
	Conns []ConnLink `json:"conns,omitempty"`
}

// ConnLink is what differs on the n-th connection that an endpoint accepted.
type ConnLink struct {
	N        int      `json:"n"` // From 1.
	RTT      Duration `json:"rtt,omitempty"`
	Rate     Size     `json:"rate,omitempty"`
	CutAfter Size     `json:"cut_after,omitempty"`
}

// DC is one data center.
type DC struct {
	ID int `json:"id"`
	// Key names an embedded RSA key. Empty is "shared", for a CDN DC "cdn".
	Key string `json:"key,omitempty"`
	// Media adds a second endpoint, announced as media_only, that shares the
	// keys, logins and files of the first.
	Media bool `json:"media,omitempty"`
	// Addresses, if any, are all that the DC has, in the order in which
	// help.getConfig lists them, each an endpoint that shares the keys, logins and
	// files of the others. They are called main, main2 …, and media, media2 … .
	Addresses []Address `json:"addresses,omitempty"`
	// CDN makes this a CDN DC: it knows no users and serves only
	// upload.getCdnFile.
	CDN bool `json:"cdn,omitempty"`
	// Away makes it be out of reach from the start, though its addresses are told:
	// connections to them are refused. See simdc.Cluster.StartDC.
	Away bool `json:"away,omitempty"`
	// Link replaces the scenario's link, for both endpoints. MediaLink replaces it
	// for the media endpoint alone, which then shares no rate with the other.
	Link      *Link `json:"link,omitempty"`
	MediaLink *Link `json:"media_link,omitempty"`
	// Clock is how far the DC's clock is ahead of this machine's; negative is
	// behind. Clients learn the difference from msg_ids and bad_msg 16 and 17.
	Clock Offset `json:"clock,omitempty"`
	// SaltPeriod is how long a server salt is the current one; for as long
	// again it is still taken. Zero is 30 minutes.
	SaltPeriod Duration `json:"salt_period,omitempty"`
	// KeySpread is how long a new key is known only at the address where it was made;
	// elsewhere it gets −404.
	KeySpread Duration `json:"key_spread,omitempty"`
	// NoGzip sends every answer as it is; else those of 1 KiB and more that
	// shrink are packed.
	NoGzip bool `json:"no_gzip,omitempty"`
}

// Account is someone who can log in: a user with a phone or a bot with a token.
type Account struct {
	ID     int64 `json:"id"`
	HomeDC int   `json:"home_dc"`
	// Phone with country code; punctuation does not matter.
	Phone string `json:"phone,omitempty"`
	// Code is the login code that Telegram would send.
	Code string `json:"code,omitempty"`
	// Codes are the ways in which it is sent, each when auth.resendCode asks for the
	// next; empty is the app alone.
	Codes []LoginCode `json:"codes,omitempty"`
	// AuthRestarts is how many calls of auth.sendCode are answered with AUTH_RESTART
	// before the first that is not.
	AuthRestarts int `json:"auth_restarts,omitempty"`
	// Password, if any, is asked for after the code (2FA), with PasswordHint.
	// RecoveryEmail is where Code comes to when it is forgotten.
	Password      string `json:"password,omitempty"`
	PasswordHint  string `json:"password_hint,omitempty"`
	RecoveryEmail string `json:"recovery_email,omitempty"`
	BotToken      string `json:"bot_token,omitempty"`
	Name          string `json:"name,omitempty"`
	Username      string `json:"username,omitempty"`
	// Usernames are collectible names. With them, Username is told among them.
	Usernames []Username `json:"usernames,omitempty"`
	Premium   bool       `json:"premium,omitempty"`
	// Allowance is how fast the account may read files.
	Allowance Allowance `json:"allowance,omitzero"`
	// Saved are the messages in the account's chat with itself and, where they
	// say with whom, in its chats with others. They share one row of ids.
	Saved []Message `json:"saved,omitempty"`
	// Stories are what the account shows to everybody.
	Stories []Story `json:"stories,omitempty"`
	// Photos are the files of the profile photos, the latest first.
	Photos []int64 `json:"photos,omitempty"`
}

// Username is one of several names of a peer, which tells them in this order.
type Username struct {
	Name string `json:"name"`
	// Inactive names lead nowhere.
	Inactive bool `json:"inactive,omitempty"`
}

// Story is a photo or video that an account or a channel shows.
type Story struct {
	ID   int    `json:"id"`
	Text string `json:"text,omitempty"`
	File int64  `json:"file"`
	// Unknown gives it media of a constructor that no layer has.
	Unknown bool `json:"unknown,omitempty"`
}

// StickerSet is a named set of documents.
type StickerSet struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"` // as in t.me/addstickers/NAME
	Title string `json:"title,omitempty"`
	// Files are the ids of the stickers.
	Files []int64 `json:"files"`
	// Thumb is the photo that is the set's thumbnail; zero is none.
	Thumb int64 `json:"thumb,omitempty"`
}

// Chat is a channel, a supergroup or a basic group. Every account is a member unless Members
// or Closed say otherwise.
type Chat struct {
	ID       int64  `json:"id"`
	Title    string `json:"title"`
	Username string `json:"username,omitempty"`
	// Usernames are collectible names, as those of an Account.
	Usernames []Username `json:"usernames,omitempty"`
	// Group makes it a supergroup instead of a broadcast channel.
	Group bool `json:"group,omitempty"`
	// Basic makes it a basic group, whose messages share the members' rows of ids.
	Basic bool `json:"basic,omitempty"`
	// Members, if not empty, are the ids of the accounts that see it.
	Members []int64 `json:"members,omitempty"`
	// Left are the ids of the accounts that were members once: they see it in exports.
	Left []int64 `json:"left,omitempty"`
	// Closed keeps everybody out: its messages answer CHANNEL_PRIVATE.
	Closed bool `json:"closed,omitempty"`
	// Pinned puts it at the head of every account's list of chats, Archived into
	// the archive instead of the main list.
	Pinned   bool `json:"pinned,omitempty"`
	Archived bool `json:"archived,omitempty"`
	// Forum gives a supergroup topics.
	Forum bool `json:"forum,omitempty"`
	// Discussion is the id of the supergroup with the comments on a channel's
	// posts.
	Discussion int64 `json:"discussion,omitempty"`
	// Min tells accounts that are not members of the group so little of it that
	// they can name it only by a message that leads to it.
	Min bool `json:"min,omitempty"`
	// MigratedFrom is the id of the basic group that the supergroup was before; that
	// one is deactivated.
	MigratedFrom int64 `json:"migrated_from,omitempty"`
	// Invite is the hash of an invite link, as in t.me/+HASH.
	Invite string `json:"invite,omitempty"`
	// Photo is the file of the chat's picture; zero is none.
	Photo int64 `json:"photo,omitempty"`
	// Stories are what the channel shows to whoever may read it.
	Stories  []Story   `json:"stories,omitempty"`
	Messages []Message `json:"messages,omitempty"`
}

// Message is one message, or Count of them.
type Message struct {
	ID   int    `json:"id"`
	Text string `json:"text,omitempty"`
	// Date is Unix seconds; zero derives one from the id.
	Date int `json:"date,omitempty"`
	// Album groups neighbouring messages that have the same number.
	Album int64 `json:"album,omitempty"`
	// File is the id of the attached file; zero is none.
	File int64 `json:"file,omitempty"`
	// With is the id of the account that sent a message of Saved; zero is the
	// one that saved it.
	With int64 `json:"with,omitempty"`
	// Topic is the id of the message that began the forum topic or, in a
	// discussion group, that stands for the post which this one comments on.
	// In a forum, 0 is the topic General.
	Topic int `json:"topic,omitempty"`
	// TopicTitle makes it the message that began a forum's topic of this name.
	TopicTitle string `json:"topic_title,omitempty"`
	// Unknown gives it media of a constructor that no layer has.
	Unknown bool `json:"unknown,omitempty"`
	// Post is the id of the channel's post that a message of the discussion
	// group stands for.
	Post int `json:"post,omitempty"`
	// WebPage is the address of a page that the message previews; the file is
	// then the page's.
	WebPage string `json:"web_page,omitempty"`
	// Poll, if not empty, makes it a poll: its answers carry these files, and File
	// is attached to the question.
	Poll []int64 `json:"poll,omitempty"`
	// Live is the id of the video that makes the photo a live one, Cover of the photo
	// that is the cover of a video.
	Live  int64 `json:"live,omitempty"`
	Cover int64 `json:"cover,omitempty"`
	// Alternatives are the ids of other qualities of a video.
	Alternatives []int64 `json:"alternatives,omitempty"`
	// Deleted leaves the id but nothing behind it.
	Deleted bool `json:"deleted,omitempty"`
	// Count, if more than one, makes messages ID, ID+1, … with files File, File+1, …
	Count int `json:"count,omitempty"`
}

// Kinds of files.
const (
	KindDocument  = "document"
	KindVideo     = "video"
	KindAnimation = "animation"
	KindAudio     = "audio"
	KindVoice     = "voice"
	KindPhoto     = "photo"
)

// How many of a file's CDN hash windows come with the redirect.
const (
	HashesNone = "none"
	HashesSome = "some" // the first HashBatch windows
	HashesAll  = "all"
)

// File is one file, or Count of them. Its content is [Content] of its id.
type File struct {
	ID   int64 `json:"id"`
	Size Size  `json:"size"`
	// DC is where the file is; other DCs answer FILE_MIGRATE.
	DC int `json:"dc"`
	// StatedDC is what messages say instead (document.dc_id), which need not
	// exist; zero is DC, and −1 states none.
	StatedDC int `json:"stated_dc,omitempty"`
	// StatedSize is what messages say instead of Size: 0 is that they do not know.
	StatedSize *Size `json:"stated_size,omitempty"`
	// Kind is one of the Kind constants; empty is a document. A photo has three
	// sizes: Size is that of the largest.
	Kind string `json:"kind,omitempty"`
	// Name is the file name, if it has one. In a File with a Count, %d in it
	// is the number from 1.
	Name string `json:"name,omitempty"`
	// Motion is the size of the video of a photo that moves; zero is none.
	Motion Size `json:"motion,omitempty"`
	// Names, if there are any, are stated in place of Name, empty ones too.
	Names []string `json:"names,omitempty"`
	MIME  string   `json:"mime,omitempty"`
	// Lines is the height of a video in pixels; zero is 720.
	Lines int `json:"lines,omitempty"`
	// CDN lets the file's DC redirect to the CDN DC whoever supports it.
	CDN bool `json:"cdn,omitempty"`
	// CDNHashes is one of the Hashes constants; empty is "some".
	CDNHashes string `json:"cdn_hashes,omitempty"`
	// Reupload makes the CDN ask for upload.reuploadCdnFile at first.
	Reupload bool `json:"reupload,omitempty"`
	// NoHashes makes upload.getFileHashes answer with nothing.
	NoHashes bool `json:"no_hashes,omitempty"`
	// SHA256 is the digest in hex for the cluster file. Empty means the
	// known or, for files that are small enough, the computed one.
	SHA256 string `json:"sha256,omitempty"`
	// Count, if more than one, makes files ID, ID+1, … that are otherwise alike.
	Count int `json:"count,omitempty"`
}

// IDs are the ids that a File with a Count stands for.
func (f File) IDs() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for n := range int64(max(f.Count, 1)) {
			if !yield(f.ID + n) {
				return
			}
		}
	}
}

// At returns the single file with this id.
func (f File) At(id int64) File {
	if f.Count > 1 {
		f.Name = strings.Replace(f.Name, "%d", fmt.Sprint(id-f.ID+1), 1)
		f.SHA256 = ""
	}
	f.ID, f.Count = id, 0
	return f
}

// Read reads a scenario from a JSON file and checks it. An error names
// the file, the field and what is wrong with it.
func Read(path string) (Scenario, error) {
	data, err := ownfile.Read(ownfile.Scenario, path)
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario: %w", err)
	}
	s, err := Parse(data)
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", path, err)
	}
	return s, nil
}

// Parse is [Read] for JSON that was read already.
func Parse(data []byte) (Scenario, error) {
	var s Scenario
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Scenario{}, jsonError(data, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Scenario{}, fmt.Errorf("line %d: more after the end of the scenario", lineOf(data, dec.InputOffset()))
	}
	if s.Base != "" {
		if err := s.inherit(data); err != nil {
			return Scenario{}, err
		}
	}
	if err := s.Validate(); err != nil {
		return Scenario{}, err
	}
	return s, nil
}

// inherit fills the top-level fields that the JSON does not mention from the
// preset that Base names.
func (s *Scenario) inherit(data []byte) error {
	var base Scenario
	switch s.Base {
	case "default":
		base = Default()
	case "demo":
		base = Demo()
	default:
		return fmt.Errorf("base: no preset %q (there are \"default\" and \"demo\")", s.Base)
	}
	var said map[string]json.RawMessage
	if err := json.Unmarshal(data, &said); err != nil {
		return err
	}
	// Marshalling both keeps this independent of the list of fields.
	baseJSON, err := json.Marshal(base)
	if err != nil {
		return err
	}
	merged := map[string]json.RawMessage{}
	if err := json.Unmarshal(baseJSON, &merged); err != nil {
		return err
	}
	for k, v := range said {
		merged[k] = v
	}
	if baseJSON, err = json.Marshal(merged); err != nil {
		return err
	}
	*s = Scenario{}
	return json.Unmarshal(baseJSON, s)
}

// jsonError adds the line to an error of encoding/json, and the field where
// that package keeps it to itself.
func jsonError(data []byte, offset int64, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	}
	if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("line %d: %s: a JSON %s does not fit", lineOf(data, typed.Offset), typed.Field, typed.Value)
	}
	return fmt.Errorf("line %d: %w", lineOf(data, offset), err)
}

func lineOf(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte{'\n'})
}
