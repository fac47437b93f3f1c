package link

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// linkForms is every form of path that leads to messages, after the host. Upper
// case words stand for a piece of their kind, others for themselves.
var linkForms = [][]string{
	{"c", "CHANNEL", "IDS"},
	{"c", "CHANNEL", "TOPIC", "IDS"},
	{"s", "NAME", "IDS"},
	{"NAME", "IDS"},
	{"NAME", "TOPIC", "IDS"},
	{"NAME", "s", "STORIES"},
	{"c", "CHANNEL"},
	{"s", "NAME"},
	{"NAME"},
	{"INVITE"},
	{"joinchat", "INVITE"},
	{"addstickers", "STICKERS"},
	{"addemoji", "STICKERS"},
}

// words is what else Telegram's links lead to, by the first piece of their
// path, and what is said about it. None of them can be a username.
var words = map[string]string{
	"addlist":      "a folder is no message",
	"addtheme":     "a theme is no message",
	"bg":           "a wallpaper is no message",
	"boost":        "a boost link is no message",
	"call":         "a call is no message",
	"confirmphone": "this link confirms a phone number",
	"contact":      "a contact is no message",
	"giftcode":     "a gift is no message",
	"invoice":      "an invoice is no message",
	"iv":           "an instant view is no message",
	"login":        "this link holds a login code; keep it to yourself",
	"m":            "a business chat link is no message",
	"nft":          "a gift is no message",
	"proxy":        "this link sets a proxy",
	"setlanguage":  "a language is no message",
	"share":        "a share link is no message",
	"socks":        "this link sets a proxy",
}

// purposes is what a link to a chat opens in place of its messages, by the
// parameter that says so. Beside a message they change nothing.
//
// https://core.telegram.org/api/links
var purposes = []struct{ param, reason string }{
	{"start", "it starts a bot"},
	{"startgroup", "it adds a bot to a group"},
	{"startchannel", "it adds a bot to a channel"},
	{"startapp", "it opens a mini app"},
	{"appname", "it opens a mini app"},
	{"startattach", "it opens a bot of the attachment menu"},
	{"attach", "it opens a bot of the attachment menu"},
	{"game", "it opens a game"},
	{"boost", "it boosts the chat"},
	{"videochat", "it opens the chat's video chat"},
	{"voicechat", "it opens the chat's voice chat"},
	{"livestream", "it opens the chat's live stream"},
	{"direct", "it opens the channel's direct messages"},
	{"ref", "it is an affiliate's link to a bot"},
	{"text", "it writes a message to the chat"},
	{"album", "it opens an album of stories; link to its stories one by one, as in https://t.me/durov/s/43"},
	{"collection", "it opens a collection of gifts"},
}

// shelves is the same for the piece of a path behind a name.
var shelves = map[string]string{
	"a": "it opens an album of stories; link to its stories one by one, as in https://t.me/durov/s/43",
	"c": "it opens a collection of gifts",
}

