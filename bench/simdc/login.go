package simdc

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerLogin adds the methods of logging in and out.
// https://core.telegram.org/api/auth
func registerLogin(m methods) {
	add(m, open, (*call).sendCode)
	add(m, open, (*call).resendCode)
	add(m, open, (*call).cancelCode)
	add(m, open, (*call).signIn)
	add(m, open, (*call).signUp)
	add(m, open, (*call).getPassword)
	add(m, open, (*call).checkPassword)
	add(m, open, (*call).requestPasswordRecovery)
	add(m, open, (*call).recoverPassword)
	add(m, open, (*call).importBot)
	add(m, anyDC, (*call).logOut)
}

// checkAPI checks the pair that identifies the client application.
func (c *call) checkAPI(id int, hash string) error {
	if s := c.cluster.world.scenario; id != s.APIID || hash != s.APIHash {
		return fail(400, "API_ID_INVALID")
	}
	return nil
}

// phone finds whose number this is; nil is nobody's. A number of another DC
// is an error that names the DC.
func (c *call) phone(number string) (*account, error) {
	number = scenario.Digits(number)
	if len(number) < scenario.MinPhoneDigits {
		return nil, fail(400, "PHONE_NUMBER_INVALID")
	}
	a := c.cluster.world.phones[number]
	if a != nil && a.HomeDC != c.dc.ID {
		return nil, fail(303, "PHONE_MIGRATE_%d", a.HomeDC)
	}
	return a, nil
}

func (c *call) sendCode(r *tg.AuthSendCodeRequest) (bin.Encoder, error) {
	if err := c.checkAPI(r.APIID, r.APIHash); err != nil {
		return nil, err
	}
	a, err := c.phone(r.PhoneNumber)
	if err != nil {
		return nil, err
	}
	if a != nil && a.restarts.Add(1) <= int64(a.AuthRestarts) {
		return nil, fail(500, "AUTH_RESTART")
	}
	return c.send(a, r.PhoneNumber, 0)
}

// send sends the code of an account, nil for nobody's, by way number n.
func (c *call) send(a *account, phone string, n int) (tg.AuthSentCodeClass, error) {
	hash := token(18)
	switch w := a.way(n); w.Via {
	case scenario.ViaSuccess:
		done, err := c.passCode(a)
		if err != nil {
			return nil, err
		}
		return &tg.AuthSentCodeSuccess{Authorization: done}, nil
	case scenario.ViaPayment:
		return &tg.AuthSentCodePaymentRequired{
			StoreProduct: "org.telegram.telegramPremium.oneWeek.auth", PhoneCodeHash: hash,
			SupportEmailAddress: w.Shown, SupportEmailSubject: "Login", PremiumDays: 7, Currency: "USD", Amount: 99,
		}, nil
	}
	c.key.mu.Lock()
	defer c.key.mu.Unlock()
	c.key.codes = map[string]pendingCode{scenario.Digits(phone): {hash: hash, way: n, sent: time.Now()}}
	return a.sentCode(n, hash), nil
}

// pendingCode is a code that was sent to a phone.
type pendingCode struct {
	hash  string
	way   int
	sent  time.Time
	email string // The address that is being set up.
}

// pending returns the code that was sent to this key for this phone.
func (c *call) pending(phone, hash string) (pendingCode, error) {
	c.key.mu.Lock()
	defer c.key.mu.Unlock()
	switch sent := c.key.codes[scenario.Digits(phone)]; {
	case hash == "":
		return pendingCode{}, fail(400, "PHONE_CODE_HASH_EMPTY")
	case sent.hash != hash:
		return pendingCode{}, fail(400, "PHONE_CODE_EXPIRED")
	default:
		return sent, nil
	}
}

// resendCode goes on to the next way, and again to a login e-mail that is the last.
func (c *call) resendCode(r *tg.AuthResendCodeRequest) (bin.Encoder, error) {
	a, err := c.phone(r.PhoneNumber)
	if err != nil {
		return nil, err
	}
	sent, err := c.pending(r.PhoneNumber, r.PhoneCodeHash)
	if err != nil {
		return nil, err
	}
	last := sent.way+1 == len(a.ways())
	w := a.way(sent.way)
	switch {
	case w.Via == scenario.ViaEmailSetup, last && w.Via != scenario.ViaEmail:
		return nil, fail(406, "SEND_CODE_UNAVAILABLE")
	case time.Since(sent.sent) < w.Timeout.Std() && !c.cluster.world.scenario.Turns(scenario.ResendPause):
		return nil, fail(406, "SEND_CODE_UNAVAILABLE")
	case last:
		return c.send(a, r.PhoneNumber, sent.way)
	default:
		return c.send(a, r.PhoneNumber, sent.way+1)
	}
}

