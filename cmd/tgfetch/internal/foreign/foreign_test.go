package foreign

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/session"
)

// testKey has all bytes that there are.
func testKey() (k crypto.Key) {
	for i := range k {
		k[i] = byte(255 - i)
	}
	return k
}

func unhex(s string) []byte {
	data, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return data
}

// pack joins hexadecimal pieces around the key.
func pack(before, after string) []byte {
	key := testKey()
	return append(append(unhex(before), key[:]...), unhex(after)...)
}

// The sessions here are composed by hand from their documentation.
func TestParse(t *testing.T) {
	key := testKey()
	id := key.ID()
	gotd, err := json.Marshal(map[string]any{"Version": 1, "Data": map[string]any{
		"Config": map[string]any{"ThisDC": 2}, "DC": 2, "Addr": "149.154.167.51:443", "AuthKey": key[:], "AuthKeyID": id[:], "Salt": 77,
	}})
	if err != nil {
		t.Fatal(err)
	}
	telethon4 := base64.URLEncoding.EncodeToString(pack("02 959aa733 01bb", ""))
	telethon6 := base64.URLEncoding.EncodeToString(pack("04 2001067c04e8f0040000000000000a00 01bb", ""))
	for name, tt := range map[string]struct {
		in   string
		want Login
	}{
		"gotd":              {string(gotd), Login{DC: 2, Addr: "149.154.167.51:443", Salt: 77}},
		"Telethon":          {"1" + telethon4, Login{DC: 2, Addr: "149.154.167.51:443"}},
		"Telethon, IPv6":    {"1" + telethon6, Login{DC: 4, Addr: "[2001:67c:4e8:f004::a00]:443"}},
		"Telethon, cut":     {" 1" + strings.TrimRight(telethon4, "=") + "\n", Login{DC: 2, Addr: "149.154.167.51:443"}},
		"GramJS":            {"1" + base64.StdEncoding.EncodeToString(pack("02 000e 3134392e3135342e3136372e3530 01bb", "")), Login{DC: 2, Addr: "149.154.167.50:443"}},
		"GramJS, IPv6":      {"1" + base64.StdEncoding.EncodeToString(pack("04 0019 323030313a3036373a3465383a663030343a3a303030303a61 01bb", "")), Login{DC: 4, Addr: "[2001:067:4e8:f004::0000:a]:443"}},
		"GramJS, a name":    {"1" + base64.StdEncoding.EncodeToString(pack("02 0018 76656e75732e7765622e74656c656772616d2e6f7267ffff 01bb", "")), Login{DC: 2}},
		"mtcute":            {mtcute("00000000", "17 020200 0e3134392e3135342e3136372e353000 bb010000", ""), Login{DC: 2, Addr: "149.154.167.50:443"}},
		"mtcute, all of it": {mtcute("05000000", "17 020204 0e3134392e3135342e3136372e353000 bb010000", "17 020206 0e3134392e3135342e3136372e353000 bb010000 c3d2e1f001000000 b5757299"), Login{DC: 2, Addr: "149.154.167.50:443", UserID: 0x1f0e1d2c3, Bot: true, Test: true}},
		"mtcute of old":     {mtcute("03000000", "17 010200 0e3134392e3135342e3136372e353000 bb010000", "591b000000000000 379779bc"), Login{DC: 2, Addr: "149.154.167.50:443", UserID: 7001, Test: true}},
		"Pyrogram":          {raw(pack("05 000043c5 00", "00000001f0e1d2c3 01")), Login{DC: 5, APIID: 17349, UserID: 0x1f0e1d2c3, Bot: true}},
		"Pyrogram, test":    {raw(pack("02 000043c5 01", "0000000000001b59 00")), Login{DC: 2, APIID: 17349, UserID: 7001, Test: true}},
		"Pyrogram 1":        {raw(pack("02 00", "0000000000001b59 00")), Login{DC: 2, UserID: 7001}},
		"Pyrogram 1 of old": {raw(pack("02 00", "fedcba98 01")) + "=", Login{DC: 2, UserID: 0xfedcba98, Bot: true}},
	} {
		tt.want.Key = key
		if got, err := Parse([]byte(tt.in)); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// mtcute is a string of mtcute, of hexadecimal pieces around the key.
func mtcute(flags, dc, after string) string {
	return raw(pack("03"+flags+dc+after+"fe000100", ""))
}

func raw(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func TestParseRefuses(t *testing.T) {
	zero := make([]byte, 256)
	for name, tt := range map[string]struct {
		in   string
		want error
	}{
		"nothing":              {"", ErrUnknown},
		"words":                {"hello there", ErrUnknown},
		"short":                {raw(pack("02 00", "00"))[:300], ErrUnknown},
		"other JSON":           {`{"a":1}`, ErrDamaged},
		"newer gotd":           {`{"Version":2,"Data":{"DC":2}}`, ErrDamaged},
		"gotd without a key":   {`{"Version":1,"Data":{"DC":2}}`, ErrDamaged},
		"gotd, another key id": {`{"Version":1,"Data":{"DC":2,"AuthKeyID":"AAAA","AuthKey":"` + base64.StdEncoding.EncodeToString(pack("", "")) + `"}}`, ErrDamaged},
		"no base64":            {"1" + strings.Repeat("!", 351), ErrDamaged},
		"no DC":                {raw(pack("00 000043c5 00", "0000000000001b59 00")), ErrDamaged},
		"an empty key":         {raw(append(append(unhex("02 000043c5 00"), zero...), unhex("0000000000001b59 00")...)), ErrDamaged},
		"mtcute, no such flag": {mtcute("08000000", "17 020200 0e3134392e3135342e3136372e353000 bb010000", ""), ErrDamaged},
		"mtcute, other DC":     {mtcute("00000000", "17 030200 0e3134392e3135342e3136372e353000 bb010000", ""), ErrDamaged},
		"mtcute, a cut DC":     {mtcute("00000000", "17 020200 303134392e3135342e3136372e353000 bb010000", ""), ErrDamaged},
		"mtcute and more":      {raw(append(pack("03 00000000 17 020200 0e3134392e3135342e3136372e353000 bb010000 fe000100", ""), 1, 2, 3, 4)), ErrDamaged},
		"a negative user":      {raw(pack("02 000043c5 00", "ff00000000001b59 00")), ErrDamaged},
	} {
		if l, err := Parse([]byte(tt.in)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v; want %v", name, l, err, tt.want)
		}
	}
}

// What is written is what the programs themselves read; for Telethon and gotd, gotd is the judge.
func TestWrite(t *testing.T) {
	l := Login{DC: 2, Key: testKey(), Addr: "149.154.167.51:443", UserID: 7001, APIID: 17349, Salt: 5}
	text, err := Write(l, Telethon)
	if err != nil {
		t.Fatal(err)
	}
	if want := "1" + base64.URLEncoding.EncodeToString(pack("02 959aa733 01bb", "")); string(text) != want || len(text) != 353 {
		t.Errorf("Telethon: %s", text)
	}
	if d, err := session.TelethonSession(string(text)); err != nil || d.DC != 2 || d.Addr != l.Addr || !bytes.Equal(d.AuthKey, l.Key[:]) {
		t.Errorf("Telethon, read by gotd: %v, %v", d, err)
	}
	text, err = Write(l, Pyrogram)
	if err != nil {
		t.Fatal(err)
	}
	if want := raw(pack("02 000043c5 00", "0000000000001b59 00")); string(text) != want || len(text) != 362 {
		t.Errorf("Pyrogram: %s", text)
	}
	text, err = Write(l, GoTD)
	if err != nil {
		t.Fatal(err)
	}
	storage := &session.StorageMemory{}
	if err := storage.StoreSession(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	id := l.Key.ID()
	d, err := (&session.Loader{Storage: storage}).Load(t.Context())
	if err != nil || d.DC != 2 || d.Addr != l.Addr || !bytes.Equal(d.AuthKey, l.Key[:]) || !bytes.Equal(d.AuthKeyID, id[:]) || d.Salt != 5 {
		t.Errorf("gotd: %v, %v", d, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	l := Login{DC: 2, Key: testKey(), Addr: "149.154.167.51:443", UserID: 7001, APIID: 17349}
	for name, edit := range map[string]func(l *Login) Format{
		"Telethon without an address": func(l *Login) Format { l.Addr = ""; return Telethon },
		"Telethon with a name":        func(l *Login) Format { l.Addr = "example.com:443"; return Telethon },
		"Pyrogram without a user":     func(l *Login) Format { l.UserID = 0; return Pyrogram },
		"Pyrogram without an app":     func(l *Login) Format { l.APIID = 0; return Pyrogram },
		"no DC":                       func(l *Login) Format { l.DC = 0; return GoTD },
		"no key":                      func(l *Login) Format { l.Key = crypto.Key{}; return GoTD },
		"another format":              func(*Login) Format { return "tdata" },
	} {
		l := l
		format := edit(&l)
		if text, err := Write(l, format); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	l := Login{DC: 2, Key: testKey(), Addr: "149.154.167.51:443", UserID: 7001, APIID: 17349}
	for _, format := range Formats {
		text, err := Write(l, format)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(raw(pack("02 00", "fedcba98 01"))))
	f.Add([]byte("1" + base64.StdEncoding.EncodeToString(pack("02 000e 3134392e3135342e3136372e3530 01bb", ""))))
	f.Add([]byte(mtcute("05000000", "17 020204 0e3134392e3135342e3136372e353000 bb010000", "17 020206 0e3134392e3135342e3136372e353000 bb010000 c3d2e1f001000000 b5757299")))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
			return
		}
		// What was read can be written and read again.
		l.UserID, l.APIID = max(l.UserID, 1), max(l.APIID, 1)
		text, err := Write(l, Pyrogram)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(text)
		l.Addr, l.Salt = "", 0
		if err != nil || again != l {
			t.Errorf("%+v became %+v, %v", l, again, err)
		}
	})
}
