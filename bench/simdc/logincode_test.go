package simdc

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// withCodes is a cluster whose only account, on DC 1, gets codes in these ways.
func withCodes(t *testing.T, turned []scenario.Belief, codes ...scenario.LoginCode) *Cluster {
	t.Helper()
	s := scenario.Default()
	s.Turned, s.Chats = turned, nil
	s.Accounts = []scenario.Account{{ID: 1, HomeDC: 1, Phone: codePhone, Code: "11111", Name: "A", Codes: codes}}
	return startTest(t, &s)
}

const codePhone = "+9990000001"

func (d *direct) send(t *testing.T) *tg.AuthSentCode {
	t.Helper()
	s := d.e.cluster.world.scenario
	sent, err := d.api().AuthSendCode(t.Context(), &tg.AuthSendCodeRequest{PhoneNumber: codePhone, APIID: s.APIID, APIHash: s.APIHash})
	if err != nil {
		t.Fatal(err)
	}
	return sent.(*tg.AuthSentCode)
}

func (d *direct) resend(t *testing.T, hash string) (*tg.AuthSentCode, error) {
	t.Helper()
	sent, err := d.api().AuthResendCode(t.Context(), &tg.AuthResendCodeRequest{PhoneNumber: codePhone, PhoneCodeHash: hash})
	if err != nil {
		return nil, err
	}
	return sent.(*tg.AuthSentCode), nil
}

func TestCodesGoFromWayToWay(t *testing.T) {
	d := withCodes(t, nil, scenario.LoginCode{Via: scenario.ViaApp}, scenario.LoginCode{Via: scenario.ViaMissedCall, Code: "1234", Shown: "+99"}, scenario.LoginCode{Via: scenario.ViaSMSWord, Code: "word", Shown: "w"}).direct(1)
	sent := d.send(t)
	if app, ok := sent.Type.(*tg.AuthSentCodeTypeApp); !ok || app.Length != 5 || sent.NextType.(*tg.AuthCodeTypeMissedCall) == nil {
		t.Errorf("first %v", sent)
	}
	if _, stated := sent.GetTimeout(); stated {
		t.Errorf("a timeout is stated: %v", sent)
	}
	second, err := d.resend(t, sent.PhoneCodeHash)
	if err != nil {
		t.Fatal(err)
	}
	if call, ok := second.Type.(*tg.AuthSentCodeTypeMissedCall); !ok || call.Length != 4 || call.Prefix != "+99" || second.NextType.(*tg.AuthCodeTypeSMS) == nil {
		t.Errorf("second %v", second)
	}
	_, err = d.auth().SignIn(t.Context(), codePhone, "1234", sent.PhoneCodeHash)
	wantError(t, err, "400 PHONE_CODE_EXPIRED")
	_, err = d.auth().SignIn(t.Context(), codePhone, "11111", second.PhoneCodeHash)
	wantError(t, err, "400 PHONE_CODE_INVALID")
	third, err := d.resend(t, second.PhoneCodeHash)
	if err != nil {
		t.Fatal(err)
	}
	if word, ok := third.Type.(*tg.AuthSentCodeTypeSMSWord); !ok || word.Beginning != "w" || third.NextType != nil {
		t.Errorf("third %v", third)
	}
	_, err = d.resend(t, third.PhoneCodeHash)
	wantError(t, err, "406 SEND_CODE_UNAVAILABLE")
	if _, err := d.auth().SignIn(t.Context(), codePhone, "word", third.PhoneCodeHash); err != nil {
		t.Error(err)
	}
}

func TestResendPause(t *testing.T) {
	ways := []scenario.LoginCode{{Via: scenario.ViaApp, Timeout: scenario.Duration(time.Hour)}, {Via: scenario.ViaCall}}
	d := withCodes(t, nil, ways...).direct(1)
	sent := d.send(t)
	if sent.Timeout != 3600 {
		t.Errorf("timeout %d", sent.Timeout)
	}
	_, err := d.resend(t, sent.PhoneCodeHash)
	wantError(t, err, "406 SEND_CODE_UNAVAILABLE")
	d = withCodes(t, []scenario.Belief{scenario.ResendPause}, ways...).direct(1)
	if _, err := d.resend(t, d.send(t).PhoneCodeHash); err != nil {
		t.Error(err)
	}
}

