package lab

// ClientRun is what one client process did.
type ClientRun struct {
	// Client is "tgfetch", or "gotd/N" with N threads.
	Client string `json:"client"`
	// Round counts the turns of the clients from 1.
	Round int `json:"round"`
	// Error is why the run failed, a wrong byte among the reasons.
	Error string `json:"error,omitempty"`

	// Wall is the time from the start of the process to its end, CPU its user
	// and system time.
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
	// PeakRSS is the most memory it had, 0 where the system does not tell.
	PeakRSS int64 `json:"peak_rss_bytes"`
	// Files and Bytes are what it had to fetch.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Traffic

	// Foreign is CPU seconds of other processes during the run. Repeats is how
	// often the run was repeated because they were too many.
	Foreign float64 `json:"foreign_cpu_s"`
	Repeats int     `json:"repeats,omitempty"`
}

// Speed is MB/s (10⁶ bytes) between the first and the last file byte.
func (r ClientRun) Speed() float64 {
	if r.Span <= 0 {
		return 0
	}
	return float64(r.Bytes) / 1e6 / r.Span
}

// WholeSpeed is MB/s over the whole process.
func (r ClientRun) WholeSpeed() float64 {
	if r.Wall <= 0 {
		return 0
	}
	return float64(r.Bytes) / 1e6 / r.Wall
}
