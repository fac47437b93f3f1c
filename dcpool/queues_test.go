package dcpool

import (
	"math"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/session"
)

// awaitQueues waits until p does not ask for the queue sizes any more.
func awaitQueues(t *testing.T, p *Pool) {
	t.Helper()
	if err := p.queues.refreshing.start(p.spawn, func() error { return nil }).wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestQueuesAreAskedOnceADay(t *testing.T) {
	s := startSim(t, nil)
	asked := func() int { return s.Log().DC(5).Methods["help.getAppConfig"] }
	store := session.NewMemory()
	p := s.pool(store, nil)
	if small, large := p.Queues(); small != defaultSmall || large != defaultLarge {
		t.Errorf("before anything is known: %d and %d", small, large)
	}
	s.logInAs(p, "+9996650003", "55555", "correct horse battery staple", 7003)
	closePool(t, p)

	for range 2 {
		p = s.pool(store, nil)
		if err := getSelf(t.Context(), p, Target{}); err != nil {
			t.Fatal(err)
		}
		awaitQueues(t, p)
		if small, large := p.Queues(); small != 10 || large != 4 {
			t.Errorf("with Premium: %d and %d, want 10 and 4", small, large)
		}
		closePool(t, p)
	}
	if n := asked(); n != 1 {
		t.Errorf("asked %d times in two starts, want once", n)
	}

	if err := store.UpdateState(func(s *session.State) error {
		s.Queues.Checked = time.Now().Add(-queuesLife)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p = s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Fatal(err)
	}
	awaitQueues(t, p)
	if small, large := p.Queues(); small != 10 || large != 4 || asked() != 2 {
		t.Errorf("a day later, not modified: %d and %d, asked %d times", small, large, asked())
	}
	if err := p.LogOut(t.Context()); err != nil {
		t.Error(err)
	}
	if small, large := p.Queues(); small != defaultSmall || large != defaultLarge {
		t.Errorf("after logging out: %d and %d", small, large)
	}
}

// TestQueuesOfTheServer holds a Pool to what help.getAppConfig says, the usual and
// else, and to the usual where it says nothing of use.
func TestQueuesOfTheServer(t *testing.T) {
	for _, c := range []struct {
		name         string
		numbers      map[string]float64
		small, large int
	}{
		{"as usual", nil, 5, 2},
		{"others", map[string]float64{"small_queue_max_active_operations_count": 7, "large_queue_max_active_operations_count": 3}, 7, 3},
		{"nothing of use", map[string]float64{"small_queue_max_active_operations_count": 0, "large_queue_max_active_operations_count": -1}, 5, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startSim(t, func(s *scenario.Scenario) { s.AppConfig = c.numbers })
			p := s.pool(s.loggedIn(), nil)
			defer closePool(t, p)
			if err := getSelf(t.Context(), p, Target{}); err != nil {
				t.Fatal(err)
			}
			awaitQueues(t, p)
			if small, large := p.Queues(); small != c.small || large != c.large {
				t.Errorf("%d and %d, want %d and %d", small, large, c.small, c.large)
			}
		})
	}
}

func TestQueuesOfOddAnswers(t *testing.T) {
	number := func(key string, v float64) tg.JSONObjectValue {
		return tg.JSONObjectValue{Key: key, Value: &tg.JSONNumber{Value: v}}
	}
	const small, large = "small_queue_max_active_operations_count", "large_queue_max_active_operations_count"
	for _, test := range []struct {
		name   string
		config tg.JSONValueClass
		want   session.Queues
	}{
		{"nothing", nil, session.Queues{}},
		{"not an object", &tg.JSONString{Value: small}, session.Queues{}},
		{"a string", &tg.JSONObject{Value: []tg.JSONObjectValue{{Key: small, Value: &tg.JSONString{Value: "7"}}}}, session.Queues{}},
		{"one of them", &tg.JSONObject{Value: []tg.JSONObjectValue{number(large, 3)}}, session.Queues{Large: 3}},
		{"zero, negative", &tg.JSONObject{Value: []tg.JSONObjectValue{number(small, 0), number(large, -1)}}, session.Queues{}},
		{"no number, endless", &tg.JSONObject{Value: []tg.JSONObjectValue{number(small, math.NaN()), number(large, math.Inf(1))}}, session.Queues{}},
		{"huge", &tg.JSONObject{Value: []tg.JSONObjectValue{number(small, 1e300)}}, session.Queues{Small: maxQueue}},
	} {
		if got := queuesOf(&tg.HelpAppConfig{Config: test.config}); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}
