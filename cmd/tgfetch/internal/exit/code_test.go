package exit

import "testing"

func TestCombine(t *testing.T) {
	for _, c := range []struct {
		name  string
		codes []Code
		want  Code
	}{
		{"no items", nil, OK},
		{"all done", []Code{OK, OK}, OK},
		{"one cause", []Code{Missing, OK, Missing}, Missing},
		{"two causes", []Code{Missing, Disk}, Mixed},
		{"two causes, then the first again", []Code{Missing, Disk, Missing}, Mixed},
		{"mixed from below", []Code{OK, Mixed, Disk}, Mixed},
		{"interrupted after a failure", []Code{Disk, Interrupted}, Interrupted},
		{"interrupted before a failure", []Code{Interrupted, Disk}, Interrupted},
		{"limit alone", []Code{OK, Limit}, Limit},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Combine(c.codes...); got != c.want {
				t.Errorf("Combine(%v) = %d, want %d", c.codes, got, c.want)
			}
		})
	}
}
