// Package typo finds the word that may have been meant.
package typo

import (
	"slices"
	"strings"
)

// most is the most edits between a typo and what was meant.
const most = 2

// longest is the longest word that is compared, in bytes: a word of a file may be as long as the file,
// and comparing takes time by the product of the lengths.
const longest = 100

// Nearest is the word most like typed, or empty if none is like it. A word that typed begins counts
// as one edit away.
func Nearest(typed string, words []string) string {
	best, bestDistance := "", most+1
	for _, w := range slices.Sorted(slices.Values(words)) {
		d := most + 1
		if len(typed) <= longest {
			d = distance(typed, w)
		}
		if typed != "" && strings.HasPrefix(w, typed) {
			d = min(d, 1)
		}
		if d < bestDistance {
			best, bestDistance = w, d
		}
	}
	return best
}

// Hint is what to say behind an unknown word: nothing, or a question.
func Hint(typed string, words []string) string {
	if near := Nearest(typed, words); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// distance is the number of single-letter edits between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
