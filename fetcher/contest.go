package fetcher

import (
	"fmt"
	"time"

	"github.com/tgfetch/tgfetch/cdn"
)

// contest compares a CDN with the file's data center while a large file comes. What the
// data center can do is not known before it is asked, so it is asked: after contestEvery
// on the CDN, if the file will take as long again, the parts of the next trialTime come
// from the data center. The CDN is left if it is clearly slower. It is tried again when
// it becomes slow later, maxTrials times at most; a CDN that wants more is unsteady, and
// left.
//
// A trial brings bytes at the data center's rate, so it costs nothing. Together this bounds
// a file to about contestEvery and a quarter more than its data center alone needs.
//
// It is a value without a clock or a lock.
type contest struct {
	since  time.Duration // How long the CDN was busy when its present measurement began.
	bytes  int64         // What it brought since.
	rate   float64       // What it brought before the last trial, in bytes per second.
	trials int
	trial  *trial // The one going on, or nil.
}

// trial measures the file's data center.
type trial struct {
	took         time.Duration // Of the measurement of the CDN before.
	began, first time.Time     // first is that of the first answer.
	bytes        int64         // Of the answers after it.
	answers      int
}

const (
	// contestEvery is how long a CDN is measured.
	contestEvery = 10 * time.Second
	// trialTime is how long the data center is measured, from its first answer on,
	// and trialMost how long a trial takes at most.
	trialTime = 4 * time.Second
	trialMost = 10 * time.Second
	// trialSlack is for how long parts of the CDN still count for the measurement before
	// the trial: those of several connections may come together.
	trialSlack = 500 * time.Millisecond
	// trialAnswers is how many answers say something.
	trialAnswers = 3
	maxTrials    = 3
	// clearly is how many times as fast the data center is that a CDN is left for. Two
	// ways over one bottleneck differ by less.
	clearly = 1.25
)

// trying reports whether the next part is to come from the file's data center.
func (c *contest) trying() bool { return c.trial != nil }

// came takes in that n bytes came at now, from home or from the CDN, while the file lacks
// left more. busy is for how long there were requests under way to the CDN. The error,
// if any, is why the CDN is to be left.
func (c *contest) came(now time.Time, busy time.Duration, home bool, n int, left int64) error {
	if t := c.trial; t != nil {
		if !home && now.Sub(t.began) < trialSlack {
			c.rate += float64(n) / t.took.Seconds()
		}
		if !t.came(now, home, n) {
			return nil
		}
		return c.decide(now, busy)
	}
	if home {
		return nil
	}
	c.bytes += int64(n)
	took := busy - c.since
	if took < contestEvery {
		return nil
	}
	rate := float64(c.bytes) / took.Seconds()
	c.since, c.bytes = busy, 0
	switch {
	case float64(left) < rate*contestEvery.Seconds():
		return nil // It will be over soon.
	case c.trials > 0 && rate >= c.rate/2:
		return nil
	case c.trials == maxTrials:
		return fmt.Errorf("%w: it becomes slow again and again", cdn.ErrSlow)
	}
	c.rate, c.trial = rate, &trial{began: now, took: took}
	c.trials++
	return nil
}

// came reports whether the trial is over.
func (t *trial) came(now time.Time, home bool, n int) (over bool) {
	switch {
	case home && t.first.IsZero():
		t.first, t.answers = now, 1
	case home:
		t.bytes += int64(n)
		t.answers++
	}
	return !t.first.IsZero() && now.Sub(t.first) >= trialTime || now.Sub(t.began) >= trialMost
}

// decide ends the trial.
func (c *contest) decide(now time.Time, busy time.Duration) error {
	t := c.trial
	c.trial, c.since, c.bytes = nil, busy, 0
	if t.answers < trialAnswers {
		return nil // The data center may be slow, or asks to wait.
	}
	home := float64(t.bytes) / now.Sub(t.first).Seconds()
	if home <= clearly*c.rate {
		return nil
	}
	return fmt.Errorf("%w: %.0f KB/s in place of %.0f KB/s", cdn.ErrSlow, c.rate/1000, home/1000)
}

// trying reports whether the next range is to be read from the file's data center,
// because the CDN is compared with it.
func (r *remote) trying() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view.cdn.Redirect() != nil && r.contest.trying()
}

// came has the contest take in that n bytes came under v.
func (r *remote) came(v view, n int) {
	busy := r.watch.busyFor()
	r.mu.Lock()
	r.got += int64(n)
	redirect := r.view.cdn.Redirect()
	if redirect == nil || v.cdn.Redirect() == nil {
		r.mu.Unlock()
		return
	}
	before := r.contest.trying()
	slow := r.contest.came(time.Now(), busy, v.home, n, r.file.Size-r.got)
	begins := !before && r.contest.trying()
	r.mu.Unlock()
	if begins && r.c.tellsConns() {
		r.watch.passBy() // All parts may have been handed out.
	}
	if slow != nil {
		r.change(func(s cdn.State) cdn.State { return s.Unavailable(redirect.Revision, slow) })
	}
}
