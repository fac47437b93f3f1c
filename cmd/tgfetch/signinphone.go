package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
)

// byPhone logs in with the code that Telegram sends to a phone number. An account whose home turns
// out to be elsewhere only when the code is given needs another code, from there.
//
// https://core.telegram.org/api/auth
func (s *signIn) byPhone(ctx context.Context) error {
	for again := false; ; again = true {
		sent, err := s.askPhone(ctx)
		if err != nil {
			return err
		}
		home := s.conn.pool.Home()
		err = s.proceed(ctx, sent)
		if again || s.conn.pool.Home() == home || !tgerr.Is(err, "PHONE_CODE_EXPIRED", "PHONE_CODE_INVALID", "PHONE_CODE_HASH_EMPTY") {
			return err
		}
		s.app.say("the account lives on DC %d; a new code comes from there", s.conn.pool.Home())
	}
}

// askPhone asks for the number, if it is not known, and has a code sent to it.
func (s *signIn) askPhone(ctx context.Context) (sent tg.AuthSentCodeClass, err error) {
	err = s.answer(ctx, question{
		given: s.how.phone,
		ask:   func(ctx context.Context) (string, error) { return s.ask.Line(ctx, "Phone number, with country code") },
		try: func(ctx context.Context, answer string) (err error) {
			sent, err = s.conn.api.AuthSendCode(ctx, &tg.AuthSendCodeRequest{
				PhoneNumber: answer, APIID: s.conn.app.ID, APIHash: s.conn.app.Hash,
			})
			if !tgerr.Is(err, "PHONE_NUMBER_INVALID") {
				s.how.phone = answer // It is not asked for again when the login begins again.
			}
			return passwordNeeded(err)
		},
		wrong: func(err error) bool { return tgerr.Is(err, "PHONE_NUMBER_INVALID") },
	})
	return sent, err
}

// proceed does what answers to auth.sendCode and its like ask for, until the login is there.
func (s *signIn) proceed(ctx context.Context, answer tg.AuthSentCodeClass) (err error) {
	for answer != nil && err == nil {
		switch sent := answer.(type) {
		case *tg.AuthSentCodeSuccess:
			return authorized(sent.Authorization, nil)
		case *tg.AuthSentCodePaymentRequired:
			return &exit.PaymentError{Days: sent.PremiumDays}
		case *tg.AuthSentCode:
			if _, ok := sent.Type.(*tg.AuthSentCodeTypeSetUpEmailRequired); ok {
				answer, err = s.setUpEmail(ctx, sent)
			} else {
				answer, err = s.enterCode(ctx, sent)
			}
			s.giveUp(ctx, sent)
		default:
			return fmt.Errorf("%s came in place of a code, which this version does not know", answer.TypeName())
		}
	}
	return err
}

// cancelWithin is how long Ctrl-C waits for Telegram to take back a code.
const cancelWithin = 2 * time.Second

// giveUp takes back a code that somebody who pressed Ctrl-C does not want any more. What becomes of that
// is of no interest: codes expire by themselves.
func (s *signIn) giveUp(ctx context.Context, sent *tg.AuthSentCode) {
	if ctx.Err() == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelWithin)
	defer cancel()
	_, _ = s.conn.api.AuthCancelCode(ctx, &tg.AuthCancelCodeRequest{PhoneNumber: s.how.phone, PhoneCodeHash: sent.PhoneCodeHash})
}

// enterCode asks for the code that was sent until it is right, or until another one is sent: an empty
// answer asks for that. Both results nil are a login.
func (s *signIn) enterCode(ctx context.Context, sent *tg.AuthSentCode) (next tg.AuthSentCodeClass, err error) {
	if neverArrives(sent) {
		return nil, exit.ErrVouchedDevice
	}
	since := time.Now()
	if s.how.code == "" {
		if hint := resendHint(sent); hint != "" {
			s.app.say("%s", hint)
		}
	}
	err = s.answer(ctx, question{
		given: s.how.code,
		ask: func(ctx context.Context) (answer string, err error) {
			for answer == "" && err == nil && next == nil {
				if answer, err = s.ask.Line(ctx, codeQuestion(sent.Type)); err == nil && answer == "" {
					next, err = s.resend(ctx, sent, since)
				}
			}
			return answer, err
		},
		try: func(ctx context.Context, answer string) error {
			if next != nil {
				return nil
			}
			request := &tg.AuthSignInRequest{PhoneNumber: s.how.phone, PhoneCodeHash: sent.PhoneCodeHash}
			if _, ok := sent.Type.(*tg.AuthSentCodeTypeEmailCode); ok {
				request.SetEmailVerification(&tg.EmailVerificationCode{Code: typed(sent.Type, answer)})
			} else {
				request.SetPhoneCode(typed(sent.Type, answer))
			}
			return authorized(s.conn.api.AuthSignIn(ctx, request))
		},
		wrong: func(err error) bool { return tgerr.Is(err, wrongCode...) },
	})
	return next, err
}

// wrongCode are the refusals of a code after which another one may be right.
var wrongCode = []string{"PHONE_CODE_INVALID", "PHONE_CODE_EMPTY", "CODE_INVALID", "CODE_EMPTY", "EMAIL_CODE_INVALID"}

// resend has the code sent in the next way, but not before Telegram allows it: a person is told when that
// is, and may have the first one by then; a script waits. A nil answer is that nothing was sent.
func (s *signIn) resend(ctx context.Context, sent *tg.AuthSentCode, since time.Time) (tg.AuthSentCodeClass, error) {
	if !canResend(sent) {
		s.app.say("Telegram offers no other way to send a code; enter the one that was sent, or log in with --qr")
		return nil, nil
	}
	if left := time.Until(since.Add(time.Duration(sent.Timeout) * time.Second)); left > 0 {
		s.app.say("a new code can be sent%s in %v", byWay(sent.NextType), left.Round(time.Second))
		if s.ask.Terminal() {
			return nil, nil
		}
		wait := time.NewTimer(left)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	next, err := s.conn.api.AuthResendCode(ctx, &tg.AuthResendCodeRequest{PhoneNumber: s.how.phone, PhoneCodeHash: sent.PhoneCodeHash})
	if tgerr.Is(err, "SEND_CODE_UNAVAILABLE") {
		s.app.say("%s", exit.Reason(err))
		return nil, nil
	}
	return next, passwordNeeded(err)
}
