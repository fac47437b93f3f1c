package fetcher

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Link is a parsed link to one message or a range of messages. Two links are
// equal if they lead to the same items.
type Link struct {
	// Username names a public chat, in lower case; or Channel is the id of a
	// channel or supergroup that the account knows.
	Username string
	Channel  int64
	// First and Last are the message ids, the same for one message.
	First, Last int
	// Topic is the forum topic or thread the link was shown in, or 0. It does
	// not change which message is meant.
	Topic int
	// Comment is the id of a message in the linked discussion group: First is
	// the post that is discussed. 0 if it is not a comment.
	Comment int
	// Single asks for one item of an album, not all of it.
	Single bool
}

// String is the link in the form https://t.me/….
func (l Link) String() string {
	var b strings.Builder
	b.WriteString("https://t.me/")
	if l.Channel != 0 {
		fmt.Fprintf(&b, "c/%d", l.Channel)
	} else {
		b.WriteString(l.Username)
	}
	if l.Topic != 0 {
		fmt.Fprintf(&b, "/%d", l.Topic)
	}
	fmt.Fprintf(&b, "/%d", l.First)
	if l.Last != l.First {
		fmt.Fprintf(&b, "-%d", l.Last)
	}
	sep := "?"
	if l.Single {
		b.WriteString(sep + "single")
		sep = "&"
	}
	if l.Comment != 0 {
		fmt.Fprintf(&b, "%scomment=%d", sep, l.Comment)
	}
	return b.String()
}

// item is the link of one message of the link's chat.
func (l Link) item(id int) Link {
	l.First, l.Last = id, id
	return l
}

// LinkError reports a link that names no message.
type LinkError struct {
	// Link is the link as it was given.
	Link string
	// Reason is what is wrong with it.
	Reason string
}

func (e *LinkError) Error() string {
	return fmt.Sprintf("link %q: %s; a link to a message looks like https://t.me/durov/43", e.Link, e.Reason)
}

// linkForms is every form of path that names messages, after the host. Upper
// case words stand for a piece of their kind, others for themselves.
var linkForms = [][]string{
	{"c", "CHANNEL", "IDS"},
	{"c", "CHANNEL", "TOPIC", "IDS"},
	{"s", "NAME", "IDS"},
	{"NAME", "IDS"},
	{"NAME", "TOPIC", "IDS"},
}

// words is what else Telegram's links lead to, by the first piece of their
// path, and what is said about it. None of them can be a username.
var words = map[string]string{
	"addemoji":     "an emoji set is no message",
	"addlist":      "a folder is no message",
	"addstickers":  "a sticker set is no message",
	"addtheme":     "a theme is no message",
	"bg":           "a wallpaper is no message",
	"boost":        "a boost link is no message",
	"call":         "a call is no message",
	"confirmphone": "this link confirms a phone number",
	"contact":      "a contact is no message",
	"giftcode":     "a gift is no message",
	"invoice":      "an invoice is no message",
	"iv":           "an instant view is no message",
	"joinchat":     invite,
	"login":        "this link holds a login code; keep it to yourself",
	"m":            "a business chat link is no message",
	"nft":          "a gift is no message",
	"proxy":        "this link sets a proxy",
	"setlanguage":  "a language is no message",
	"share":        "a share link is no message",
	"socks":        "this link sets a proxy",
}

const invite = "an invite link names no message; join the chat and copy the link of a message"

// ParseLink parses a link to a message or a range of messages.
//
//	https://t.me/NAME/ID          a message of a public chat
//	https://t.me/NAME/100-200     every message from 100 to 200
//	https://t.me/NAME/TOPIC/ID    the same in a forum's topic
//	https://t.me/s/NAME/ID        the preview of a public channel
//	https://NAME.t.me/ID          a name as a subdomain
//	https://t.me/c/CHANNEL/ID     a private channel or group the account is in
//	https://t.me/c/CHANNEL/TOPIC/ID
//	@NAME/ID
//	tg://resolve?domain=NAME&post=ID
//	tg://privatepost?channel=CHANNEL&post=ID
//
// The scheme may be http, https or missing; telegram.me and telegram.dog are
// t.me. Ranges are allowed wherever there is an ID. Of the parameters, single asks
// for one item of an album, thread names a topic and comment a message of the
// linked discussion group; others are ignored.
//
// The error is a [*LinkError].
func ParseLink(s string) (Link, error) {
	path, query, reason := splitLink(strings.TrimSpace(s))
	if reason != "" {
		return Link{}, &LinkError{Link: s, Reason: reason}
	}
	link, reason := parsePath(path)
	if reason == "" {
		reason = link.setQuery(query)
	}
	if reason != "" {
		return Link{}, &LinkError{Link: s, Reason: reason}
	}
	return link, nil
}

