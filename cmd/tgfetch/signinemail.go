package main

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// setUpEmail gives the account the e-mail address for login codes that Telegram wants, and returns what
// was sent then.
//
// https://core.telegram.org/api/auth#email-verification
func (s *signIn) setUpEmail(ctx context.Context, sent *tg.AuthSentCode) (tg.AuthSentCodeClass, error) {
	purpose := &tg.EmailVerifyPurposeLoginSetup{PhoneNumber: s.how.phone, PhoneCodeHash: sent.PhoneCodeHash}
	s.app.say("Telegram wants an e-mail address that the codes of this account go to from now on")
	var code *tg.AccountSentEmailCode
	send := func(ctx context.Context, address string) (err error) {
		code, err = s.conn.api.AccountSendVerifyEmailCode(ctx, &tg.AccountSendVerifyEmailCodeRequest{Purpose: purpose, Email: address})
		return passwordNeeded(err)
	}
	var address string
	err := s.answer(ctx, question{
		ask: func(ctx context.Context) (_ string, err error) {
			address, err = s.ask.Line(ctx, "E-mail address for login codes")
			return address, err
		},
		try:   send,
		wrong: func(err error) bool { return tgerr.Is(err, "EMAIL_INVALID", "EMAIL_NOT_ALLOWED") },
	})
	if err != nil {
		return nil, err
	}
	var verified tg.AccountEmailVerifiedClass
	err = s.answer(ctx, question{
		ask: func(ctx context.Context) (answer string, err error) {
			for answer == "" && err == nil {
				question := fmt.Sprintf("Code to prove the address%s", in(count(code.Length, "digit"), "by e-mail to "+plain.Short(code.EmailPattern)))
				if answer, err = s.ask.Line(ctx, question); err == nil && answer == "" {
					err = send(ctx, address)
				}
			}
			return answer, err
		},
		try: func(ctx context.Context, answer string) (err error) {
			verified, err = s.conn.api.AccountVerifyEmail(ctx, &tg.AccountVerifyEmailRequest{
				Purpose: purpose, Verification: &tg.EmailVerificationCode{Code: joined(answer)},
			})
			return passwordNeeded(err)
		},
		wrong: func(err error) bool { return tgerr.Is(err, wrongCode...) },
	})
	if err != nil {
		return nil, err
	}
	login, ok := verified.(*tg.AccountEmailVerifiedLogin)
	if !ok {
		return nil, fmt.Errorf("the address is known now, but %s came in place of a code; run tgfetch login again", verified.TypeName())
	}
	return login.SentCode, nil
}
