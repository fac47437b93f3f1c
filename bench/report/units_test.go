package report

import "testing"

func TestUnits(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Rate(7_991_000), "7.99 MB/s"},
		{Rate(99_940_000), "99.9 MB/s"},
		{Rate(323_600_000), "324 MB/s"},
		{Bytes(128 << 10), "128 KiB"},
		{Bytes(1<<20 - 1), "1023 KiB"},
		{Bytes(3 << 19), "1.5 MiB"},
		{Millis(0.0021), "2.1 ms"},
		{Millis(0.0625), "62 ms"},
		{Millis(0.4), "400 ms"},
		{Setting{Connections: 4, Window: 512 << 10, Part: 128 << 10}.String(), "4 × 512 KiB in flight, parts of 128 KiB"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for _, c := range []struct{ q, want float64 }{{0, 1}, {0.5, 3}, {0.95, 5}, {1, 5}} {
		if got := Quantile(values, c.q); got != c.want {
			t.Errorf("%v: %v, want %v", c.q, got, c.want)
		}
	}
	if Quantile(nil, 1) != 0 {
		t.Error("none")
	}
}