// splitLink reduces every kind of link to a path after the host and its
// parameters.
func splitLink(s string) (path string, query url.Values, reason string) {
	switch {
	case s == "":
		return "", nil, "it is empty"
	case strings.HasPrefix(s, "@"):
		s = "t.me/" + s[1:]
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
		return "", nil, "it is not a URL"
	}
	query, err = url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", nil, "its parameters are malformed"
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		path, reason = webPath(u)
	case "tg":
		path, reason = appPath(u, query)
	default:
		reason = fmt.Sprintf("%s: is no kind of Telegram link", u.Scheme)
	}
	return path, query, reason
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

// appPath turns a tg: link into the path of the web link it stands for.
//
// https://core.telegram.org/api/links#message-links
func appPath(u *url.URL, query url.Values) (path, reason string) {
	switch action := strings.ToLower(u.Host); action {
	case "resolve":
		return strings.Trim(query.Get("domain")+"/"+query.Get("post"), "/"), ""
	case "privatepost":
		return "c/" + strings.Trim(query.Get("channel")+"/"+query.Get("post"), "/"), ""
	default:
		return "", fmt.Sprintf("tg://%s names no message; tg://resolve and tg://privatepost do", action)
	}
}

func parsePath(path string) (link Link, reason string) {
	pieces := strings.Split(path, "/")
	first := strings.ToLower(pieces[0])
	if reason, ok := words[first]; ok {
		return Link{}, reason
	}
	if strings.HasPrefix(first, "+") {
		return Link{}, invite
	}
	for _, form := range linkForms {
		if link, reason, ok := matchForm(form, pieces); ok {
			return link, reason
		}
	}
	switch {
	case path == "":
		return Link{}, "it names no chat and no message"
	case len(pieces) == 3 && strings.EqualFold(pieces[1], "s"):
		return Link{}, "it names a story, and stories cannot be fetched"
	case len(pieces) == 1, len(pieces) == 2 && (first == "c" || first == "s"):
		return Link{}, "it names a chat, not a message in it"
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
			case link.Username == "c" || link.Username == "s":
				return Link{}, "", false
			case !isUsername(link.Username):
				reason = fmt.Sprintf("%q is no username: 4 to 32 letters, digits and underscores", piece)
			}
		case "CHANNEL":
			if link.Channel, reason = parseChannel(piece); reason != "" {
				return Link{}, reason, true
			}
		case "TOPIC":
			if strings.EqualFold(piece, "s") {
				return Link{}, "", false
			}
			if link.Topic, ok = parseID(piece); !ok {
				reason = fmt.Sprintf("%q is no topic's number", piece)
			}
		case "IDS":
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
	l.Single = query.Has("single")
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
	switch {
	case l.Comment != 0 && l.First != l.Last:
		return "a comment belongs to one message, not to a range"
	case l.Comment != 0 && l.Channel != 0 && l.Topic != 0:
		return "it names a topic and a comment"
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

func parseChannel(s string) (int64, string) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 || id > maxChannel || s[0] == '+' {
		return 0, fmt.Sprintf("%q is no channel's number", s)
	}
	return id, ""
}

// isUsername checks a lower-case username.
//
// https://core.telegram.org/api/usernames
func isUsername(s string) bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789_"
	return len(s) >= 4 && len(s) <= 32 && strings.Contains(letters, s[:1]) &&
		strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(letters+others, r) }) < 0
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
