package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	zwnj, zwj   = '\u200c', '\u200d' // joiners: they belong to words of some languages, and to emoji
	text, emoji = '\ufe0e', '\ufe0f' // variation selectors: they choose how an emoji looks
	keycap      = '\u20e3'           // draws a key around the digit before it
	blackFlag   = '\U0001F3F4'       // begins the flag of a part of a country, whose code tags spell
	endOfTags   = '\U000E007F'
)

// maxMarks is the most combining marks that may follow each other: more than the languages need, and
// the bound of Unicode's stream-safe text (UAX #15).
const maxMarks = 30

// virama is the combining class of the signs that take the vowel off a consonant of Indic scripts.
const virama = 9

// shows reports whether r is seen as itself by whoever reads it, and does nothing else, wherever it
// stands. Runes to which Unicode gave no character yet show: they are the emoji and letters of later
// versions than Go's tables, since those versions put no character that hides outside of the blocks
// that are set apart for them.
func shows(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && r != 0x7f
	case r == text, r == emoji, unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return true
	case r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef: // noncharacters
		return false
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// scanner judges the runes of a text in their order.
type scanner struct {
	last  rune // before the one that is judged; 0 if there is none, or it does not show
	marks int  // directly before it
	tags  int  // which follow, and belong to a flag
}

// next takes one rune off s, which is not empty, and reports whether it shows. Invalid UTF-8 is
// [utf8.RuneError] of size 1.
func (c *scanner) next(s string) (r rune, size int, ok bool) {
	r, size = utf8.DecodeRuneInString(s)
	ok = c.belongs(r, s[size:])
	switch {
	case r < utf8.RuneSelf:
		c.marks = 0
	case unicode.Is(unicode.M, r):
		c.marks++
		ok = ok && c.marks <= maxMarks
	case r != zwj && r != zwnj:
		c.marks = 0
	}
	c.tags = max(0, c.tags-1)
	if r == blackFlag {
		c.tags = flagTags(s[size:])
	}
	if c.last = r; !ok {
		c.last = 0
	}
	return r, size, ok
}

// belongs reports whether r shows between the rune before it and the text after it.
func (c *scanner) belongs(r rune, after string) bool {
	switch {
	case r < utf8.RuneSelf || r == utf8.RuneError:
		return shows(r)
	case c.tags > 0:
		return true
	case r == zwj || r == zwnj:
		return c.joinerBelongs(after)
	case r == text || r == emoji:
		return c.styled(after)
	case unicode.Is(unicode.Variation_Selector, r):
		return c.variantOf(r)
	}
	return shows(r)
}

// joinerBelongs reports whether a joiner has its place between letters, marks or symbols, or behind a
// virama, where it chooses the form of the letter (RFC 5892, A.1 and A.2). In ASCII it would only make
// two words look the same.
func (c *scanner) joinerBelongs(after string) bool {
	if norm.NFC.Properties([]byte(string(c.last))).CCC() == virama {
		return true
	}
	next, _ := utf8.DecodeRuneInString(after)
	return joins(c.last) && joins(next) && (c.marks < maxMarks || !unicode.Is(unicode.M, next))
}

// joins reports whether a joiner may stand beside r.
func joins(r rune) bool {
	return r >= utf8.RuneSelf && r != utf8.RuneError && shows(r) && unicode.In(r, unicode.L, unicode.M, unicode.S, unicode.Cf)
}

// styled reports whether a choice between text and emoji has a character that has both.
func (c *scanner) styled(after string) bool {
	if c.last < utf8.RuneSelf {
		return strings.ContainsRune("0123456789#*", c.last) && strings.HasPrefix(after, string(keycap))
	}
	return !unicode.In(c.last, unicode.M, unicode.Z)
}

// variantOf reports whether the character before a variation selector may have variants of that kind:
// ideographs do, some of names and places, and Mongolian letters.
func (c *scanner) variantOf(selector rune) bool {
	if selector <= 0x180f {
		return unicode.Is(unicode.Mongolian, c.last) && unicode.Is(unicode.L, c.last)
	}
	return (selector >= 0xe0100 || selector <= 0xfe02) && unicode.Is(unicode.Han, c.last)
}

// flagTags is the number of tags at the beginning of s that spell the code of a part of a country, such
// as gbeng, the end of it included (UTS #51, emoji tag sequences); 0 if they do not.
func flagTags(s string) int {
	const shortest, longest = 3, 6
	n := 0
	for _, r := range s {
		if r == endOfTags && n >= shortest {
			return n + 1
		}
		letter := r - 0xe0000
		if n == longest || !(letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9') {
			return 0
		}
		n++
	}
	return 0
}

// standsAlone reports whether r is the same without what follows it, and so may be the last of a text
// that is cut.
func standsAlone(r rune) bool {
	return r != zwj && r != zwnj && r != text && r != emoji && (r < 0xe0020 || r > endOfTags)
}