// Parse parses a link to messages.
//
//	https://t.me/NAME/ID            a message of a public chat, or of the private chat with a user or bot
//	https://t.me/NAME/100-200       every message from 100 to 200
//	https://t.me/NAME               every message of the chat
//	https://t.me/NAME/TOPIC/ID      a message in a forum's topic
//	https://t.me/NAME/TOPIC         every message of a forum's topic; 1 is General
//	https://t.me/NAME?thread=TOPIC  the same, of any thread
//	https://t.me/NAME/ID?comment=ID a comment on a channel's post
//	https://t.me/NAME/ID?comment    every comment on the post
//	https://t.me/NAME/s/ID          a story
//	https://t.me/s/NAME/ID          the preview of a public channel
//	https://NAME.t.me/ID            a name as a subdomain
//	https://t.me/c/CHANNEL/ID       a private channel or group the account is in
//	https://t.me/c/CHANNEL/TOPIC/ID
//	https://t.me/c/CHANNEL/-ID      a message of the basic group that the supergroup was, as Telegram Desktop's exports number it
//	https://t.me/+HASH              every message of a chat that the account has joined already
//	https://t.me/joinchat/HASH
//	https://t.me/addstickers/SET    every sticker of a set; addemoji is the same
//	@NAME/ID
//	me/ID                           a message in Saved Messages
//	tg://resolve?domain=NAME&post=ID
//	tg://resolve?domain=NAME&story=ID
//	tg://privatepost?channel=CHANNEL&post=ID
//	tg://openmessage?user_id=USER&message_id=ID   a user or bot that was seen before
//	tg://openmessage?chat_id=GROUP&message_id=ID  a basic group
//	tg://user?id=USER
//	tg://join?invite=HASH
//	tg://addstickers?set=SET
//
// The scheme may be http, https or missing; telegram.me and telegram.dog are
// t.me. Wherever there is an ID there may be a range, or nothing for all
// messages; stories have to be named, and comments belong to one post. A range
// with a topic holds the topic's messages only. Of the parameters, single asks
// for one item of an album, thread or topic names a topic and comment what is
// said about a post. A link that opens something else than messages, such as
// a bot, a game or a video chat, is refused by what it opens; other parameters
// are ignored.
//
// The error is a [*Error].
func Parse(s string) (Link, error) {
	link, query, reason := readLink(strings.TrimSpace(s))
	if reason == "" {
		reason = link.setQuery(query)
	}
	if reason != "" {
		return Link{}, &Error{Link: s, Reason: reason}
	}
	return link, nil
}

// readLink reads all of a link but the parameters that links of every kind may
// have.
func readLink(s string) (link Link, query url.Values, reason string) {
	switch {
	case s == "":
		return Link{}, nil, "it is empty"
	case strings.HasPrefix(s, "@"):
		s = "t.me/" + s[1:]
	case s == SavedMessages || strings.HasPrefix(s, SavedMessages+"/"):
		s = "t.me/" + s
	}
	if !strings.Contains(s, "://") {
		if rest, ok := cutPrefixFold(s, "tg:"); ok {
			s = "tg://" + rest
		} else {
			s = "https://" + s
		}
	}
	u, err := url.Parse(s)
	if err != nil {
		return Link{}, nil, "it is not a URL"
	}
	query, err = url.ParseQuery(u.RawQuery)
	if err != nil {
		return Link{}, nil, "its parameters are malformed"
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		var path string
		if path, reason = webPath(u); reason == "" {
			link, reason = parsePath(path)
		}
	case "tg":
		link, reason = parseApp(strings.ToLower(u.Host), query)
	default:
		reason = fmt.Sprintf("%s: is no kind of Telegram link", u.Scheme)
	}
	return link, query, reason
}

