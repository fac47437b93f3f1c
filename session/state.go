package session

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is the half of a session whose loss costs only speed. Its maps are
// never nil in the argument of the callbacks of a Store that is [Whole].
type State struct {
	// Options are the addresses of help.getConfig, used until OptionsExpire
	// and afterwards too until fresh ones arrive.
	Options []DCOption `json:"options,omitzero"`
	// OptionsExpire is when fresh ones are due, by our clock.
	OptionsExpire time.Time `json:"options_expire,omitzero"`
	// CDNKeys are the RSA keys of help.getCdnConfig.
	CDNKeys []CDNKey `json:"cdn_keys,omitzero"`
	// Peers holds known peers under [UsernameKey], [ChannelKey], [UserKey] and
	// [ChatKey]. Access hashes belong to the account that learnt them.
	Peers map[string]Peer `json:"peers,omitzero"`
	// Documents holds the data center of a file under [DocumentKey] and the
	// like, where it differed from what its message said, and under [FilesKey]
	// that of the last file of a chat.
	Documents map[string]int `json:"documents,omitzero"`
	// Files holds the files that were finished here, by absolute path.
	Files map[string]FinishedFile `json:"files,omitzero"`
	// Endpoints holds what was learnt about an address, by "host:port".
	Endpoints map[string]Endpoint `json:"endpoints,omitzero"`
	// DCs holds advice per data center id, negative for CDN data centers.
	DCs map[int]DCAdvice `json:"dcs,omitzero"`
	// Queues is what help.getAppConfig said about files at once.
	Queues Queues `json:"queues,omitzero"`
}

// DCOption is one address of a data center, as in the dcOption constructor.
//
// See https://core.telegram.org/constructor/dcOption.
type DCOption struct {
	ID           int    `json:"id"`
	IP           string `json:"ip"`
	Port         int    `json:"port"`
	IPv6         bool   `json:"ipv6,omitzero"`
	MediaOnly    bool   `json:"media_only,omitzero"`
	TCPOOnly     bool   `json:"tcpo_only,omitzero"` // Obfuscated transport only.
	CDN          bool   `json:"cdn,omitzero"`
	Static       bool   `json:"static,omitzero"`
	ThisPortOnly bool   `json:"this_port_only,omitzero"`
	Secret       []byte `json:"secret,omitzero"` // Secret of the obfuscated transport.
}

// CDNKey is an RSA public key of a CDN data center.
type CDNKey struct {
	DC  int    `json:"dc"`
	PEM string `json:"pem"`
}

// PeerKind says what a [Peer] is.
type PeerKind uint8

// Kinds of peers. The values are part of the file format.
const (
	PeerUser    PeerKind = 1
	PeerChat    PeerKind = 2 // A basic group; it has no access hash.
	PeerChannel PeerKind = 3 // A channel or supergroup.
)

// String is the kind in a word: user, chat or channel.
func (k PeerKind) String() string {
	switch k {
	case PeerUser:
		return "user"
	case PeerChat:
		return "chat"
	case PeerChannel:
		return "channel"
	}
	return "unknown"
}

// Peer is an account, group or channel and the hash that opens it.
type Peer struct {
	Kind       PeerKind `json:"kind"`
	ID         int64    `json:"id"`
	AccessHash int64    `json:"access_hash,omitzero"`
	Username   string   `json:"username,omitzero"`
	Title      string   `json:"title,omitzero"`
	Bot        bool     `json:"bot,omitzero"`
	// Broadcast says that a channel is known to be no group.
	Broadcast bool `json:"broadcast,omitzero"`
	// Seen is when a username last led to the peer, under [UsernameKey] alone.
	Seen time.Time `json:"seen,omitzero"`
}

// FinishedFile is a file on disk as it was when it was complete: which it is, and
// what changes with whoever changes it.
type FinishedFile struct {
	// Document is the kind, id and variant of the file on Telegram.
	Document string `json:"document"`
	Size     int64  `json:"size"`
	// Modified and Changed are times in nanoseconds since 1970, of the contents and of
	// anything about the file; Inode is its number. Changed and Inode are 0 on
	// systems without.
	Modified int64  `json:"modified"`
	Changed  int64  `json:"changed,omitzero"`
	Inode    uint64 `json:"inode,omitzero"`
}

