package hostile

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/tg"
)

// texts are errors of calls, legal ones and others.
func texts() []string {
	list := []string{
		"", " ", "_", "FLOOD", "FLOOD_WAIT_", "FLOOD_WAIT_X", "AUTH_KEY_UNREGISTERED", "AUTH_KEY_INVALID", "AUTH_KEY_DUPLICATED",
		"AUTH_KEY_PERM_EMPTY", "SESSION_REVOKED", "SESSION_EXPIRED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN", "SESSION_PASSWORD_NEEDED",
		"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID", "INPUT_FETCH_ERROR", "TIMEOUT", "Timeout", "INTERNAL", "RPC_CALL_FAIL",
		"MSG_WAIT_FAILED", "FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_0_EXPIRED", "FILE_REFERENCE_99999999999_INVALID", "FILEREF_UPGRADE_NEEDED",
		"FILE_TOKEN_INVALID", "LIMIT_INVALID", "OFFSET_INVALID", "LOCATION_INVALID", "FILE_ID_INVALID", "CDN_METHOD_INVALID", "METHOD_INVALID",
		"CHANNEL_PRIVATE", "CHANNEL_INVALID", "TAKEOUT_INVALID", "BOT_METHOD_INVALID", "FROZEN_METHOD_INVALID", "DC_ID_INVALID",
		"\x1b]0;title\a\x1b[2J", "two\nlines", "\u202eright to left", strings.Repeat("A", 300_000), "%s%d%n", "\xff\xfe",
	}
	for _, kind := range []string{"FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "FLOOD_TEST_PHONE_WAIT", "SLOWMODE_WAIT", "TAKEOUT_INIT_DELAY"} {
		for _, n := range []string{"0", "1", "-1", "60", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "99999999999999999999"} {
			list = append(list, kind+"_"+n)
		}
	}
	for _, kind := range []string{"FILE_MIGRATE", "USER_MIGRATE", "PHONE_MIGRATE", "NETWORK_MIGRATE", "STATS_MIGRATE"} {
		for _, n := range []string{"0", "-1", "-4", "2", "4", "5", "203", "10002", "2147483647", "2147483648", "9223372036854775807", "99999999999999999999", "X"} {
			list = append(list, kind+"_"+n)
		}
	}
	return list
}

// codeOf is the code that Telegram sends with a text, or one that it does not.
func codeOf(text string) int {
	switch {
	case strings.Contains(text, "MIGRATE"):
		return 303
	case strings.Contains(text, "WAIT"), strings.Contains(text, "DELAY"):
		return 420
	case strings.HasPrefix(text, "AUTH_KEY"), strings.HasPrefix(text, "SESSION"), strings.HasPrefix(text, "USER_D"):
		return 401
	case strings.EqualFold(text, "TIMEOUT"):
		return -503
	case text == "INTERNAL", text == "RPC_CALL_FAIL":
		return 500
	default:
		return 400
	}
}

// refusalAttacks are errors of calls.
func refusalAttacks() (list []Attack) {
	for _, p := range []place{
		{"any query", Query, 0}, {"getFile", Query, fileMethod}, {"getMessages", Query, tg.ChannelsGetMessagesRequestTypeID},
		{"resolveUsername", Query, tg.ContactsResolveUsernameRequestTypeID}, {"getCdnFile", Query, tg.UploadGetCDNFileRequestTypeID},
		{"getFileHashes", Query, tg.UploadGetFileHashesRequestTypeID}, {"getConfig", Query, tg.HelpGetConfigRequestTypeID},
		{"sendCode", Query, tg.AuthSendCodeRequestTypeID}, {"signIn", Query, tg.AuthSignInRequestTypeID},
		{"importAuthorization", Query, tg.AuthImportAuthorizationRequestTypeID}, {"bindTempAuthKey", Query, tg.AuthBindTempAuthKeyRequestTypeID},
	} {
		list = slices.Concat(list,
			each("error", p, texts(), func(s *Strike, text string) { s.Refuse(s.MsgID, codeOf(text), text) }),
			each("error code", p, []int{math.MinInt32, -503, -404, -1, 0, 1, 200, 303, 401, 403, 404, 406, 420, 500, 501, math.MaxInt32}, func(s *Strike, code int) {
				s.Refuse(s.MsgID, code, "SOMETHING")
			}),
			named("no answer", p, map[string]func(*Strike){
				"at all":          func(*Strike) {},
				"but after 29s":   func(s *Strike) { s.pause(29 * time.Second); s.Send(s.Honest) },
				"null":            func(s *Strike) { s.Send([]byte{0xcc, 0x0b, 0x73, 0x56}) },
				"a boolean":       func(s *Strike) { s.Object(&tg.BoolFalse{}) },
				"a vector":        func(s *Strike) { s.Send(vector(nil, math.MaxInt32)) },
				"an empty vector": func(s *Strike) { s.Send(vector(nil, 0)) },
				"an endless one":  func(s *Strike) { s.Send(append(vector(nil, 1<<16), make([]byte, 512<<10)...)) },
				"a constructor":   func(s *Strike) { s.Send(s.Honest[:min(4, len(s.Honest))]) },
				"8 MiB":           func(s *Strike) { s.Send(append(slices.Clone(s.Honest), make([]byte, 8<<20)...)) },
			}),
		)
	}
	return list
}

