package dcpool

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

const (
	// defaultSmall and defaultLarge are what Telegram sends to ordinary accounts.
	defaultSmall = 5
	defaultLarge = 2
	// maxQueue bounds what a server can make us believe.
	maxQueue = 1000
	// queuesLife is how long an answer of help.getAppConfig is used.
	queuesLife = 24 * time.Hour
)

// queues remembers how many files Telegram wants to be fetched at once.
type queues struct {
	refreshing flight

	mu    sync.Mutex
	known session.Queues // Guarded by mu.
	asked time.Time      // Guarded by mu; when this Pool last asked.
}

// Queues is how many files of less (small) and more (large) than 20 MB Telegram asks
// clients to fetch at once from one data center. It costs no I/O: until the server
// has been asked, which happens in the background behind the first answer of the home
// data center and not again for a day, it is what ordinary accounts are told.
//
// See https://core.telegram.org/api/files#downloading-files and
// https://core.telegram.org/api/config.
func (p *Pool) Queues() (small, large int) {
	p.queues.mu.Lock()
	known := p.queues.known
	p.queues.mu.Unlock()
	small, large = orDefault(known.Small, defaultSmall), orDefault(known.Large, defaultLarge)
	if known.Premium {
		small, large = orDefault(known.SmallPremium, small), orDefault(known.LargePremium, large)
	}
	return small, large
}

func orDefault(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return min(n, maxQueue)
}

func (q *queues) load(state *session.State) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known = state.Queues
}

// due says whether the server should be asked, and notes that it is.
func (q *queues) due(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	age := now.Sub(q.known.Checked) // Negative if the clock was ahead once.
	if age >= 0 && age < queuesLife || now.Sub(q.asked) < queuesLife {
		return false
	}
	q.asked = now
	return true
}

// forget drops what was said to another account.
func (q *queues) forget() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known, q.asked = session.Queues{}, time.Time{}
}

// refreshQueues asks in the background if it is time to.
func (p *Pool) refreshQueues() {
	if !p.loggedIn() || !p.queues.due(time.Now()) {
		return
	}
	p.queues.refreshing.start(p.spawn, func() error {
		if err := p.askQueues(p.ctx); err != nil {
			p.log.Debug("help.getAppConfig gave no queue sizes", "error", err)
			return err
		}
		return nil
	})
}

func (p *Pool) askQueues(ctx context.Context) error {
	user := p.user.Load()
	p.queues.mu.Lock()
	next := p.queues.known
	p.queues.mu.Unlock()

	var answer tg.HelpAppConfigBox
	if err := p.do(ctx, Target{}, &tg.HelpGetAppConfigRequest{Hash: next.Hash}, &answer); err != nil {
		return err
	}
	if config, ok := answer.AppConfig.(*tg.HelpAppConfig); ok {
		next = queuesOf(config)
	}
	if next.Small != next.SmallPremium || next.Large != next.LargePremium {
		premium, err := p.premium(ctx)
		if err != nil {
			return err
		}
		next.Premium = premium
	}
	next.Checked = time.Now()
	if p.user.Load() != user {
		return nil // It was said to somebody else.
	}
	p.queues.mu.Lock()
	p.queues.known = next
	p.queues.mu.Unlock()
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		s.Queues = next
		return nil
	})
}

// premium says whether the account has Telegram Premium.
func (p *Pool) premium(ctx context.Context) (bool, error) {
	var users tg.UserClassVector
	if err := p.do(ctx, Target{}, &tg.UsersGetUsersRequest{ID: []tg.InputUserClass{&tg.InputUserSelf{}}}, &users); err != nil {
		return false, err
	}
	for _, u := range users.Elems {
		if self, ok := u.(*tg.User); ok && self.Self {
			return self.Premium, nil
		}
	}
	return false, nil
}

// queuesOf reads an answer of help.getAppConfig. What is missing or absurd is 0.
func queuesOf(config *tg.HelpAppConfig) session.Queues {
	q := session.Queues{Hash: config.Hash}
	object, ok := config.Config.(*tg.JSONObject)
	if !ok {
		return q
	}
	fields := map[string]*int{
		"small_queue_max_active_operations_count":         &q.Small,
		"large_queue_max_active_operations_count":         &q.Large,
		"small_queue_max_active_operations_count_premium": &q.SmallPremium,
		"large_queue_max_active_operations_count_premium": &q.LargePremium,
	}
	for _, v := range object.Value {
		field, wanted := fields[v.Key]
		n, isNumber := v.Value.(*tg.JSONNumber)
		if wanted && isNumber && n.Value >= 1 && !math.IsInf(n.Value, 1) {
			*field = int(min(n.Value, maxQueue))
		}
	}
	return q
}
