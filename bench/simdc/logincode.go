package simdc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gotd/td/tg"
)

// LoginCode is one way in which an account gets a login code.
type LoginCode struct {
	// Via is one of the Via constants.
	Via string `json:"via"`
	// Code is what is right; empty is the account's code.
	Code string `json:"code,omitempty"`
	// Shown is what the answer tells of it: the pattern of the e-mail address or of the
	// number that calls, the prefix of that number, the page at fragment.com, the
	// beginning of the word or phrase.
	Shown string `json:"shown,omitempty"`
	// Timeout is how long, in whole seconds, to wait before the next way may be asked
	// for; zero is not stated.
	Timeout Duration `json:"timeout,omitempty"`
}

// Ways of a login code, as the constructors of auth.SentCodeType and auth.SentCode name them.
const (
	ViaApp        = "app"
	ViaSMS        = "sms"
	ViaCall       = "call"
	ViaFlashCall  = "flash_call"  // the code is the whole number that calls
	ViaMissedCall = "missed_call" // the code is the end of the number that calls
	ViaEmail      = "email"
	ViaEmailSetup = "email_setup" // an address for codes is wanted first, and proven with Code; then the next way
	ViaFragment   = "fragment"
	ViaFirebase   = "firebase" // the code never comes to a client that cannot prove its device
	ViaSMSWord    = "sms_word"
	ViaSMSPhrase  = "sms_phrase"
	ViaSuccess    = "success" // no code is needed
	ViaPayment    = "payment" // a purchase comes before the code
)

var vias = []string{
	ViaApp, ViaSMS, ViaCall, ViaFlashCall, ViaMissedCall, ViaEmail, ViaEmailSetup, ViaFragment, ViaFirebase,
	ViaSMSWord, ViaSMSPhrase, ViaSuccess, ViaPayment,
}

// nextTypes are the ways that auth.resendCode can be announced to go.
var nextTypes = map[string]tg.AuthCodeTypeClass{
	ViaSMS:        &tg.AuthCodeTypeSMS{},
	ViaSMSWord:    &tg.AuthCodeTypeSMS{},
	ViaSMSPhrase:  &tg.AuthCodeTypeSMS{},
	ViaFirebase:   &tg.AuthCodeTypeSMS{},
	ViaCall:       &tg.AuthCodeTypeCall{},
	ViaFlashCall:  &tg.AuthCodeTypeFlashCall{},
	ViaMissedCall: &tg.AuthCodeTypeMissedCall{},
	ViaFragment:   &tg.AuthCodeTypeFragmentSMS{},
}

// ways are those of an account in their order. Clients of others than Telegram itself get a
// code in the app and are offered nothing else. A number that is nobody's gets one, too.
func (a *account) ways() []LoginCode {
	if a == nil {
		return []LoginCode{{Via: ViaApp, Code: "00000"}}
	}
	if len(a.Codes) == 0 {
		return []LoginCode{{Via: ViaApp, Code: a.Code}}
	}
	return a.Codes
}

// way is number n of an account's ways, with its code.
func (a *account) way(n int) LoginCode {
	w := a.ways()[n]
	if a != nil {
		w.Code = cmp.Or(w.Code, a.Code)
	}
	return w
}

// sentCode describes way number n of an account as its client sees it.
func (a *account) sentCode(n int, hash string) *tg.AuthSentCode {
	w := a.way(n)
	sent := &tg.AuthSentCode{Type: w.sentType(), PhoneCodeHash: hash}
	if w.Timeout > 0 {
		sent.SetTimeout(int(w.Timeout.Std() / time.Second))
	}
	if ways := a.ways(); n+1 < len(ways) && w.Via != ViaEmailSetup {
		if next := nextTypes[ways[n+1].Via]; next != nil {
			sent.SetNextType(next)
		}
	}
	return sent
}

func (w LoginCode) sentType() tg.AuthSentCodeTypeClass {
	length := utf8.RuneCountInString(w.Code)
	switch w.Via {
	case ViaSMS:
		return &tg.AuthSentCodeTypeSMS{Length: length}
	case ViaCall:
		return &tg.AuthSentCodeTypeCall{Length: length}
	case ViaFlashCall:
		return &tg.AuthSentCodeTypeFlashCall{Pattern: w.Shown}
	case ViaMissedCall:
		return &tg.AuthSentCodeTypeMissedCall{Prefix: w.Shown, Length: length}
	case ViaEmail:
		return &tg.AuthSentCodeTypeEmailCode{EmailPattern: w.Shown, Length: length}
	case ViaEmailSetup:
		return &tg.AuthSentCodeTypeSetUpEmailRequired{}
	case ViaFragment:
		return &tg.AuthSentCodeTypeFragmentSMS{URL: w.Shown, Length: length}
	case ViaFirebase:
		t := &tg.AuthSentCodeTypeFirebaseSMS{Length: length}
		t.SetNonce([]byte("nonce"))
		return t
	case ViaSMSWord:
		t := &tg.AuthSentCodeTypeSMSWord{}
		if w.Shown != "" {
			t.SetBeginning(w.Shown)
		}
		return t
	case ViaSMSPhrase:
		t := &tg.AuthSentCodeTypeSMSPhrase{}
		if w.Shown != "" {
			t.SetBeginning(w.Shown)
		}
		return t
	default:
		return &tg.AuthSentCodeTypeApp{Length: length}
	}
}

// validateCodes checks how an account logs in.
func (a Account) validateCodes() error {
	if a.AuthRestarts < 0 {
		return fmt.Errorf("auth_restarts: %d is negative", a.AuthRestarts)
	}
	if a.Password == "" && (a.PasswordHint != "" || a.RecoveryEmail != "") {
		return fmt.Errorf("password_hint and recovery_email: need a password")
	}
	if a.BotToken != "" && (len(a.Codes) > 0 || a.AuthRestarts > 0 || a.Password != "") {
		return fmt.Errorf("codes, auth_restarts and password: a bot logs in with its token alone")
	}
	for i, w := range a.Codes {
		switch {
		case !slices.Contains(vias, w.Via):
			return fmt.Errorf("codes[%d].via: %q is none of %s", i, w.Via, strings.Join(vias, ", "))
		case w.Timeout < 0 || w.Timeout.Std()%time.Second != 0:
			return fmt.Errorf("codes[%d].timeout: %v is not a number of whole seconds", i, w.Timeout.Std())
		case w.Via == ViaEmailSetup && i+1 == len(a.Codes):
			return fmt.Errorf("codes[%d].via: an address for codes is set up for a code that comes next", i)
		case w.Via == ViaFirebase && w.Code != "":
			return fmt.Errorf("codes[%d].code: a code of firebase does not come", i)
		}
	}
	return nil
}