func webPath(u *url.URL) (path, reason string) {
	if u.User != nil || u.Port() != "" && u.Port() != "80" && u.Port() != "443" {
		return "", "a link of Telegram has no user and no port"
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	path = strings.Trim(u.Path, "/")
	for _, telegram := range []string{"t.me", "telegram.me", "telegram.dog"} {
		if host == telegram || host == "www."+telegram {
			return path, ""
		}
		if name, ok := strings.CutSuffix(host, "."+telegram); ok && telegram == "t.me" {
			return strings.TrimSuffix(name+"/"+path, "/"), ""
		}
	}
	return "", fmt.Sprintf("%q is not a host of Telegram (t.me, telegram.me or telegram.dog)", host)
}

// parseApp reads a tg: link, most of which stand for a path on the web.
//
// https://core.telegram.org/api/links
func parseApp(action string, query url.Values) (link Link, reason string) {
	switch action {
	case "resolve":
		switch {
		case query.Has("phone"):
			return Link{}, phoneLink
		case query.Has("story"):
			return parsePath(query.Get("domain") + "/s/" + query.Get("story"))
		}
		return parsePath(strings.TrimSuffix(query.Get("domain")+"/"+query.Get("post"), "/"))
	case "privatepost":
		return parsePath(strings.TrimSuffix("c/"+query.Get("channel")+"/"+query.Get("post"), "/"))
	case "join":
		return parsePath("+" + query.Get("invite"))
	case "addstickers", "addemoji":
		return parsePath("addstickers/" + query.Get("set"))
	case "openmessage":
		return parsePeer(query, query.Get("message_id"))
	case "user":
		query.Set("user_id", query.Get("id"))
		return parsePeer(query, "")
	default:
		return Link{}, fmt.Sprintf("tg://%s names no message; tg://resolve and tg://privatepost do", action)
	}
}

// parsePeer reads the id of a user or a basic group.
func parsePeer(query url.Values, ids string) (link Link, reason string) {
	switch {
	case query.Has("user_id"):
		link.User, reason = parsePeerID(query.Get("user_id"), "user")
	case query.Has("chat_id"):
		link.Group, reason = parsePeerID(query.Get("chat_id"), "group")
	default:
		reason = "it names no user and no chat"
	}
	if reason == "" && ids != "" {
		link.First, link.Last, reason = parseRange(ids)
	}
	return link, reason
}

func parsePath(path string) (link Link, reason string) {
	pieces := strings.Split(path, "/")
	first := strings.ToLower(pieces[0])
	if reason, ok := words[first]; ok {
		return Link{}, reason
	}
	for _, form := range linkForms {
		if link, reason, ok := matchForm(form, pieces); ok {
			return link, reason
		}
	}
	switch {
	case path == "":
		return Link{}, "it names no chat and no message"
	case first == "joinchat", strings.HasPrefix(first, "+"):
		return Link{}, "an invite link is a hash and nothing else"
	case first == "addstickers", first == "addemoji":
		return Link{}, "it names no sticker set, or more than that"
	case first == "", first == "c", first == "s":
		return Link{}, "it names no chat"
	}
	return Link{}, "it has more parts than a chat, a topic and a message"
}

// matchForm reads pieces by a form. It answers false if the form has another
// length or other fixed words.
func matchForm(form, pieces []string) (link Link, reason string, ok bool) {
	if len(form) != len(pieces) {
		return Link{}, "", false
	}
	for i, want := range form {
		piece := pieces[i]
		switch want {
		case "NAME":
			link.Username = strings.ToLower(piece)
			switch {
			case link.Username == "c", link.Username == "s", link.Username == "joinchat", link.Username == "addstickers", link.Username == "addemoji", strings.HasPrefix(piece, "+"), piece == "":
				return Link{}, "", false
			case link.Username != SavedMessages && !isUsername(link.Username):
				reason = fmt.Sprintf("%q is no username: at most 32 letters, digits and underscores, a letter first", piece)
			}
		case "CHANNEL":
			if link.Channel, reason = parseChannel(piece); reason != "" {
				return Link{}, reason, true
			}
		case "TOPIC":
			if strings.EqualFold(piece, "s") {
				return Link{}, "", false
			}
			if shelf := shelves[strings.ToLower(piece)]; shelf != "" && link.Username != "" {
				return Link{}, shelf, true
			}
			if link.Topic, ok = parseID(piece); !ok {
				reason = fmt.Sprintf("%q is no topic's number", piece)
			}
		case "INVITE":
			if len(form) == 1 {
				if piece, ok = strings.CutPrefix(piece, "+"); !ok {
					return Link{}, "", false
				}
			}
			if reason = inviteReason(piece); reason == "" {
				link.Invite = piece
			}
		case "STICKERS":
			if link.Stickers = strings.ToLower(piece); !isStickerSet(link.Stickers) {
				reason = fmt.Sprintf("%q is no name of a sticker set", piece)
			}
		case "IDS", "STORIES":
			if link.Story = want == "STORIES"; link.Story && strings.EqualFold(piece, "live") {
				return Link{}, "it opens a live story, which has no file yet", true
			}
			if id, ok := parsePast(piece); ok && link.Channel != 0 {
				link.First, link.Last, link.Past = id, id, true
				continue
			}
			link.First, link.Last, reason = parseRange(piece)
		default:
			if !strings.EqualFold(piece, want) {
				return Link{}, "", false
			}
		}
		if reason != "" {
			return Link{}, reason, true
		}
	}
	return link, "", true
}

func (l *Link) setQuery(query url.Values) (reason string) {
	if l.First == 0 && (l.Username != "" || l.Channel != 0) {
		for _, p := range purposes {
			if query.Has(p.param) {
				return p.reason
			}
		}
	}
	l.Single = query.Has("single") && l.First == l.Last && l.First != 0 && !l.Story
	for _, p := range []struct {
		name string
		dst  *int
	}{{"thread", &l.Topic}, {"topic", &l.Topic}, {"comment", &l.Comment}} {
		value := query.Get(p.name)
		if value == "" {
			continue
		}
		var ok bool
		if *p.dst, ok = parseID(value); !ok {
			return fmt.Sprintf("%s=%s is no message's number", p.name, value)
		}
	}
	if l.Story || l.User != 0 || l.Group != 0 || l.Invite != "" || l.Stickers != "" {
		l.Topic, l.Comment = 0, 0 // There are none.
		return ""
	}
	l.Comments = query.Has("comment") && l.Comment == 0
	switch {
	case !l.Comments && l.Comment == 0:
	case l.First == 0:
		return "a comment belongs to a post, and it names none"
	case l.First != l.Last:
		return "a comment belongs to one message, not to a range"
	case l.Topic != 0:
		return "it names a topic and a comment"
	case l.Comments:
		l.Single = false
	}
	return ""
}

func parseRange(s string) (first, last int, reason string) {
	from, to, isRange := strings.Cut(s, "-")
	first, ok := parseID(from)
	if !ok {
		return 0, 0, fmt.Sprintf("%q is no message's number", from)
	}
	if !isRange {
		return first, first, ""
	}
	if last, ok = parseID(to); !ok {
		return 0, 0, fmt.Sprintf("%q is no message's number", to)
	}
	if last < first {
		return 0, 0, fmt.Sprintf("the range %s runs backwards", s)
	}
	return first, last, ""
}

// parsePast reads the id, as [Link.Past] has it, of a message of a basic group.
func parsePast(s string) (int, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	n, ok := parseID(digits)
	return pastIDs - n, negative && ok && n < pastIDs
}

// parseID reads a message id: positive, at most 31 bits.
func parseID(s string) (int, bool) {
	if s == "" || strings.TrimLeft(s, "0123456789") != "" {
		return 0, false
	}
	id, err := strconv.ParseInt(s, 10, 32)
	return int(id), err == nil && id > 0
}

// maxChannel is the largest channel id that fits a bot API id.
//
// https://core.telegram.org/api/bots/ids
const maxChannel = 997852516352

// maxUser is the largest id that a user may have; groups stay far below it.
const maxUser = 0xffffffffff

func parseChannel(s string) (int64, string) {
	id, reason := parsePeerID(s, "channel")
	if id > maxChannel {
		return 0, fmt.Sprintf("%q is no channel's number", s)
	}
	return id, reason
}

func parsePeerID(s, kind string) (int64, string) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 || id > maxUser || s[0] == '+' {
		return 0, fmt.Sprintf("%q is no %s's number", s, kind)
	}
	return id, ""
}

const phoneLink = "it names a phone number, not a chat; use the username"

// inviteReason is what is wrong with the hash of an invite link.
func inviteReason(hash string) string {
	switch {
	case len(hash) < 8 || strings.ContainsFunc(hash, func(r rune) bool { return !strings.ContainsRune(inviteRunes, r) }):
		return fmt.Sprintf("%q is no invite: something of it is missing", hash)
	case strings.Trim(hash, "0123456789") == "" && len(hash) < 16:
		return phoneLink
	}
	return ""
}

const inviteRunes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// SavedMessages stands in place of a username.
const SavedMessages = "me"

// isUsername checks a lower-case username.
//
// https://core.telegram.org/api/usernames
func isUsername(s string) bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789_"
	return s != "" && len(s) <= 32 && strings.Contains(letters, s[:1]) &&
		strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(letters+others, r) }) < 0
}

// isStickerSet checks the lower-case name of a sticker set.
func isStickerSet(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
