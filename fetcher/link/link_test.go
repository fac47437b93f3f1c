package link

import (
	"errors"
	"strings"
	"testing"
)

func TestParseLink(t *testing.T) {
	msg := func(name string, id int) Link { return Link{Username: name, First: id, Last: id} }
	private := func(channel int64, id int) Link { return Link{Channel: channel, First: id, Last: id} }
	for link, want := range map[string]Link{
		"https://t.me/durov/43":                                  msg("durov", 43),
		"http://t.me/durov/43":                                   msg("durov", 43),
		"t.me/durov/43":                                          msg("durov", 43),
		"  t.me/durov/43\n":                                      msg("durov", 43),
		"HTTPS://T.ME/Durov/43/":                                 msg("durov", 43),
		"https://t.me:443/durov/43":                              msg("durov", 43),
		"https://www.t.me/durov/43":                              msg("durov", 43),
		"https://t.me/durov/43#top":                              msg("durov", 43),
		"https://telegram.me/durov/43":                           msg("durov", 43),
		"https://telegram.dog/durov/43":                          msg("durov", 43),
		"https://durov.t.me/43":                                  msg("durov", 43),
		"durov.t.me/43?single":                                   {Username: "durov", First: 43, Last: 43, Single: true},
		"https://t.me/s/durov/43":                                msg("durov", 43),
		"https://t.me/s/durov/43?q=word&before=50":               msg("durov", 43),
		"@durov/43":                                              msg("durov", 43),
		"https://t.me/durov/2147483647":                          msg("durov", 2147483647),
		"https://t.me/durov/100-200":                             {Username: "durov", First: 100, Last: 200},
		"@durov/100-100":                                         msg("durov", 100),
		"https://t.me/forum/7/43":                                {Username: "forum", Topic: 7, First: 43, Last: 43},
		"https://t.me/forum/7/40-43":                             {Username: "forum", Topic: 7, First: 40, Last: 43},
		"https://t.me/c/1234567890/43":                           private(1234567890, 43),
		"https://t.me/c/1234567890/40-43":                        {Channel: 1234567890, First: 40, Last: 43},
		"https://t.me/c/1234567890/7/43":                         {Channel: 1234567890, Topic: 7, First: 43, Last: 43},
		"https://t.me/c/1234567890/-999999990?single":            {Channel: 1234567890, First: 10, Last: 10, Past: true, Single: true},
		"https://t.me/c/1234567890/-1":                           {Channel: 1234567890, First: 999999999, Last: 999999999, Past: true},
		"https://t.me/c/1234567890/43?thread=7":                  {Channel: 1234567890, Topic: 7, First: 43, Last: 43},
		"https://t.me/durov/43?single":                           {Username: "durov", First: 43, Last: 43, Single: true},
		"https://t.me/durov/43?single&t=1m5s":                    {Username: "durov", First: 43, Last: 43, Single: true},
		"https://t.me/durov/43?comment=99":                       {Username: "durov", First: 43, Last: 43, Comment: 99},
		"tg://resolve?domain=durov&post=43":                      msg("durov", 43),
		"tg:resolve?domain=durov&post=43&single":                 {Username: "durov", First: 43, Last: 43, Single: true},
		"TG://Resolve?domain=Durov&post=43&thread=7":             {Username: "durov", Topic: 7, First: 43, Last: 43},
		"tg://privatepost?channel=1234567890&post=43":            private(1234567890, 43),
		"tg://privatepost?channel=1234567890&post=43&comment=99": {Channel: 1234567890, First: 43, Last: 43, Comment: 99},
		"https://t.me/durov":                                     {Username: "durov"},
		"https://durov.t.me/":                                    {Username: "durov"},
		"@durov":                                                 {Username: "durov"},
		"https://t.me/s/durov":                                   {Username: "durov"},
		"tg://resolve?domain=durov":                              {Username: "durov"},
		"https://t.me/c/1234567890":                              {Channel: 1234567890},
		"https://t.me/forum?thread=7":                            {Username: "forum", Topic: 7},
		"tg://resolve?domain=forum&topic=7":                      {Username: "forum", Topic: 7},
		"https://t.me/durov/43?comment":                          {Username: "durov", First: 43, Last: 43, Comments: true},
		"https://t.me/durov/43?single&comment=":                  {Username: "durov", First: 43, Last: 43, Comments: true},
		"https://t.me/durov/1-5?single":                          {Username: "durov", First: 1, Last: 5},
		"https://t.me/durov/s/5":                                 {Username: "durov", First: 5, Last: 5, Story: true},
		"tg://resolve?domain=durov&story=5":                      {Username: "durov", First: 5, Last: 5, Story: true},
		"tg:resolve?domain=Durov&story=5-9":                      {Username: "durov", First: 5, Last: 9, Story: true},
		"@gif":                                                   {Username: "gif"},
		"@gif/43":                                                msg("gif", 43),
		"t.me/x/43":                                              msg("x", 43),
		"tg://resolve?domain=pic":                                {Username: "pic"},
		"t.me/durov/43?start=x&text=y":                           msg("durov", 43),
		"tg://resolve?domain=durov&post=43&boost":                msg("durov", 43),
		"t.me/durov?profile":                                     {Username: "durov"},
		"https://t.me/durov/S/5-9?thread=7&comment=3":            {Username: "durov", First: 5, Last: 9, Story: true},
		"me":                 {Username: "me"},
		"me/43":              msg("me", 43),
		"@me/40-43":          {Username: "me", First: 40, Last: 43},
		"https://t.me/me/43": msg("me", 43),
		"tg://openmessage?user_id=5&message_id=7":            {User: 5, First: 7, Last: 7},
		"tg://openmessage?user_id=5&message_id=7-9&thread=3": {User: 5, First: 7, Last: 9},
		"tg://openmessage?chat_id=5&message_id=7&single":     {Group: 5, First: 7, Last: 7, Single: true},
		"tg://openmessage?user_id=5":                         {User: 5},
		"tg:user?id=5":                                       {User: 5},
		"https://t.me/+AbCd_EfGh-12":                         {Invite: "AbCd_EfGh-12"},
		"https://t.me/joinchat/AbCdEfGh12":                   {Invite: "AbCdEfGh12"},
		"tg://join?invite=AbCdEfGh12":                        {Invite: "AbCdEfGh12"},
		"https://t.me/addstickers/Some_Set":                  {Stickers: "some_set"},
		"t.me/addemoji/Emoji":                                {Stickers: "emoji"},
		"tg://addstickers?set=Some_Set&comment=1":            {Stickers: "some_set"},
	} {
		got, err := Parse(link)
		if err != nil || got != want {
			t.Errorf("%s\n got %+v, %v\nwant %+v", link, got, err, want)
		}
	}
}