// Endpoint is what is worth knowing about an address before dialling it.
type Endpoint struct {
	// Transport is the name of the transport that last worked there.
	Transport string `json:"transport,omitzero"`
	// DC is the id that the server there gave as its own; 0 when not asked.
	DC int `json:"dc,omitzero"`
	// Since is when Transport was found, if it is not the obfuscated one: that is
	// tried again after a while.
	Since time.Time `json:"since,omitzero"`
	// Window is how many bytes in flight suited one media or CDN connection, and
	// Measured when that was found.
	Window   int       `json:"window,omitzero"`
	Measured time.Time `json:"measured,omitzero"`
}

// Queues is how many files Telegram asks the account to fetch at once from one data
// center: less (small) or more (large) than 20 MB each. 0 is not known.
//
// See https://core.telegram.org/api/config.
type Queues struct {
	Small        int `json:"small,omitzero"`
	Large        int `json:"large,omitzero"`
	SmallPremium int `json:"small_premium,omitzero"`
	LargePremium int `json:"large_premium,omitzero"`
	// Premium says that the account has Telegram Premium.
	Premium bool `json:"premium,omitzero"`
	// Hash is the version of the answer, Checked when it was last asked for.
	Hash    int       `json:"hash,omitzero"`
	Checked time.Time `json:"checked,omitzero"`
}

// DCAdvice is how a data center was last used with success.
type DCAdvice struct {
	// Connections is the number of parallel connections that paid off.
	Connections int `json:"connections,omitzero"`
	// Window is the bytes in flight on each of them that a measurement found to be
	// best; 0 is unknown.
	Window int `json:"window,omitzero"`
	// RTT is the smallest round trip seen, in milliseconds.
	RTT int64 `json:"rtt_ms,omitzero"`
}

// UsernameKey is the key in State.Peers of a username, whose case and leading
// @ do not matter.
func UsernameKey(name string) string {
	return "@" + strings.ToLower(strings.TrimPrefix(name, "@"))
}

// ChannelKey is the key in State.Peers of a channel id.
func ChannelKey(id int64) string { return "c" + strconv.FormatInt(id, 10) }

// UserKey is the key in State.Peers of a user id.
func UserKey(id int64) string { return "u" + strconv.FormatInt(id, 10) }

// ChatKey is the key in State.Peers of a basic group id.
func ChatKey(id int64) string { return "g" + strconv.FormatInt(id, 10) }

// DocumentKey is the key in State.Documents of a document id.
func DocumentKey(id int64) string { return "document:" + strconv.FormatInt(id, 10) }

// PhotoKey is the key in State.Documents of a photo id.
func PhotoKey(id int64) string { return "photo:" + strconv.FormatInt(id, 10) }

// FilesKey is the key in State.Documents of the last file of a chat.
func FilesKey(chat Peer) string {
	switch chat.Kind {
	case PeerChannel:
		return "chat:" + ChannelKey(chat.ID)
	case PeerChat:
		return "chat:" + ChatKey(chat.ID)
	default:
		return "chat:" + UserKey(chat.ID)
	}
}

// Clone returns a deep copy.
func (s State) Clone() State {
	s.Options = slices.Clone(s.Options)
	for i := range s.Options {
		s.Options[i].Secret = slices.Clone(s.Options[i].Secret)
	}
	s.CDNKeys = slices.Clone(s.CDNKeys)
	s.Peers = maps.Clone(s.Peers)
	s.Documents = maps.Clone(s.Documents)
	s.Files = maps.Clone(s.Files)
	s.Endpoints = maps.Clone(s.Endpoints)
	s.DCs = maps.Clone(s.DCs)
	return s
}

func (s *State) initMaps() {
	if s.Peers == nil {
		s.Peers = make(map[string]Peer)
	}
	if s.Documents == nil {
		s.Documents = make(map[string]int)
	}
	if s.Files == nil {
		s.Files = make(map[string]FinishedFile)
	}
	if s.Endpoints == nil {
		s.Endpoints = make(map[string]Endpoint)
	}
	if s.DCs == nil {
		s.DCs = make(map[int]DCAdvice)
	}
}
