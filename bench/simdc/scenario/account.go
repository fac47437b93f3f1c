package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxAnswer is the largest answer of upload.getFile, in bytes.
const maxAnswer = 1 << 20

// Allowance is how much an account may read with upload.getFile, over all DCs,
// before it is asked to wait, as Telegram asks accounts without Premium. The
// zero value is any amount. A bound on requests at a time is a [Fault] with
// Parallel.
type Allowance struct {
	// Rate is the bytes per second that may be read in the long run.
	Rate Size `json:"rate,omitempty"`
	// Burst is what may be read at once after a pause; zero is one MiB.
	Burst Size `json:"burst,omitempty"`
	// Wait is the seconds of FLOOD_PREMIUM_WAIT; zero is 3.
	Wait int `json:"wait,omitempty"`
	// BusyAfter is how many requests in a row are refused so before all are
	// answered with −503, and BusyFor for how long. Zero is never.
	BusyAfter int      `json:"busy_after,omitempty"`
	BusyFor   Duration `json:"busy_for,omitempty"`
}

func (a Allowance) validate() error {
	switch {
	case a.Rate < 0 || a.Burst < 0 || a.Wait < 0 || a.BusyAfter < 0 || a.BusyFor < 0:
		return fmt.Errorf("allowance: negative")
	case a.Rate == 0 && a != (Allowance{}):
		return fmt.Errorf("allowance.rate: needed")
	case (a.BusyAfter == 0) != (a.BusyFor == 0):
		return fmt.Errorf("allowance.busy_after and busy_for: each needs the other")
	case 0 < a.Burst && a.Burst < maxAnswer:
		return fmt.Errorf("allowance.burst: less than the largest answer, %d", maxAnswer)
	}
	return nil
}

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

// MinPhoneDigits is the length of the shortest phone number.
const MinPhoneDigits = 7

// Digits reduces a phone number to its digits.
func Digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}
