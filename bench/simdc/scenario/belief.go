package scenario

import (
	"fmt"
	"slices"
)

// A Belief names a rule of Telegram's servers that clients rely on although no
// standard fixes it. The simulator follows every one of them unless
// [Scenario.Turned] lists it: then it does the opposite, and a client that
// is right under both readings does not mind. Package simdc's BELIEFS.md
// says for each rule who else acts on it.
type Belief string

// The beliefs that can be turned round. The comments say what is believed.
const (
	// FullLastWindow: the last hash window of a file states HashWindow bytes
	// although fewer follow. Turned: it states what follows.
	FullLastWindow Belief = "full-last-window"
	// PhotoHashes: upload.getFileHashes answers for photos as it does for
	// documents. Turned: it has nothing to say about them.
	PhotoHashes Belief = "photo-hashes"
	// FreshKeys: a new key is known at all addresses of its data center at once.
	// Turned: for two seconds only where it was made, see [DC.KeySpread].
	FreshKeys Belief = "fresh-keys"
	// ManyTempKeys: several temporary keys may be bound to one permanent key. Turned:
	// a bind drops the one that was bound before.
	ManyTempKeys Belief = "many-temp-keys"
	// GeneralIsThread: messages.getReplies reads a forum's topic General as the
	// thread 1. Turned: there is no such thread.
	GeneralIsThread Belief = "general-is-thread"
	// ResendPause: auth.resendCode is refused until the timeout of auth.sentCode
	// is over. Turned: it is taken at any time.
	ResendPause Belief = "resend-pause"
	// EmailCodeRefusal: auth.signIn refuses a wrong code from an e-mail with
	// PHONE_CODE_INVALID. Turned: with CODE_INVALID.
	EmailCodeRefusal Belief = "email-code-refusal"
	// ForbiddenDialogsHidden: a chat that the account was thrown out of is not in
	// its list of chats. Turned: it is, without its last message.
	ForbiddenDialogsHidden Belief = "forbidden-dialogs-hidden"
	// AnyHeaderDC: whatever DC id the obfuscation's header names, the connection
	// is served. Turned: another DC's is answered with −444.
	AnyHeaderDC Belief = "any-header-dc"
	// AnyFirstMsgID: the first message of a key exchange may have any msg_id.
	// Turned: one that no client may use is answered with −404.
	AnyFirstMsgID Belief = "any-first-msg-id"
	// EmptyBehindEnd: upload.getFile answers a range behind the end of the file with
	// no bytes. Turned: with OFFSET_INVALID.
	EmptyBehindEnd Belief = "empty-behind-end"
	// ExportsWhole: within an export, messages.getHistory reads the chats with users
	// and basic groups whole. Turned: outside of invokeWithMessagesRange only the
	// newest range.
	ExportsWhole Belief = "exports-whole"
)

// Beliefs returns all beliefs that can be turned round.
func Beliefs() []Belief {
	return []Belief{
		FullLastWindow,
		PhotoHashes,
		FreshKeys,
		ManyTempKeys,
		GeneralIsThread,
		ResendPause,
		EmailCodeRefusal,
		ForbiddenDialogsHidden,
		AnyHeaderDC,
		AnyFirstMsgID,
		EmptyBehindEnd,
		ExportsWhole,
	}
}

// Turns reports whether the scenario turns b round.
func (s Scenario) Turns(b Belief) bool { return slices.Contains(s.Turned, b) }

func (s Scenario) validateTurned() error {
	for i, b := range s.Turned {
		if !slices.Contains(Beliefs(), b) {
			return fmt.Errorf("turned[%d]: no belief %q (there are %q)", i, b, Beliefs())
		}
	}
	return nil
}
