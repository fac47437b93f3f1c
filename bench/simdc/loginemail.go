package simdc

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerLoginEmail adds the methods that set up an e-mail address for login codes.
// https://core.telegram.org/api/auth#email-verification
func registerLoginEmail(m methods) {
	add(m, open, (*call).sendVerifyEmailCode)
	add(m, open, (*call).verifyEmail)
}

// settingUp finds the login that an address is set up for.
func (c *call) settingUp(purpose tg.EmailVerifyPurposeClass) (*account, *tg.EmailVerifyPurposeLoginSetup, pendingCode, error) {
	setup, ok := purpose.(*tg.EmailVerifyPurposeLoginSetup)
	if !ok {
		return nil, nil, pendingCode{}, fail(400, "EMAIL_NOT_ALLOWED") // The other purposes are those of settings.
	}
	a, err := c.phone(setup.PhoneNumber)
	if err != nil {
		return nil, nil, pendingCode{}, err
	}
	sent, err := c.pending(setup.PhoneNumber, setup.PhoneCodeHash)
	if err != nil {
		return nil, nil, pendingCode{}, fail(400, "PHONE_HASH_EXPIRED")
	}
	if a.way(sent.way).Via != scenario.ViaEmailSetup {
		return nil, nil, pendingCode{}, fail(400, "EMAIL_NOT_ALLOWED")
	}
	return a, setup, sent, nil
}

func (c *call) sendVerifyEmailCode(r *tg.AccountSendVerifyEmailCodeRequest) (bin.Encoder, error) {
	a, setup, sent, err := c.settingUp(r.Purpose)
	if err != nil {
		return nil, err
	}
	if name, host, ok := strings.Cut(r.Email, "@"); !ok || name == "" || !strings.Contains(host, ".") {
		return nil, fail(400, "EMAIL_INVALID")
	}
	sent.email, sent.sent = r.Email, time.Now()
	c.key.mu.Lock()
	defer c.key.mu.Unlock()
	c.key.codes = map[string]pendingCode{scenario.Digits(setup.PhoneNumber): sent}
	return &tg.AccountSentEmailCode{
		EmailPattern: emailPattern(r.Email),
		Length:       utf8.RuneCountInString(a.way(sent.way).Code),
	}, nil
}

// emailPattern is what clients are shown of an address.
func emailPattern(address string) string {
	_, host, _ := strings.Cut(address, "@")
	first, _ := utf8.DecodeRuneInString(address)
	return string(first) + "***@" + host
}

func (c *call) verifyEmail(r *tg.AccountVerifyEmailRequest) (bin.Encoder, error) {
	a, setup, sent, err := c.settingUp(r.Purpose)
	switch {
	case err != nil:
		return nil, err
	case sent.email == "":
		return nil, fail(400, "EMAIL_VERIFY_EXPIRED")
	case codeOf(r.Verification) != a.way(sent.way).Code:
		return nil, fail(400, "CODE_INVALID")
	}
	next, err := c.send(a, setup.PhoneNumber, sent.way+1)
	if err != nil {
		return nil, err
	}
	return &tg.AccountEmailVerifiedLogin{Email: sent.email, SentCode: next}, nil
}
