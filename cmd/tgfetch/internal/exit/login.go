package exit

import (
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/telegram/auth"

	"github.com/tgfetch/tgfetch/dcpool"
)

// ErrNoAccount means that the phone number has no Telegram account. tgfetch does not make one.
var ErrNoAccount = errors.New("this phone number has no Telegram account")

// ErrVouchedDevice means that the only code that there is goes to a device that Google or Apple vouch for.
var ErrVouchedDevice = errors.New("the code for this number goes only to devices that Google or Apple vouch for")

// PaymentError means that Telegram sells the code.
type PaymentError struct {
	Days int // Of Telegram Premium, which is what is bought; 0 if that is not told.
}

func (e *PaymentError) Error() string {
	text := "Telegram wants a payment before it sends a code to this number"
	if e.Days > 0 {
		text += fmt.Sprintf(" (%d days of Telegram Premium, bought in its app)", e.Days)
	}
	return text
}

// LoginFloodError means that somebody has tried too often to log in.
type LoginFloodError struct {
	Method string
	Wait   time.Duration
	Err    error
}

func (e *LoginFloodError) Error() string {
	tried := "Telegram was asked too often"
	switch e.Method {
	case "auth.checkPassword":
		tried = "too many wrong passwords"
	case "auth.signIn", "account.verifyEmail":
		tried = "too many wrong codes"
	case "auth.sendCode", "auth.resendCode", "account.sendVerifyEmailCode":
		tried = "too many codes were asked for"
	case "auth.importBotAuthorization":
		tried = "too many logins of this bot"
	}
	return fmt.Sprintf("%s; Telegram takes the next try in %v", tried, e.Wait.Round(time.Second))
}

func (e *LoginFloodError) Unwrap() error { return e.Err }

// PasswordError means that the password of two-step verification is wrong.
type PasswordError struct {
	// Recovery says that a forgotten one can be replaced by e-mail.
	Recovery bool
	Err      error
}

func (e *PasswordError) Error() string {
	if e.Recovery {
		return "the password is wrong; try it again, or, if it is forgotten, answer with nothing: a code can be sent to the account's recovery e-mail"
	}
	return "the password is wrong; try it again. The account has no recovery e-mail: a forgotten password can be changed only where it is logged in, under Settings, Privacy, Two-Step Verification"
}

func (e *PasswordError) Unwrap() error { return e.Err }

const orQR = ", or run tgfetch login --qr and scan the code with a phone that is logged in"

