package simdc

import (
	"cmp"
	"time"
	"unicode/utf8"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// nextTypes are the ways that auth.resendCode can be announced to go.
var nextTypes = map[string]tg.AuthCodeTypeClass{
	scenario.ViaSMS:        &tg.AuthCodeTypeSMS{},
	scenario.ViaSMSWord:    &tg.AuthCodeTypeSMS{},
	scenario.ViaSMSPhrase:  &tg.AuthCodeTypeSMS{},
	scenario.ViaFirebase:   &tg.AuthCodeTypeSMS{},
	scenario.ViaCall:       &tg.AuthCodeTypeCall{},
	scenario.ViaFlashCall:  &tg.AuthCodeTypeFlashCall{},
	scenario.ViaMissedCall: &tg.AuthCodeTypeMissedCall{},
	scenario.ViaFragment:   &tg.AuthCodeTypeFragmentSMS{},
}

// ways are those of an account in their order. Clients of others than Telegram itself get a
// code in the app and are offered nothing else. A number that is nobody's gets one, too.
func (a *account) ways() []scenario.LoginCode {
	if a == nil {
		return []scenario.LoginCode{{Via: scenario.ViaApp, Code: "00000"}}
	}
	if len(a.Codes) == 0 {
		return []scenario.LoginCode{{Via: scenario.ViaApp, Code: a.Code}}
	}
	return a.Codes
}

// way is number n of an account's ways, with its code.
func (a *account) way(n int) scenario.LoginCode {
	w := a.ways()[n]
	if a != nil {
		w.Code = cmp.Or(w.Code, a.Code)
	}
	return w
}

// sentCode describes way number n of an account as its client sees it.
func (a *account) sentCode(n int, hash string) *tg.AuthSentCode {
	w := a.way(n)
	sent := &tg.AuthSentCode{Type: sentType(w), PhoneCodeHash: hash}
	if w.Timeout > 0 {
		sent.SetTimeout(int(w.Timeout.Std() / time.Second))
	}
	if ways := a.ways(); n+1 < len(ways) && w.Via != scenario.ViaEmailSetup {
		if next := nextTypes[ways[n+1].Via]; next != nil {
			sent.SetNextType(next)
		}
	}
	return sent
}

func sentType(w scenario.LoginCode) tg.AuthSentCodeTypeClass {
	length := utf8.RuneCountInString(w.Code)
	switch w.Via {
	case scenario.ViaSMS:
		return &tg.AuthSentCodeTypeSMS{Length: length}
	case scenario.ViaCall:
		return &tg.AuthSentCodeTypeCall{Length: length}
	case scenario.ViaFlashCall:
		return &tg.AuthSentCodeTypeFlashCall{Pattern: w.Shown}
	case scenario.ViaMissedCall:
		return &tg.AuthSentCodeTypeMissedCall{Prefix: w.Shown, Length: length}
	case scenario.ViaEmail:
		return &tg.AuthSentCodeTypeEmailCode{EmailPattern: w.Shown, Length: length}
	case scenario.ViaEmailSetup:
		return &tg.AuthSentCodeTypeSetUpEmailRequired{}
	case scenario.ViaFragment:
		return &tg.AuthSentCodeTypeFragmentSMS{URL: w.Shown, Length: length}
	case scenario.ViaFirebase:
		t := &tg.AuthSentCodeTypeFirebaseSMS{Length: length}
		t.SetNonce([]byte("nonce"))
		return t
	case scenario.ViaSMSWord:
		t := &tg.AuthSentCodeTypeSMSWord{}
		if w.Shown != "" {
			t.SetBeginning(w.Shown)
		}
		return t
	case scenario.ViaSMSPhrase:
		t := &tg.AuthSentCodeTypeSMSPhrase{}
		if w.Shown != "" {
			t.SetBeginning(w.Shown)
		}
		return t
	default:
		return &tg.AuthSentCodeTypeApp{Length: length}
	}
}
