package exit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
)

// refusals are what the methods that a login calls are documented to refuse with, as the pages of these
// methods under https://core.telegram.org/method/ list it, and, where they have more, Telethon's list.
// BUSINESS_CONNECTION_NOT_ALLOWED, which all of them have, is about a wrapper that is not used here.
const refusals = `
auth.sendCode 400 API_ID_INVALID
auth.sendCode 400 API_ID_PUBLISHED_FLOOD
auth.sendCode 500 AUTH_RESTART
auth.sendCode 500 AUTH_RESTART_17
auth.sendCode 400 INPUT_REQUEST_TOO_LONG
auth.sendCode 400 PHONE_NUMBER_APP_SIGNUP_FORBIDDEN
auth.sendCode 400 PHONE_NUMBER_BANNED
auth.sendCode 400 PHONE_NUMBER_FLOOD
auth.sendCode 406 PHONE_NUMBER_INVALID
auth.sendCode 406 PHONE_PASSWORD_FLOOD
auth.sendCode 400 PHONE_PASSWORD_PROTECTED
auth.sendCode 400 SMS_CODE_CREATE_FAILED
auth.sendCode 406 UPDATE_APP_TO_LOGIN
auth.resendCode 400 EMAIL_INSTALL_MISSING
auth.resendCode 400 PHONE_CODE_EMPTY
auth.resendCode 400 PHONE_CODE_EXPIRED
auth.resendCode 400 PHONE_CODE_HASH_EMPTY
auth.resendCode 406 PHONE_NUMBER_INVALID
auth.resendCode 406 SEND_CODE_UNAVAILABLE
auth.signIn 500 AUTH_RESTART
auth.signIn 400 PHONE_CODE_EMPTY
auth.signIn 400 PHONE_CODE_EXPIRED
auth.signIn 400 PHONE_CODE_INVALID
auth.signIn 406 PHONE_NUMBER_INVALID
auth.signIn 400 PHONE_NUMBER_UNOCCUPIED
auth.signIn 500 SIGN_IN_FAILED
auth.signIn 401 SESSION_PASSWORD_NEEDED
auth.signIn 406 UPDATE_APP_TO_LOGIN
auth.checkPassword 500 AUTH_KEY_UNSYNCHRONIZED
auth.checkPassword 400 PASSWORD_HASH_INVALID
auth.checkPassword 400 SRP_ID_INVALID
auth.checkPassword 400 SRP_PASSWORD_CHANGED
auth.requestPasswordRecovery 400 PASSWORD_EMPTY
auth.requestPasswordRecovery 400 PASSWORD_RECOVERY_NA
auth.recoverPassword 400 CODE_EMPTY
auth.recoverPassword 400 CODE_INVALID
auth.recoverPassword 400 PASSWORD_RECOVERY_EXPIRED
auth.importBotAuthorization 400 ACCESS_TOKEN_EXPIRED
auth.importBotAuthorization 400 ACCESS_TOKEN_INVALID
auth.importBotAuthorization 400 API_ID_INVALID
auth.importBotAuthorization 400 API_ID_PUBLISHED_FLOOD
auth.exportLoginToken 400 API_ID_INVALID
auth.exportLoginToken 400 API_ID_PUBLISHED_FLOOD
auth.exportLoginToken 500 AUTH_RESTART
auth.importLoginToken 400 AUTH_TOKEN_ALREADY_ACCEPTED
auth.importLoginToken 400 AUTH_TOKEN_EXPIRED
auth.importLoginToken 400 AUTH_TOKEN_EXCEPTION
auth.importLoginToken 400 AUTH_TOKEN_INVALID
auth.importLoginToken 400 AUTH_TOKEN_INVALID2
auth.importLoginToken 400 AUTH_TOKEN_INVALIDX
auth.exportAuthorization 400 DC_ID_INVALID
auth.importAuthorization 400 AUTH_BYTES_INVALID
account.sendVerifyEmailCode 400 EMAIL_INVALID
account.sendVerifyEmailCode 400 EMAIL_NOT_ALLOWED
account.sendVerifyEmailCode 400 EMAIL_NOT_SETUP
account.sendVerifyEmailCode 400 PHONE_CODE_EMPTY
account.sendVerifyEmailCode 400 PHONE_HASH_EXPIRED
account.sendVerifyEmailCode 400 PHONE_NUMBER_INVALID
account.verifyEmail 400 CODE_INVALID
account.verifyEmail 400 EMAIL_INVALID
account.verifyEmail 400 EMAIL_NOT_ALLOWED
account.verifyEmail 400 EMAIL_VERIFY_EXPIRED
account.verifyEmail 400 PHONE_CODE_EXPIRED
account.verifyEmail 400 PHONE_NUMBER_INVALID
`

// Each has words of its own, says what to do, and has a code that a script can act on.
func TestRefusalsOfALogin(t *testing.T) {
	n := 0
	for line := range strings.Lines(strings.TrimSpace(refusals)) {
		n++
		var method, text string
		var code int
		if _, err := fmt.Sscan(line, &method, &code, &text); err != nil {
			t.Fatal(err)
		}
		err := fmt.Errorf("login: %w", tgerr.New(code, text))
		said := Explain(err, "tgfetch --ns work")
		what, next, _ := strings.Cut(said, "; ")
		if strings.Contains(what, text) || strings.Contains(what, "rpc error") || next == "" {
			t.Errorf("%s %s: %q", method, text, said)
		}
		if got := Of(err); got != Login && got != Temporary && got != Usage {
			t.Errorf("%s %s: code %d", method, text, got)
		}
		if r := find(err); strings.Contains(r.advice, "may see it") {
			t.Errorf("%s %s is taken for a chat's: %q", method, text, said)
		}
	}
	if n < 50 {
		t.Errorf("only %d refusals were looked at", n)
	}
}

func TestLoginFloods(t *testing.T) {
	for method, says := range map[string]string{
		"auth.checkPassword":          "too many wrong passwords; Telegram takes the next try in 23h0m0s; or run tgfetch login --qr",
		"auth.signIn":                 "too many wrong codes; ",
		"auth.sendCode":               "too many codes were asked for; ",
		"auth.importBotAuthorization": "too many logins of this bot; ",
		"auth.exportLoginToken":       "Telegram was asked too often; ",
	} {
		err := &LoginFloodError{Method: method, Wait: 23 * time.Hour, Err: &dcpool.FloodError{Method: method}}
		if got := Explain(err, "tgfetch"); !strings.HasPrefix(got, says) || Of(err) != Temporary {
			t.Errorf("%s: %q, code %d", method, got, Of(err))
		}
	}
}

func TestWrongPasswordSaysWhatCanBeDone(t *testing.T) {
	for recovery, says := range map[bool]string{true: "a code can be sent to the account's recovery e-mail", false: "has no recovery e-mail"} {
		err := fmt.Errorf("login: %w", &PasswordError{Recovery: recovery})
		if got := Explain(err, "tgfetch"); !strings.Contains(got, says) || Of(err) != Login {
			t.Errorf("recovery %v: %q, code %d", recovery, got, Of(err))
		}
	}
}
