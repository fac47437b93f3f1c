package simdc

import (
	"errors"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

func (d *direct) auth() *auth.Client {
	s := d.e.cluster.world.scenario
	return auth.NewClient(d.api(), nil, s.APIID, s.APIHash)
}

// sendCode asks for a code and returns its hash.
func (d *direct) sendCode(t *testing.T, phone string) (hash string, err error) {
	t.Helper()
	sent, err := d.auth().SendCode(t.Context(), phone, auth.SendCodeOptions{})
	if err != nil {
		return "", err
	}
	return sent.(*tg.AuthSentCode).PhoneCodeHash, nil
}

func TestLoginRefusals(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()

	t.Run("phone of another DC", func(t *testing.T) {
		_, err := c.direct(2).sendCode(t, "+999 661-0001")
		wantError(t, err, "303 PHONE_MIGRATE_1")
	})
	t.Run("sign in on another DC", func(t *testing.T) {
		_, err := c.direct(2).auth().SignIn(ctx, "+9996610001", "11111", "x")
		wantError(t, err, "303 PHONE_MIGRATE_1")
	})
	t.Run("not a phone", func(t *testing.T) {
		_, err := c.direct(2).sendCode(t, "hello")
		wantError(t, err, "400 PHONE_NUMBER_INVALID")
	})
	t.Run("wrong api_hash", func(t *testing.T) {
		_, err := auth.NewClient(c.direct(1).api(), nil, c.world.scenario.APIID, "x").SendCode(ctx, "+9996610001", auth.SendCodeOptions{})
		wantError(t, err, "400 API_ID_INVALID")
	})
	t.Run("wrong code", func(t *testing.T) {
		d := c.direct(1)
		hash, err := d.sendCode(t, "+9996610001")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.auth().SignIn(ctx, "+9996610001", "11112", hash)
		wantError(t, err, "400 PHONE_CODE_INVALID")
		_, err = d.auth().SignIn(ctx, "+9996610001", "", hash)
		wantError(t, err, "400 PHONE_CODE_EMPTY")
		_, err = d.auth().SignIn(ctx, "+9996610001", "11111", hash+"x")
		wantError(t, err, "400 PHONE_CODE_EXPIRED")
		_, err = d.auth().SignIn(ctx, "+9996610001", "11111", "")
		wantError(t, err, "400 PHONE_CODE_HASH_EMPTY")
		// A wrong code does not use the right one up.
		if _, err := d.auth().SignIn(ctx, "+9996610001", "11111", hash); err != nil {
			t.Error(err)
		}
		_, err = d.auth().SignIn(ctx, "+9996610001", "11111", hash)
		wantError(t, err, "400 PHONE_CODE_EXPIRED")
	})
	t.Run("code of another key", func(t *testing.T) {
		hash, err := c.direct(1).sendCode(t, "+9996610001")
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.direct(1).auth().SignIn(ctx, "+9996610001", "11111", hash)
		wantError(t, err, "400 PHONE_CODE_EXPIRED")
	})
	t.Run("nobody's phone", func(t *testing.T) {
		d := c.direct(3)
		hash, err := d.sendCode(t, "+9991234567")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.auth().SignIn(ctx, "+9991234567", "1", hash)
		if _, ok := errors.AsType[*auth.SignUpRequired](err); !ok {
			t.Errorf("error %v", err)
		}
	})
	t.Run("bots", func(t *testing.T) {
		_, err := c.direct(2).auth().Bot(ctx, "7004:simulated-bot-token")
		wantError(t, err, "303 USER_MIGRATE_4")
		_, err = c.direct(4).auth().Bot(ctx, "7004:wrong")
		wantError(t, err, "400 ACCESS_TOKEN_INVALID")
	})
}

func TestPasswordRefusals(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	cleo := c.world.accounts[scenario.Cleo]
	d := c.direct(cleo.HomeDC)

	_, err := d.auth().Password(ctx, cleo.Password)
	wantError(t, err, "401 AUTH_KEY_UNREGISTERED")

	hash, err := d.sendCode(t, cleo.Phone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.auth().SignIn(ctx, cleo.Phone, cleo.Code, hash); !errors.Is(err, auth.ErrPasswordAuthNeeded) {
		t.Fatalf("sign in: %v", err)
	}
	if _, err := d.api().UpdatesGetState(ctx); err == nil {
		t.Error("logged in without the password")
	}
	if _, err := d.auth().Password(ctx, "wrong"); !errors.Is(err, auth.ErrPasswordInvalid) {
		t.Errorf("wrong password: %v", err)
	}

	params, err := d.api().AccountGetPassword(ctx)
	if err != nil {
		t.Fatal(err)
	}
	right, err := auth.PasswordHash([]byte(cleo.Password), params.SRPID, params.SRPB, params.SecureRandom, params.CurrentAlgo)
	if err != nil {
		t.Fatal(err)
	}
	unknown := *right
	unknown.SRPID++
	_, err = d.api().AuthCheckPassword(ctx, &unknown)
	wantError(t, err, "400 SRP_ID_INVALID")
	zero := *right
	zero.A = make([]byte, srpSize)
	_, err = d.api().AuthCheckPassword(ctx, &zero)
	wantError(t, err, "400 SRP_A_INVALID")
	// Every challenge is good for one answer.
	_, err = d.api().AuthCheckPassword(ctx, right)
	wantError(t, err, "400 SRP_ID_INVALID")

	if _, err := d.auth().Password(ctx, cleo.Password); err != nil {
		t.Fatal(err)
	}
	if self, err := d.auth().Status(ctx); err != nil || self.User.ID != scenario.Cleo {
		t.Errorf("status %+v, %v", self, err)
	}
}

func TestTransferRefusals(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)

	for _, dc := range []int{0, 1, 6, 203} {
		_, err := ada.api().AuthExportAuthorization(ctx, dc)
		wantError(t, err, "400 DC_ID_INVALID")
	}
	_, err := c.direct(1).api().AuthExportAuthorization(ctx, 4)
	wantError(t, err, "401 AUTH_KEY_UNREGISTERED")

	exported, err := ada.api().AuthExportAuthorization(ctx, 4)
	if err != nil {
		t.Fatal(err)
	}
	request := &tg.AuthImportAuthorizationRequest{ID: exported.ID, Bytes: exported.Bytes}
	_, err = c.direct(5).api().AuthImportAuthorization(ctx, request)
	wantError(t, err, "400 AUTH_BYTES_INVALID")
	_, err = c.direct(4).api().AuthImportAuthorization(ctx, &tg.AuthImportAuthorizationRequest{ID: scenario.Ben, Bytes: exported.Bytes})
	wantError(t, err, "400 AUTH_BYTES_INVALID")

	foreign := c.direct(4)
	if _, err := foreign.api().AuthImportAuthorization(ctx, request); err != nil {
		t.Fatal(err)
	}
	_, err = c.direct(4).api().AuthImportAuthorization(ctx, request)
	wantError(t, err, "400 AUTH_BYTES_INVALID")

	// A foreign DC knows who one is, and nothing of one's chats.
	if users, err := foreign.api().UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}}); err != nil || len(users) != 1 {
		t.Errorf("self on a foreign DC: %v, %v", users, err)
	}
	_, err = foreign.api().UpdatesGetState(ctx)
	wantError(t, err, "303 USER_MIGRATE_1")

	// Logging out ends the login everywhere.
	if _, err := ada.api().AuthLogOut(ctx); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*direct{ada, foreign} {
		_, err := d.api().UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
		wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
	}
}

