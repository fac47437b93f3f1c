package pick

import (
	"fmt"
	"testing"
)

func TestRanges(t *testing.T) {
	for text, want := range map[string]string{
		"":           "ids 1 2 3 4 5 6 7 8 9 places 1 2 3 4 5 6 7 8 9 bounds 0 0",
		"2-4,6":      "ids 2 3 4 6 places 1 2 3 4 5 6 7 8 9 bounds 2 6",
		"8-, -2 ":    "ids 1 2 8 9 places 1 2 3 4 5 6 7 8 9 bounds 1 0",
		"5-5":        "ids 5 places 1 2 3 4 5 6 7 8 9 bounds 5 5",
		"1:2,7:":     "ids 1 2 3 4 5 6 7 8 9 places 1 2 7 8 9 bounds 0 0",
		":3":         "ids 1 2 3 4 5 6 7 8 9 places 1 2 3 bounds 0 0",
		"2147483647": "ids places 1 2 3 4 5 6 7 8 9 bounds 2147483647 0",
	} {
		var r Range
		if text != "" {
			if err := r.Set(text); err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
		}
		got := "ids"
		for n := 1; n < 10; n++ {
			if r.HasID(n) {
				got += fmt.Sprint(" ", n)
			}
		}
		got += " places"
		for n := 1; n < 10; n++ {
			if r.HasPlace(n) {
				got += fmt.Sprint(" ", n)
			}
		}
		lowest, highest := r.Bounds()
		if got += fmt.Sprintf(" bounds %d %d", lowest, highest); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "x", "-", ":", "0", "5-2", "1-2-3", "1,", "1:2,5", "99999999999"} {
		if err := new(Range).Set(text); err == nil {
			t.Errorf("%q is a range", text)
		}
	}
	var r Range
	if err := r.Set("1:3,5:6"); err != nil || r.Ends(5) || !r.Ends(6) || (&Range{}).Ends(9) {
		t.Errorf("ends: %v, %v", r, err)
	}
}