// loginRules are what can be wrong with a login. The names are those of https://core.telegram.org/api/errors
// for the methods of auth and account that a login calls.
var loginRules = []rule{
	{as[*dcpool.LogOutError], Temporary, "", ""},
	{as[*LoginFloodError], Temporary, "", "or run tgfetch login --qr"},
	{as[*PasswordError], Login, "", ""},
	{as[*PaymentError], Login, "", "log in with an app of Telegram's first" + orQR},
	{is(ErrVouchedDevice), Login, "", "run tgfetch login --qr and scan the code with a phone that is logged in"},
	{is(ErrNoAccount), Login, "", "create it in a Telegram app first"},

	{rpc("PHONE_NUMBER_INVALID"), Login, "Telegram does not know this as a phone number", "give it in international form, such as +15551234567"},
	{rpc("PHONE_NUMBER_BANNED"), Login, "Telegram has banned this phone number", "write to recover@telegram.org"},
	{rpc("PHONE_NUMBER_UNOCCUPIED", "PHONE_NOT_OCCUPIED", "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN"), Login, ErrNoAccount.Error(), "create it in a Telegram app first"},
	{rpc("PHONE_NUMBER_FLOOD"), Temporary, "too many codes were asked for with this number", "wait a day" + orQR},
	{rpc("PHONE_PASSWORD_FLOOD"), Temporary, "too many logins were tried with this number", "wait some hours" + orQR},
	{rpc("PHONE_PASSWORD_PROTECTED"), Login, "a password protects this number, and Telegram sends it no code", "run tgfetch login --qr and scan the code with a phone that is logged in"},
	{rpc("SMS_CODE_CREATE_FAILED"), Temporary, "Telegram could not make an SMS for this number", "try again in some minutes" + orQR},
	{rpc("SEND_CODE_UNAVAILABLE"), Temporary, "Telegram has no other way to send the code now", "enter the one that was sent" + orQR},
	{rpc("EMAIL_INSTALL_MISSING"), Login, "the account has no e-mail address that a code could go to", "run tgfetch login --qr and scan the code with a phone that is logged in"},
	{rpc("UPDATE_APP_TO_LOGIN"), Login, "Telegram lets only newer programs log in to this account", "get a newer tgfetch" + orQR},
	{rpc("AUTH_RESTART"), Temporary, "Telegram asked twice to begin the login again", "try again in some minutes" + orQR},
	{rpc("SIGN_IN_FAILED", "AUTH_KEY_UNSYNCHRONIZED"), Temporary, "Telegram failed to make the login", "try again in some minutes"},
	{rpc("INPUT_REQUEST_TOO_LONG"), Usage, "an answer is longer than Telegram takes", loginAgain},

	{rpc("PHONE_CODE_INVALID", "PHONE_CODE_EMPTY", "PHONE_CODE_HASH_EMPTY"), Login, "the code is wrong", loginAgain + " for a new one"},
	{rpc("PHONE_CODE_EXPIRED", "PHONE_HASH_EXPIRED"), Login, "the code has expired", loginAgain + " for a new one"},
	{rpc("CODE_INVALID", "CODE_EMPTY", "EMAIL_CODE_INVALID"), Login, "the code from the e-mail is wrong", loginAgain + " for a new one"},
	{rpc("EMAIL_VERIFY_EXPIRED"), Login, "the code from the e-mail has expired", loginAgain + " for a new one"},
	{rpc("EMAIL_INVALID"), Login, "this is no e-mail address that Telegram takes", "give one such as name@example.com"},
	{rpc("EMAIL_NOT_ALLOWED"), Login, "Telegram does not send login codes to this e-mail address", "give one of another provider"},
	{rpc("EMAIL_NOT_SETUP"), Login, "the account has no e-mail address for login codes", "set one up in a Telegram app" + orQR},

	{is(auth.ErrPasswordInvalid), Login, "the password is wrong", loginAgain},
	{rpc("PASSWORD_HASH_INVALID"), Login, "the password is wrong", loginAgain},
	{rpc("SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"), Login, "the password was changed meanwhile", loginAgain + " with the new one"},
	{rpc("PASSWORD_RECOVERY_NA"), Login, "the account has no recovery e-mail", "change the password where the account is logged in"},
	{rpc("PASSWORD_RECOVERY_EXPIRED"), Login, "the recovery code has expired", loginAgain + " for a new one"},
	{rpc("PASSWORD_EMPTY"), Login, "the account has no password any more", loginAgain},
	{rpc("SESSION_PASSWORD_NEEDED"), Login, "the account has a password", loginAgain},

	{rpc("AUTH_TOKEN_EXPIRED"), Login, "the QR code has expired", "run tgfetch login --qr again for a new one"},
	{rpc("AUTH_TOKEN_ALREADY_ACCEPTED"), Login, "the QR code was used already", "run tgfetch login --qr again for a new one"},
	{rpc("AUTH_TOKEN_INVALID", "AUTH_TOKEN_INVALIDX", "AUTH_TOKEN_INVALID2", "AUTH_TOKEN_EXCEPTION"), Login, "Telegram does not know the QR code any more", "run tgfetch login --qr again for a new one"},
	{rpc("ACCESS_TOKEN_INVALID"), Login, "the bot token is wrong", "copy it from @BotFather again"},
	{rpc("ACCESS_TOKEN_EXPIRED"), Login, "the bot token was revoked", "copy the new one from @BotFather"},

	{rpc("DC_ID_INVALID", "AUTH_BYTES_INVALID"), Temporary, "the login did not reach another data center", later},
}