func TestParseLinkRefuses(t *testing.T) {
	for link, reason := range map[string]string{
		"":                                                "empty",
		"   ":                                             "empty",
		"https://example.com/durov/43":                    "not a host of Telegram",
		"https://t.me.example.com/durov/43":               "not a host of Telegram",
		"https://xt.me/durov/43":                          "not a host of Telegram",
		"https://durov.telegram.me/43":                    "not a host of Telegram",
		"durov/43":                                        "not a host of Telegram",
		"ftp://t.me/durov/43":                             "no kind of Telegram link",
		"https://user@t.me/durov/43":                      "no user and no port",
		"https://t.me:8443/durov/43":                      "no user and no port",
		"https://t.me":                                    "no chat",
		"https://t.me/":                                   "no chat",
		"https://t.me/durov/0":                            "no message's number",
		"https://t.me/durov/-5":                           "no message's number",
		"https://t.me/durov/+5":                           "no message's number",
		"https://t.me/durov/4x":                           "no message's number",
		"https://t.me/durov/2147483648":                   "no message's number",
		"https://t.me/durov/99999999999999999999":         "no message's number",
		"https://t.me/durov/200-100":                      "runs backwards",
		"https://t.me/durov/100-":                         "no message's number",
		"https://t.me/durov/1-2-3":                        "no message's number",
		"https://t.me/_dur/43":                            "no username",
		"tg://resolve?domain=durov&story=live":            "live story",
		"t.me/durov/s/live":                               "live story",
		"tg://resolve?domain=durov&story=x":               "no message's number",
		"tg://resolve?domain=x&start":                     "starts a bot",
		"t.me/x?start=abc":                                "starts a bot",
		"@x?startgroup=abc":                               "adds a bot to a group",
		"t.me/x?startchannel&admin=post_messages":         "adds a bot to a channel",
		"t.me/x?startapp=abc":                             "mini app",
		"tg://resolve?domain=x&appname=app":               "mini app",
		"t.me/x?startattach":                              "attachment menu",
		"t.me/x?attach=bot":                               "attachment menu",
		"t.me/x?game=chess":                               "a game",
		"t.me/x?boost":                                    "boosts",
		"t.me/c/1234567890?boost":                         "boosts",
		"tg://privatepost?channel=5&boost":                "boosts",
		"t.me/x?videochat":                                "video chat",
		"t.me/x?voicechat=hash":                           "voice chat",
		"t.me/x?livestream":                               "live stream",
		"t.me/x?direct":                                   "direct messages",
		"t.me/x?ref=abc":                                  "affiliate",
		"t.me/x?text=abc":                                 "writes a message",
		"tg://resolve?domain=x&album=5":                   "album of stories",
		"t.me/x/a/5":                                      "album of stories",
		"tg://resolve?domain=x&collection=5":              "collection of gifts",
		"t.me/x/c/5":                                      "collection of gifts",
		"https://t.me/1durov/43":                          "no username",
		"https://t.me/du-rov/43":                          "no username",
		"https://t.me/дуров/43":                           "no username",
		"https://t.me/" + strings.Repeat("a", 33) + "/43": "no username",
		"https://t.me/c/0/43":                             "no channel's number",
		"https://t.me/c/-100123/43":                       "no channel's number",
		"https://t.me/c/5/-1000000000":                    "no message's number",
		"https://t.me/c/5/-0":                             "no message's number",
		"https://t.me/c/99999999999999/43":                "no channel's number",
		"https://t.me/c":                                  "no chat",
		"https://t.me/s/":                                 "no chat",
		"https://t.me/durov/s/":                           "no message's number",
		"https://t.me/durov/s/x":                          "no message's number",
		"https://t.me/durov?comment=5":                    "names none",
		"https://t.me/durov/7/43?comment":                 "a topic and a comment",
		"https://t.me/+AbCd":                              "no invite",
		"https://t.me/+AbCdEfGhIjKl/5":                    "a hash and nothing else",
		"https://t.me/joinchat":                           "a hash and nothing else",
		"https://t.me/joinchat/":                          "a hash and nothing else",
		"tg://resolve?post=7":                             "no chat",
		"https://t.me/+79991234567":                       "phone number",
		"tg://resolve?phone=79991234567":                  "phone number",
		"tg://openmessage?message_id=7":                   "no user and no chat",
		"tg://openmessage?user_id=x&message_id=7":         "no user's number",
		"tg://user?id=-5":                                 "no user's number",
		"tg://privatepost?post=7":                         "no channel's number",
		"tg://join?invite=":                               "no invite",
		"tg://settings":                                   "names no message",
		"https://t.me/addstickers":                        "sticker set",
		"https://t.me/addstickers/An.imals":               "sticker set",
		"https://t.me/login/12345":                        "login code",
		"https://t.me/a/b/c/d/e":                          "more parts",
		"https://t.me/durov//43":                          "no topic's number",
		"https://t.me/durov/43?comment=x":                 "no message's number",
		"https://t.me/durov/43?thread=0":                  "no message's number",
		"https://t.me/durov/1-5?comment=7":                "not to a range",
		"https://t.me/durov/43?a=%zz":                     "malformed",
		"https://t.me/%zz":                                "not a URL",
	} {
		got, err := Parse(link)
		var bad *Error
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, reason) {
			t.Errorf("%q: got %+v, %v; want %q", link, got, err, reason)
			continue
		}
		if bad.Link != link || !strings.Contains(err.Error(), "https://t.me/durov/43") {
			t.Errorf("%q: %v does not show the link and a right one", link, err)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, seed := range []string{
		"https://t.me/durov/43", "@durov/1-9", "https://durov.t.me/43?single", "tg://resolve?domain=durov&post=43&comment=7",
		"https://t.me/c/1234567890/7/43", "t.me/s/durov/43", "tg:privatepost?channel=5&post=4", "https://t.me/+AbCdEfGh", "://", "@", "me/5",
		"t.me/durov/s/5", "t.me/durov/5?comment", "t.me/durov?thread=7", "tg://openmessage?chat_id=5&message_id=7-9&single", "tg:user?id=5", "t.me/c/5/-999999990",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		link, err := Parse(s)
		if err != nil {
			if !errors.As(err, new(*Error)) {
				t.Fatalf("%q: %T", s, err)
			}
			return
		}
		chats := 0
		for _, named := range []bool{link.Username != "", link.Channel != 0, link.Group != 0, link.User != 0, link.Invite != ""} {
			if named {
				chats++
			}
		}
		if link.First < 0 || link.Last < link.First || (link.First == 0) != (link.Last == 0) || chats != 1 {
			t.Fatalf("%q names no message: %+v", s, link)
		}
		again, err := Parse(link.String())
		if err != nil || again != link {
			t.Fatalf("%q is %+v, written %s, read back %+v, %v", s, link, link, again, err)
		}
	})
}
