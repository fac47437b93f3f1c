// Package session keeps what must survive the process: authorization keys,
// and facts that make the next start faster.
//
// The two are kept apart because their loss costs differently. [Keys] are
// small, secret and precious: losing them means logging in again, so they are
// written durably and a damaged file is an error, never a silent new login.
// [State] is a cache of what servers said (data center addresses, peers, the
// data center of a document): losing it costs round trips, so it is written
// cheaply and a damaged file is ignored.
//
// Most callers need [OpenDir] and hand the result to the pool:
//
//	store, err := session.OpenDir(dir, session.DirOptions{})
//	...
//	defer store.Close()
//
// Several processes may use one directory: every change of the keys is read,
// applied and written under a file lock. [NewMemory] is the same without a disk, and
// [FromBlob] in any place that keeps a value.
//
// Whoever can read the keys file is the account, unless DirOptions.Passphrase is
// set, or Dir.SetPassphrase is called: then the file is encrypted as age (https://age-encryption.org) does it,
// and "age -d keys" shows it to whoever knows the passphrase. Opening it and
// writing it then cost a third of a second of a core each. The state file holds
// no key and is never encrypted.
//
// # Files
//
// In the folder lie keys, state and lock. Both keys and state are the line "tgfetch keys 1 <sha256 of the rest>", or
// "tgfetch state 1 …", and then a JSON object: sections account, dcs and cdn; options, options_expire, cdn_keys, peers,
// documents, files, endpoints, dcs and queues. They are replaced atomically; keys has mode 0600 and is durable when
// UpdateKeys returns, state is written every two seconds at most and by Flush, merged entry by entry with what other
// processes wrote. lock is empty, and locked for changes of both. Sections that a version does not know are kept; a
// higher version number means "do not touch": keys are then an error, state is ignored.
//
// Locks: Dir.mu guards the state in memory, the channel Dir.writing is who writes it, vault.mu guards the passphrase and
// is held while it is asked for.
package session

import (
	"maps"
	"slices"
	"time"

	"github.com/gotd/td/crypto"
)

// Store keeps keys and state. Implementations are safe for concurrent use, and may be
// a [Flusher]; sessiontest.Run tells whether one keeps all this. [FromBlob] is one in a
// few lines over any place that keeps a value. Maps that a Store hands out may be nil:
// who uses it makes them, see [Whole].
type Store interface {
	// Keys returns a copy of the keys as stored now, other processes' changes
	// included. Errors: [*DamagedError], [*PassphraseError], or the file
	// system's.
	Keys() (Keys, error)

	// UpdateKeys applies fn to the stored keys and stores the result durably,
	// as one step with regard to other processes. fn may run while other
	// processes wait, so it only edits; its error aborts the update and is
	// returned as it is. fn's argument is fn's only while it runs.
	UpdateKeys(fn func(*Keys) error) error

	// State returns a copy of the state. It costs time in proportion to the
	// state; to look up one entry use ViewState.
	State() (State, error)

	// ViewState runs fn on the state without copying it. fn must not change
	// the state, keep any part of it, or call the Store.
	ViewState(fn func(*State)) error

	// UpdateState applies fn to the state. The change is seen at once by
	// State and ViewState of the same Store and may reach the disk later, or
	// never if the process dies. An error of fn is returned as it is; whether
	// changes made before it are kept is not defined. fn must not call the
	// Store.
	UpdateState(fn func(*State) error) error
}

// Keys is the secret half of a session: one account on one network.
type Keys struct {
	// HomeDC is the data center the account lives on; 0 when not known yet.
	HomeDC int
	// UserID is the account logged in with these keys; 0 when nobody is.
	UserID int64
	// Bot says that UserID is a bot.
	Bot bool
	// DCs holds the key of each data center by its positive id. Media-only
	// endpoints share the key of their data center.
	DCs map[int]DCKeys
	// CDN holds the keys of CDN data centers, which never carry a login.
	CDN map[int]DCKeys
}

// DCKeys is what one data center and this client agreed on.
type DCKeys struct {
	// AuthKey is the permanent authorization key. Its String does not show it.
	AuthKey crypto.Key
	// Salts are server salts, the current and future ones, in order of Since.
	Salts []Salt
	// Imported says that AuthKey is authorized as Keys.UserID: by the login on
	// the home data center, by an imported authorization elsewhere.
	Imported bool
	// TimeOffset is the server's clock minus ours when last compared.
	TimeOffset time.Duration
	// CreatedAt is when the key was made.
	CreatedAt time.Time
}

// Salt is a server salt and the server time it is valid for. Zero times mean
// that the bound is not known.
type Salt struct {
	Value        int64
	Since, Until time.Time
}

// Clone returns a deep copy.
func (k Keys) Clone() Keys {
	k.DCs = cloneDCKeys(k.DCs)
	k.CDN = cloneDCKeys(k.CDN)
	return k
}

func cloneDCKeys(m map[int]DCKeys) map[int]DCKeys {
	m = maps.Clone(m)
	for id, dc := range m {
		dc.Salts = slices.Clone(dc.Salts)
		m[id] = dc
	}
	return m
}

// init gives a decoded or zero Keys maps that callers can write to.
func (k *Keys) initMaps() {
	if k.DCs == nil {
		k.DCs = make(map[int]DCKeys)
	}
	if k.CDN == nil {
		k.CDN = make(map[int]DCKeys)
	}
}
