package main

import (
	"testing"

	"github.com/gotd/td/tg"
)

func TestCodeQuestion(t *testing.T) {
	for _, tt := range []struct {
		sent tg.AuthSentCodeTypeClass
		want string
	}{
		{&tg.AuthSentCodeTypeApp{Length: 5}, "Code (5 digits, in the Telegram app on your other devices)"},
		{&tg.AuthSentCodeTypeApp{}, "Code (in the Telegram app on your other devices)"},
		{&tg.AuthSentCodeTypeSMS{Length: 1}, "Code (1 digit, by SMS)"},
		{&tg.AuthSentCodeTypeCall{Length: -5}, "Code (told by a call)"},
		{&tg.AuthSentCodeTypeFlashCall{}, "Number that calls you, all of it (do not answer)"},
		{&tg.AuthSentCodeTypeFlashCall{Pattern: "+1*"}, "Number that calls you, all of it (it looks like +1*, do not answer)"},
		{&tg.AuthSentCodeTypeMissedCall{}, "Last digits of the number that calls you (do not answer)"},
		{&tg.AuthSentCodeTypeMissedCall{Length: 5, Prefix: "+1555"}, `Last 5 digits of the number that calls you (it begins with "+1555", do not answer)`},
		{&tg.AuthSentCodeTypeEmailCode{Length: 6, EmailPattern: "a***@b.c"}, "Code (6 digits, by e-mail to a***@b.c)"},
		{&tg.AuthSentCodeTypeFragmentSMS{Length: 5}, "Code (5 digits, at https://fragment.com, where the number is from)"},
		{&tg.AuthSentCodeTypeFragmentSMS{URL: "https://fragment.com/x"}, "Code (at https://fragment.com/x)"},
		{&tg.AuthSentCodeTypeSMSWord{}, "Word (by SMS)"},
		{&tg.AuthSentCodeTypeSMSPhrase{Beginning: "two\n\x1b[2Jw"}, `Phrase (by SMS, it begins with "two \u001b[2Jw")`},
	} {
		if got := codeQuestion(tt.sent); got != tt.want {
			t.Errorf("%T: %q, want %q", tt.sent, got, tt.want)
		}
	}
}

func TestResendHint(t *testing.T) {
	for _, tt := range []struct {
		sent tg.AuthSentCode
		want string
	}{
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeApp{}}, ""},
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeApp{}, Timeout: 60}, ""},
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeApp{}, NextType: &tg.AuthCodeTypeSMS{}, Timeout: 60}, "if it does not come, an empty answer has a new one sent by SMS, in 60 s at the earliest"},
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeSMS{}, NextType: &tg.AuthCodeTypeCall{}}, "if it does not come, an empty answer has a new one sent by a call"},
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeSMS{}, NextType: &tg.AuthCodeTypeMissedCall{}}, "if it does not come, an empty answer has a new one sent as the number of a call"},
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeSMS{}, NextType: &tg.AuthCodeTypeFragmentSMS{}}, "if it does not come, an empty answer has a new one sent to fragment.com"},
		{tg.AuthSentCode{Type: &tg.AuthSentCodeTypeEmailCode{ResetAvailablePeriod: 9}}, "if it does not come, an empty answer has a new one sent; an address you have no more is reset in a Telegram app"},
	} {
		if got := resendHint(&tt.sent); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.sent.Type, got, tt.want)
		}
	}
}

func TestTypedCode(t *testing.T) {
	for _, tt := range []struct {
		sent      tg.AuthSentCodeTypeClass
		in, typed string
	}{
		{&tg.AuthSentCodeTypeApp{}, "12 345", "12345"},
		{&tg.AuthSentCodeTypeEmailCode{}, "123-456", "123456"},
		{&tg.AuthSentCodeTypeFlashCall{}, "+1 555-0123", "15550123"},
		{&tg.AuthSentCodeTypeSMSWord{}, "well-known", "well-known"},
		{&tg.AuthSentCodeTypeSMSPhrase{}, "once upon a time", "once upon a time"},
	} {
		if got := typed(tt.sent, tt.in); got != tt.typed {
			t.Errorf("%T %q: %q, want %q", tt.sent, tt.in, got, tt.typed)
		}
	}
}