// configAttacks are answers of help.getConfig, help.getAppConfig and help.getCdnConfig.
func configAttacks() []Attack {
	p := place{"getConfig", Query, tg.HelpGetConfigRequestTypeID}
	options := func(change func(o *tg.DCOption)) func(*Strike) {
		return edit(func(c *tg.Config) {
			for i := range c.DCOptions {
				change(&c.DCOptions[i])
			}
		})
	}
	list := each("address", p, []string{
		"", "0.0.0.0", "127.0.0.2", "10.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%lo", "fe80::1%" + strings.Repeat("z", 1000),
		"localhost", "example.com", "127.0.0.1:443", "../../etc/passwd", "\x00", "1.2.3", "::ffff:127.0.0.1", "999.1.1.1", strings.Repeat("1", 100_000),
	}, func(s *Strike, ip string) { options(func(o *tg.DCOption) { o.IPAddress = ip })(s) })
	list = append(list, each("port", p, []int{math.MinInt32, -1, 0, 1, 65535, 65536, math.MaxInt32}, func(s *Strike, port int) {
		options(func(o *tg.DCOption) { o.Port = port })(s)
	})...)
	list = append(list, each("id", p, []int{math.MinInt32, -4, -2, 0, 1, 2, 203, 10004, math.MaxInt32}, func(s *Strike, id int) {
		options(func(o *tg.DCOption) { o.ID = id })(s)
	})...)
	list = append(list, each("secret of", p, []int{0, 1, 15, 16, 17, 18, 21, 1000, 1 << 20}, func(s *Strike, n int) {
		options(func(o *tg.DCOption) { o.SetSecret(bytes.Repeat([]byte{0xdd}, n)) })(s)
	})...)
	list = append(list, each("TLS secret of", p, []int{16, 17, 18, 100, 1000}, func(s *Strike, n int) {
		options(func(o *tg.DCOption) { o.SetSecret(bytes.Repeat([]byte{0xee}, n)) })(s)
	})...)
	times := []int{math.MinInt32, -1, 0, 1, math.MaxInt32}
	list = slices.Concat(list,
		each("date", p, times, func(s *Strike, n int) { edit(func(c *tg.Config) { c.Date = n })(s) }),
		each("expires", p, times, func(s *Strike, n int) { edit(func(c *tg.Config) { c.Expires = n })(s) }),
		each("this_dc", p, times, func(s *Strike, n int) { edit(func(c *tg.Config) { c.ThisDC = n })(s) }),
	)
	list = append(list, named("options", p, map[string]func(*Strike){
		"none":       edit(func(c *tg.Config) { c.DCOptions = nil }),
		"20,000":     edit(func(c *tg.Config) { c.DCOptions = slices.Repeat(c.DCOptions, 20_000/3) }),
		"media only": options(func(o *tg.DCOption) { o.MediaOnly = true }),
		"IPv6":       options(func(o *tg.DCOption) { o.Ipv6 = true }),
		"CDN":        options(func(o *tg.DCOption) { o.CDN = true }),
		"obfuscated": options(func(o *tg.DCOption) { o.TCPObfuscatedOnly = true }),
		"all ports":  options(func(o *tg.DCOption) { o.ThisPortOnly, o.Port = false, 9 }),
		"as home":    options(func(o *tg.DCOption) { o.Port = Port(HomeDC) }),
		"in a circle": edit(func(c *tg.Config) {
			c.DCOptions[0].Port, c.DCOptions[1].Port = c.DCOptions[1].Port, c.DCOptions[0].Port
		}),
	})...)
	cdn := place{"getCdnConfig", Query, tg.HelpGetCDNConfigRequestTypeID}
	list = append(list, each("CDN key", cdn, []string{
		"", "-", "-----BEGIN RSA PUBLIC KEY-----\n-----END RSA PUBLIC KEY-----\n", "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n",
		"-----BEGIN RSA PUBLIC KEY-----\nMAYCAQECAQE=\n-----END RSA PUBLIC KEY-----\n", "-----BEGIN RSA PUBLIC KEY-----\nMAYCAQACAQA=\n-----END RSA PUBLIC KEY-----\n",
		strings.Repeat("-----BEGIN RSA PUBLIC KEY-----\n", 10_000),
	}, func(s *Strike, pem string) { edit(func(c *tg.CDNConfig) { c.PublicKeys[0].PublicKey = pem })(s) })...)
	list = append(list, named("CDN keys", cdn, map[string]func(*Strike){
		"none":          edit(func(c *tg.CDNConfig) { c.PublicKeys = nil }),
		"of another DC": edit(func(c *tg.CDNConfig) { c.PublicKeys[0].DCID = -CDN }),
		"5,000":         edit(func(c *tg.CDNConfig) { c.PublicKeys = slices.Repeat(c.PublicKeys, 5_000) }),
	})...)
	app := place{"getAppConfig", Query, tg.HelpGetAppConfigRequestTypeID}
	return append(list, each("queue size", app, []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, 0.1, 1e9, 1e300}, func(s *Strike, n float64) {
		edit(func(c *tg.HelpAppConfig) {
			for _, v := range c.Config.(*tg.JSONObject).Value {
				v.Value.(*tg.JSONNumber).Value = n
			}
		})(s)
	})...)
}