func (c *call) cancelCode(r *tg.AuthCancelCodeRequest) (bin.Encoder, error) {
	if _, err := c.pending(r.PhoneNumber, r.PhoneCodeHash); err != nil {
		return nil, err
	}
	c.key.mu.Lock()
	defer c.key.mu.Unlock()
	c.key.codes = nil
	return &tg.BoolTrue{}, nil
}

func (c *call) signIn(r *tg.AuthSignInRequest) (bin.Encoder, error) {
	a, err := c.phone(r.PhoneNumber)
	if err != nil {
		return nil, err
	}
	sent, err := c.pending(r.PhoneNumber, r.PhoneCodeHash)
	if err != nil {
		return nil, err
	}
	w := a.way(sent.way)
	code := r.PhoneCode
	if w.Via == scenario.ViaEmail { // Given in another field, it is none.
		code = codeOf(r.EmailVerification)
	}
	switch {
	case r.PhoneCode == "" && r.EmailVerification == nil:
		return nil, fail(400, "PHONE_CODE_EMPTY")
	case w.Via == scenario.ViaEmailSetup, w.Via == scenario.ViaFirebase:
		return nil, fail(400, "PHONE_CODE_INVALID")
	case a == nil && code != "":
		return &tg.AuthAuthorizationSignUpRequired{}, nil
	case code != w.Code && w.Via == scenario.ViaEmail && c.cluster.world.scenario.Turns(scenario.EmailCodeRefusal):
		return nil, fail(400, "CODE_INVALID")
	case code != w.Code:
		return nil, fail(400, "PHONE_CODE_INVALID")
	}
	return c.passCode(a)
}

// codeOf is the code in a proof that somebody reads an e-mail address.
func codeOf(v tg.EmailVerificationClass) string {
	if v, ok := v.(*tg.EmailVerificationCode); ok {
		return v.Code
	}
	return ""
}

// passCode ends a login of someone whose identity is shown: with a login, or
// with the demand for the password.
func (c *call) passCode(a *account) (*tg.AuthAuthorization, error) {
	c.key.mu.Lock()
	c.key.codes = nil
	if a.locked() {
		c.key.pending = a
		c.key.mu.Unlock()
		return nil, fail(401, "SESSION_PASSWORD_NEEDED")
	}
	c.key.mu.Unlock()
	return c.logIn(a), nil
}

// logIn makes the login and returns it as clients see it.
func (c *call) logIn(a *account) *tg.AuthAuthorization {
	var raw [8]byte
	rand.Read(raw[:])
	c.key.set(&login{account: a, hash: int64(binary.LittleEndian.Uint64(raw[:]))})
	return c.authorized(a)
}

// authorized attaches the connection to the account and describes it.
func (c *call) authorized(a *account) *tg.AuthAuthorization {
	c.account = a
	c.note.login = a.ID
	c.attach(a)
	return &tg.AuthAuthorization{User: c.user(a)}
}

func (c *call) signUp(r *tg.AuthSignUpRequest) (bin.Encoder, error) {
	if _, err := c.phone(r.PhoneNumber); err != nil {
		return nil, err
	}
	// The accounts are those of the scenario.
	return nil, fail(400, "PHONE_NUMBER_INVALID")
}

func (c *call) importBot(r *tg.AuthImportBotAuthorizationRequest) (bin.Encoder, error) {
	if err := c.checkAPI(r.APIID, r.APIHash); err != nil {
		return nil, err
	}
	a := c.cluster.world.bots[r.BotAuthToken]
	switch {
	case a == nil:
		return nil, fail(400, "ACCESS_TOKEN_INVALID")
	case a.HomeDC != c.dc.ID:
		return nil, fail(303, "USER_MIGRATE_%d", a.HomeDC)
	}
	return c.logIn(a), nil
}

// maxChallenges bounds the SRP runs that a key may have open.
const maxChallenges = 8