func TestEmailCodesGoIntoTheirOwnField(t *testing.T) {
	for _, c := range []struct {
		turned []scenario.Belief
		want   string
	}{{nil, "400 PHONE_CODE_INVALID"}, {[]scenario.Belief{scenario.EmailCodeRefusal}, "400 CODE_INVALID"}} {
		d := withCodes(t, c.turned, scenario.LoginCode{Via: scenario.ViaEmail, Shown: "a***@b.c"}).direct(1)
		sent := d.send(t)
		_, err := d.auth().SignIn(t.Context(), codePhone, "11111", sent.PhoneCodeHash)
		wantError(t, err, c.want)
		again, err := d.resend(t, sent.PhoneCodeHash)
		if err != nil {
			t.Fatal(err)
		}
		r := &tg.AuthSignInRequest{PhoneNumber: codePhone, PhoneCodeHash: again.PhoneCodeHash}
		r.SetEmailVerification(&tg.EmailVerificationCode{Code: "11112"})
		_, err = d.api().AuthSignIn(t.Context(), r)
		wantError(t, err, c.want)
		r.SetEmailVerification(&tg.EmailVerificationCode{Code: "11111"})
		if _, err := d.api().AuthSignIn(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
}

func TestAddressForCodesIsSetUp(t *testing.T) {
	d := withCodes(t, nil, scenario.LoginCode{Via: scenario.ViaEmailSetup, Code: "321"}, scenario.LoginCode{Via: scenario.ViaEmail}).direct(1)
	ctx := t.Context()
	sent := d.send(t)
	if _, ok := sent.Type.(*tg.AuthSentCodeTypeSetUpEmailRequired); !ok || sent.NextType != nil {
		t.Fatalf("sent %v", sent)
	}
	purpose := &tg.EmailVerifyPurposeLoginSetup{PhoneNumber: codePhone, PhoneCodeHash: sent.PhoneCodeHash}
	verify := func(code string) (tg.AccountEmailVerifiedClass, error) {
		return d.api().AccountVerifyEmail(ctx, &tg.AccountVerifyEmailRequest{Purpose: purpose, Verification: &tg.EmailVerificationCode{Code: code}})
	}
	_, err := d.auth().SignIn(ctx, codePhone, "321", sent.PhoneCodeHash)
	wantError(t, err, "400 PHONE_CODE_INVALID")
	_, err = d.resend(t, sent.PhoneCodeHash)
	wantError(t, err, "406 SEND_CODE_UNAVAILABLE")
	_, err = verify("321")
	wantError(t, err, "400 EMAIL_VERIFY_EXPIRED")
	_, err = d.api().AccountSendVerifyEmailCode(ctx, &tg.AccountSendVerifyEmailCodeRequest{Purpose: purpose, Email: "nowhere"})
	wantError(t, err, "400 EMAIL_INVALID")
	_, err = d.api().AccountSendVerifyEmailCode(ctx, &tg.AccountSendVerifyEmailCodeRequest{
		Purpose: &tg.EmailVerifyPurposeLoginSetup{PhoneNumber: codePhone, PhoneCodeHash: "x"}, Email: "a@b.c",
	})
	wantError(t, err, "400 PHONE_HASH_EXPIRED")
	_, err = d.api().AccountSendVerifyEmailCode(ctx, &tg.AccountSendVerifyEmailCodeRequest{Purpose: &tg.EmailVerifyPurposePassport{}, Email: "a@b.c"})
	wantError(t, err, "400 EMAIL_NOT_ALLOWED")
	code, err := d.api().AccountSendVerifyEmailCode(ctx, &tg.AccountSendVerifyEmailCodeRequest{Purpose: purpose, Email: "ann@b.c"})
	if err != nil || code.EmailPattern != "a***@b.c" || code.Length != 3 {
		t.Fatalf("%v, %v", code, err)
	}
	_, err = verify("123")
	wantError(t, err, "400 CODE_INVALID")
	verified, err := verify("321")
	if err != nil {
		t.Fatal(err)
	}
	login := verified.(*tg.AccountEmailVerifiedLogin)
	next := login.SentCode.(*tg.AuthSentCode)
	if _, ok := next.Type.(*tg.AuthSentCodeTypeEmailCode); !ok || login.Email != "ann@b.c" || next.PhoneCodeHash == sent.PhoneCodeHash {
		t.Errorf("verified %v", login)
	}
}

func TestForgottenPassword(t *testing.T) {
	s := scenario.Default()
	s.Chats = nil
	s.Accounts = []scenario.Account{
		{ID: 1, HomeDC: 1, Phone: codePhone, Code: "11111", Name: "A", Password: "x", RecoveryEmail: "ann@b.c"},
		{ID: 2, HomeDC: 1, Phone: "+9990000002", Code: "11111", Name: "B", Password: "x"},
	}
	c := startTest(t, &s)
	d, ctx := c.direct(1), t.Context()
	_, err := d.api().AuthRequestPasswordRecovery(ctx)
	wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
	recover := func(code string) error {
		_, err := d.api().AuthRecoverPassword(ctx, &tg.AuthRecoverPasswordRequest{Code: code})
		return err
	}
	if _, err := d.auth().SignIn(ctx, codePhone, "11111", d.send(t).PhoneCodeHash); !errors.Is(err, auth.ErrPasswordAuthNeeded) {
		t.Fatalf("sign in: %v", err)
	}
	wantError(t, recover("11111"), "400 PASSWORD_RECOVERY_EXPIRED")
	sent, err := d.api().AuthRequestPasswordRecovery(ctx)
	if err != nil || sent.EmailPattern != "a***@b.c" {
		t.Fatalf("%v, %v", sent, err)
	}
	wantError(t, recover(""), "400 CODE_EMPTY")
	wantError(t, recover("22222"), "400 CODE_INVALID")
	if err := recover("11111"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.api().UpdatesGetState(ctx); err != nil {
		t.Error(err)
	}
	again := c.direct(1)
	if _, err := again.auth().SignIn(ctx, codePhone, "11111", again.send(t).PhoneCodeHash); err != nil {
		t.Errorf("the password is still asked for: %v", err)
	}
	other := c.direct(1)
	hash, err := other.sendCode(t, "+9990000002")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.auth().SignIn(ctx, "+9990000002", "11111", hash); !errors.Is(err, auth.ErrPasswordAuthNeeded) {
		t.Fatalf("sign in: %v", err)
	}
	_, err = other.api().AuthRequestPasswordRecovery(ctx)
	wantError(t, err, "400 PASSWORD_RECOVERY_NA")
}

func TestValidateCodes(t *testing.T) {
	for want, edit := range map[string]func(*scenario.Account){
		`accounts[0].codes[0].via: "pigeon" is none of`: func(a *scenario.Account) { a.Codes = []scenario.LoginCode{{Via: "pigeon"}} },
		"accounts[0].codes[1].timeout: 1.5s": func(a *scenario.Account) {
			a.Codes = []scenario.LoginCode{{Via: scenario.ViaApp}, {Via: scenario.ViaSMS, Timeout: scenario.Duration(1500 * time.Millisecond)}}
		},
		"accounts[0].codes[0].via: an address for codes":   func(a *scenario.Account) { a.Codes = []scenario.LoginCode{{Via: scenario.ViaEmailSetup}} },
		"accounts[0].codes[0].code: a code of firebase":    func(a *scenario.Account) { a.Codes = []scenario.LoginCode{{Via: scenario.ViaFirebase, Code: "1"}} },
		"accounts[0].auth_restarts: -1":                    func(a *scenario.Account) { a.AuthRestarts = -1 },
		"accounts[0].password_hint and recovery_email":     func(a *scenario.Account) { a.PasswordHint = "x" },
		"accounts[0].codes, auth_restarts and password: a": func(a *scenario.Account) { a.Phone, a.Code, a.BotToken, a.Password = "", "", "1:x", "x" },
	} {
		s := scenario.Default()
		s.Accounts = s.Accounts[:1]
		edit(&s.Accounts[0])
		if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