// loginAttacks are answers to a login and to its transfer.
func loginAttacks() []Attack {
	sent, signed := place{"sendCode", Query, tg.AuthSendCodeRequestTypeID}, place{"signIn", Query, tg.AuthSignInRequestTypeID}
	sizes := []int{math.MinInt32, -1, 0, 1, math.MaxInt32}
	password := place{"getPassword", Query, tg.AccountGetPasswordRequestTypeID}
	algo := func(change func(*tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)) func(*Strike) {
		return edit(func(a *tg.AccountPassword) {
			change(a.CurrentAlgo.(*tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow))
		})
	}
	type kdf = tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
	return slices.Concat(
		each("code length", sent, sizes, func(s *Strike, n int) {
			edit(func(c *tg.AuthSentCode) { c.Type = &tg.AuthSentCodeTypeApp{Length: n}; c.SetTimeout(n) })(s)
		}),
		named("sent", sent, map[string]func(*Strike){
			"in e-mail": edit(func(c *tg.AuthSentCode) { c.Type = &tg.AuthSentCodeTypeEmailCode{EmailPattern: "\x1b[2J", Length: 9} }),
			"by flash call": edit(func(c *tg.AuthSentCode) {
				c.Type = &tg.AuthSentCodeTypeFlashCall{Pattern: strings.Repeat("*", 100_000)}
			}),
			"by Firebase": edit(func(c *tg.AuthSentCode) { c.Type = &tg.AuthSentCodeTypeFirebaseSMS{Nonce: make([]byte, 100_000)} }),
			"to nobody":   edit(func(c *tg.AuthSentCode) { c.Type = &tg.AuthSentCodeTypeSetUpEmailRequired{} }),
			"for money": func(s *Strike) {
				s.Object(&tg.AuthSentCodePaymentRequired{StoreProduct: "x", Currency: "USD", Amount: -1})
			},
			"and logged in": func(s *Strike) { s.Object(&tg.AuthSentCodeSuccess{Authorization: authorization()}) },
			"and signing up": func(s *Strike) {
				s.Object(&tg.AuthSentCodeSuccess{Authorization: &tg.AuthAuthorizationSignUpRequired{}})
			},
			"a long hash": edit(func(c *tg.AuthSentCode) { c.PhoneCodeHash = strings.Repeat("h", 1<<20) }),
		}),
		named("signed in", signed, map[string]func(*Strike){
			"as nobody":      func(s *Strike) { s.Object(&tg.AuthAuthorization{User: &tg.UserEmpty{ID: User}}) },
			"as 0":           func(s *Strike) { s.Object(&tg.AuthAuthorization{User: &tg.User{}}) },
			"as -1":          func(s *Strike) { s.Object(&tg.AuthAuthorization{User: &tg.User{ID: -1}}) },
			"to sign up":     func(s *Strike) { s.Object(&tg.AuthAuthorizationSignUpRequired{}) },
			"with a token":   func(s *Strike) { a := authorization(); a.SetFutureAuthToken(make([]byte, 1<<20)); s.Object(a) },
			"a password":     func(s *Strike) { s.Refuse(s.MsgID, 401, "SESSION_PASSWORD_NEEDED") },
			"another number": func(s *Strike) { s.Refuse(s.MsgID, 400, "PHONE_CODE_INVALID") },
		}),
		named("password", password, map[string]func(*Strike){
			"p of nothing": algo(func(a *kdf) { a.P = nil }),
			"p of 0":       algo(func(a *kdf) { a.P = make([]byte, 256) }),
			"p of 1":       algo(func(a *kdf) { a.P = []byte{1} }),
			"even p":       algo(func(a *kdf) { a.P = power(2047) }),
			"p of 1 MiB":   algo(func(a *kdf) { a.P = bytes.Repeat([]byte{0xff}, 1<<20) }),
			"g of 0":       algo(func(a *kdf) { a.G = 0 }),
			"g of -1":      algo(func(a *kdf) { a.G = -1 }),
			"g of 2^31-1":  algo(func(a *kdf) { a.G = math.MaxInt32 }),
			"long salts":   algo(func(a *kdf) { a.Salt1, a.Salt2 = make([]byte, 1<<20), make([]byte, 1<<20) }),
			"no salts":     algo(func(a *kdf) { a.Salt1, a.Salt2 = nil, nil }),
			"no B":         edit(func(a *tg.AccountPassword) { a.SRPB = nil }),
			"B of 0":       edit(func(a *tg.AccountPassword) { a.SRPB = make([]byte, 256) }),
			"B of 1 MiB":   edit(func(a *tg.AccountPassword) { a.SRPB = bytes.Repeat([]byte{0xff}, 1<<20) }),
			"unknown":      edit(func(a *tg.AccountPassword) { a.SetCurrentAlgo(&tg.PasswordKdfAlgoUnknown{}) }),
			"none at all": func(s *Strike) {
				s.Object(&tg.AccountPassword{NewAlgo: &tg.PasswordKdfAlgoUnknown{}, NewSecureAlgo: &tg.SecurePasswordKdfAlgoUnknown{}})
			},
			"a hint of 1MB": edit(func(a *tg.AccountPassword) { a.SetHint(strings.Repeat("\x1b[", 500_000)) }),
		}),
		each("exported id", place{"exportAuthorization", Query, tg.AuthExportAuthorizationRequestTypeID}, []int64{math.MinInt64, -1, 0, math.MaxInt64}, func(s *Strike, id int64) {
			s.Object(&tg.AuthExportedAuthorization{ID: id, Bytes: make([]byte, 1<<20)})
		}),
		named("imported", place{"importAuthorization", Query, tg.AuthImportAuthorizationRequestTypeID}, map[string]func(*Strike){
			"nobody":  func(s *Strike) { s.Object(&tg.AuthAuthorization{User: &tg.UserEmpty{}}) },
			"sign up": func(s *Strike) { s.Object(&tg.AuthAuthorizationSignUpRequired{}) },
		}),
		named("bound", place{"bindTempAuthKey", Query, tg.AuthBindTempAuthKeyRequestTypeID}, map[string]func(*Strike){
			"not": func(s *Strike) { s.Object(&tg.BoolFalse{}) },
		}),
	)
}
