package main

import (
	"fmt"
	"strings"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// codeQuestion asks for a code that was sent: it says where to look, and what the code looks like.
//
// https://core.telegram.org/type/auth.SentCodeType
func codeQuestion(sent tg.AuthSentCodeTypeClass) string {
	switch t := sent.(type) {
	case *tg.AuthSentCodeTypeApp:
		return "Code" + in(count(t.Length, "digit"), "in the Telegram app on your other devices")
	case *tg.AuthSentCodeTypeSMS:
		return "Code" + in(count(t.Length, "digit"), "by SMS")
	case *tg.AuthSentCodeTypeFirebaseSMS:
		return "Code" + in(count(t.Length, "digit"), "by SMS to devices that Google or Apple vouch for; another one can be asked for")
	case *tg.AuthSentCodeTypeCall:
		return "Code" + in(count(t.Length, "digit"), "told by a call")
	case *tg.AuthSentCodeTypeFlashCall:
		return "Number that calls you, all of it" + in(pattern(t.Pattern), "do not answer")
	case *tg.AuthSentCodeTypeMissedCall:
		return fmt.Sprintf("Last %s of the number that calls you", lastDigits(t.Length)) + in(beginning(t.Prefix), "do not answer")
	case *tg.AuthSentCodeTypeEmailCode:
		return "Code" + in(count(t.Length, "digit"), "by e-mail to "+plain.Short(t.EmailPattern))
	case *tg.AuthSentCodeTypeFragmentSMS:
		where := "at https://fragment.com, where the number is from"
		if t.URL != "" {
			where = "at " + plain.Short(t.URL)
		}
		return "Code" + in(count(t.Length, "digit"), where)
	case *tg.AuthSentCodeTypeSMSWord:
		return "Word" + in("by SMS", beginning(t.Beginning))
	case *tg.AuthSentCodeTypeSMSPhrase:
		return "Phrase" + in("by SMS", beginning(t.Beginning))
	}
	return "Code"
}

// in puts what is known of a code in brackets.
func in(parts ...string) string {
	var known []string
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return " (" + strings.Join(known, ", ") + ")"
}

func count(n int, unit string) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return "1 " + unit
	default:
		return fmt.Sprintf("%d %ss", n, unit)
	}
}

func lastDigits(n int) string {
	if n <= 0 {
		return "digits"
	}
	return count(n, "digit")
}

func beginning(text string) string {
	if text == "" {
		return ""
	}
	return plain.Sprintf(`it begins with "%s"`, plain.Short(text))
}

// pattern shows the number that will call; a * in it stands for what is not told.
func pattern(text string) string {
	if text == "" {
		return ""
	}
	return "it looks like " + plain.Short(text)
}

// neverArrives says that a code does not come here, and that there is no other way to get one: it goes to
// official apps alone.
func neverArrives(sent *tg.AuthSentCode) bool {
	_, firebase := sent.Type.(*tg.AuthSentCodeTypeFirebaseSMS)
	return firebase && !canResend(sent)
}

// canResend says whether auth.resendCode has a way to go. Codes by e-mail can be sent again and again.
func canResend(sent *tg.AuthSentCode) bool {
	_, email := sent.Type.(*tg.AuthSentCodeTypeEmailCode)
	return email || sent.NextType != nil
}

// resendHint says what an empty answer brings; "" if that is nothing.
func resendHint(sent *tg.AuthSentCode) string {
	if !canResend(sent) {
		return ""
	}
	when := ""
	if sent.Timeout > 0 {
		when = fmt.Sprintf(", in %d s at the earliest", sent.Timeout)
	}
	hint := fmt.Sprintf("if it does not come, an empty answer has a new one sent%s%s", byWay(sent.NextType), when)
	if t, ok := sent.Type.(*tg.AuthSentCodeTypeEmailCode); ok && (t.ResetAvailablePeriod > 0 || t.ResetPendingDate > 0) {
		hint += "; an address you have no more is reset in a Telegram app"
	}
	return hint
}

// byWay names the way of the next code.
func byWay(next tg.AuthCodeTypeClass) string {
	switch next.(type) {
	case *tg.AuthCodeTypeSMS:
		return " by SMS"
	case *tg.AuthCodeTypeCall:
		return " by a call"
	case *tg.AuthCodeTypeFlashCall, *tg.AuthCodeTypeMissedCall:
		return " as the number of a call"
	case *tg.AuthCodeTypeFragmentSMS:
		return " to fragment.com"
	}
	return ""
}

// typed is an answer as Telegram wants it: codes without what people put between the digits, numbers
// without their plus sign, words as they are.
func typed(sent tg.AuthSentCodeTypeClass, answer string) string {
	switch sent.(type) {
	case *tg.AuthSentCodeTypeSMSWord, *tg.AuthSentCodeTypeSMSPhrase:
		return answer
	case *tg.AuthSentCodeTypeFlashCall:
		return strings.TrimPrefix(joined(answer), "+")
	}
	return joined(answer)
}

// joined drops spaces and dashes.
func joined(answer string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u2013", "").Replace(answer)
}