func (c *call) getPassword(*tg.AccountGetPasswordRequest) (bin.Encoder, error) {
	c.key.mu.Lock()
	pending := c.key.pending
	c.key.mu.Unlock()
	a := cmp.Or(pending, c.account)
	if a == nil {
		return nil, fail(401, "AUTH_KEY_UNREGISTERED")
	}
	random := make([]byte, 256)
	rand.Read(random)
	out := &tg.AccountPassword{
		NewAlgo:       &tg.PasswordKdfAlgoUnknown{},
		NewSecureAlgo: &tg.SecurePasswordKdfAlgoUnknown{},
		SecureRandom:  random,
	}
	if !a.locked() {
		return out, nil
	}
	ch := a.srp.challenge()
	out.HasPassword = true
	out.HasRecovery = a.RecoveryEmail != ""
	if a.PasswordHint != "" {
		out.SetHint(a.PasswordHint)
	}
	out.SetCurrentAlgo(ch.algo)
	out.SetSRPB(ch.B)
	out.SetSRPID(ch.ID)

	c.key.mu.Lock()
	defer c.key.mu.Unlock()
	if c.key.challenges == nil || len(c.key.challenges) >= maxChallenges {
		c.key.challenges = map[int64]challenge{}
	}
	c.key.challenges[ch.ID] = ch
	return out, nil
}

func (c *call) checkPassword(r *tg.AuthCheckPasswordRequest) (bin.Encoder, error) {
	srp, ok := r.Password.(*tg.InputCheckPasswordSRP)
	if !ok {
		return nil, fail(400, "PASSWORD_HASH_INVALID")
	}
	c.key.mu.Lock()
	a := c.key.pending
	ch, known := c.key.challenges[srp.SRPID]
	delete(c.key.challenges, srp.SRPID)
	c.key.mu.Unlock()
	switch {
	case a == nil:
		return nil, fail(401, "AUTH_KEY_UNREGISTERED")
	case !known:
		return nil, fail(400, "SRP_ID_INVALID")
	}
	valid, proven := ch.verify(srp.A, srp.M1)
	switch {
	case !valid:
		return nil, fail(400, "SRP_A_INVALID")
	case !proven:
		return nil, fail(400, "PASSWORD_HASH_INVALID")
	}
	return c.logIn(a), nil
}

// locked says whether an account has two-step verification.
func (a *account) locked() bool { return a.Password != "" && !a.recovered.Load() }

// forgetful is the account that gave the right code, and does not know its password.
func (c *call) forgetful() (*account, error) {
	c.key.mu.Lock()
	a := c.key.pending
	c.key.mu.Unlock()
	switch {
	case a == nil:
		return nil, fail(401, "AUTH_KEY_UNREGISTERED")
	case !a.locked():
		return nil, fail(400, "PASSWORD_EMPTY")
	case a.RecoveryEmail == "":
		return nil, fail(400, "PASSWORD_RECOVERY_NA")
	}
	return a, nil
}

func (c *call) requestPasswordRecovery(*tg.AuthRequestPasswordRecoveryRequest) (bin.Encoder, error) {
	a, err := c.forgetful()
	if err != nil {
		return nil, err
	}
	c.key.mu.Lock()
	c.key.recovering = true
	c.key.mu.Unlock()
	return &tg.AuthPasswordRecovery{EmailPattern: emailPattern(a.RecoveryEmail)}, nil
}

// recoverPassword takes the account's code as the one from the e-mail. A new password in its place is more
// than is simulated.
func (c *call) recoverPassword(r *tg.AuthRecoverPasswordRequest) (bin.Encoder, error) {
	a, err := c.forgetful()
	if err != nil {
		return nil, err
	}
	c.key.mu.Lock()
	asked := c.key.recovering
	c.key.mu.Unlock()
	_, replaced := r.GetNewSettings()
	switch {
	case replaced:
		return nil, fail(400, "NEW_SETTINGS_INVALID")
	case r.Code == "":
		return nil, fail(400, "CODE_EMPTY")
	case !asked:
		return nil, fail(400, "PASSWORD_RECOVERY_EXPIRED")
	case r.Code != a.Code:
		return nil, fail(400, "CODE_INVALID")
	}
	a.recovered.Store(true)
	return c.logIn(a), nil
}

// logOut ends the login on every DC that it was exported to.
func (c *call) logOut(*tg.AuthLogOutRequest) (bin.Encoder, error) {
	if l := c.key.current(); l != nil {
		l.revoked.Store(true)
	}
	return &tg.AuthLoggedOut{}, nil
}

// token returns n unguessable characters.
func token(n int) string {
	raw := make([]byte, (n+1)/2)
	rand.Read(raw)
	return hex.EncodeToString(raw)[:n]
}