func TestExportsAreBounded(t *testing.T) {
	var x exports
	l := &login{account: &account{Account: scenario.Account{ID: 1}}}
	first := x.put(export{login: l, dc: 2})
	for range maxExports {
		x.put(export{login: l, dc: 2})
	}
	if _, ok := x.take(first, 2, 1); ok {
		t.Error("the oldest export is still there")
	}
	if len(x.waiting) != maxExports {
		t.Errorf("%d exports wait", len(x.waiting))
	}
}

func TestLoginTokenRefusals(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	s := c.world.scenario
	export := func(d *direct) (tg.AuthLoginTokenClass, error) {
		return d.api().AuthExportLoginToken(ctx, &tg.AuthExportLoginTokenRequest{APIID: s.APIID, APIHash: s.APIHash})
	}

	_, err := ada.api().AuthAcceptLoginToken(ctx, []byte("made up"))
	wantError(t, err, "400 AUTH_TOKEN_INVALID")
	_, err = c.direct(1).api().AuthImportLoginToken(ctx, []byte("made up"))
	wantError(t, err, "400 AUTH_TOKEN_INVALID")

	d := c.direct(2)
	shown, err := export(d)
	if err != nil {
		t.Fatal(err)
	}
	token := shown.(*tg.AuthLoginToken).Token
	_, err = c.direct(1).api().AuthAcceptLoginToken(ctx, token)
	wantError(t, err, "401 AUTH_KEY_UNREGISTERED")
	// Asking before anyone accepted shows a new code.
	if again, err := export(d); err != nil || string(again.(*tg.AuthLoginToken).Token) == string(token) {
		t.Errorf("second export: %v, %v", again, err)
	} else {
		token = again.(*tg.AuthLoginToken).Token
	}
	if _, err := ada.api().AuthAcceptLoginToken(ctx, token); err != nil {
		t.Fatal(err)
	}
	_, err = ada.api().AuthAcceptLoginToken(ctx, token)
	wantError(t, err, "400 AUTH_TOKEN_ALREADY_ACCEPTED")

	// Ada lives on DC 1, the code was shown on DC 2.
	moved, err := export(d)
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := moved.(*tg.AuthLoginTokenMigrateTo); !ok || m.DCID != 1 || string(m.Token) != string(token) {
		t.Fatalf("export after acceptance: %v", moved)
	}
	home := c.direct(1)
	if got, err := home.api().AuthImportLoginToken(ctx, token); err != nil {
		t.Fatal(err)
	} else if _, ok := got.(*tg.AuthLoginTokenSuccess); !ok {
		t.Errorf("import: %v", got)
	}
	if _, err := home.api().UpdatesGetState(ctx); err != nil {
		t.Error(err)
	}
	_, err = c.direct(1).api().AuthImportLoginToken(ctx, token)
	wantError(t, err, "400 AUTH_TOKEN_INVALID")
}

func TestLoginTokenAtHome(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	s := c.world.scenario
	d := c.direct(1)
	request := &tg.AuthExportLoginTokenRequest{APIID: s.APIID, APIHash: s.APIHash}
	shown, err := d.api().AuthExportLoginToken(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.as(t, scenario.Ada).api().AuthAcceptLoginToken(ctx, shown.(*tg.AuthLoginToken).Token); err != nil {
		t.Fatal(err)
	}
	got, err := d.api().AuthExportLoginToken(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got.(*tg.AuthLoginTokenSuccess); !ok {
		t.Errorf("export after acceptance: %v", got)
	}
}
