package hook

import "sync"

// Queue runs work one after the other, in the order in which it was added, beside who adds it. The
// zero value is empty. What waits is as much as was added: there is no bound that could hold up
// the downloads behind which commands run.
type Queue struct {
	mu      sync.Mutex
	waiting []func() // Guarded by mu.
	running bool     // Guarded by mu.
	worker  sync.WaitGroup
}

// Add puts work at the end of the queue. It does not wait for it.
func (q *Queue) Add(work func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, work)
	if !q.running {
		q.running = true
		q.worker.Go(q.run)
	}
}

// run runs what waits, and ends when nothing does.
func (q *Queue) run() {
	for {
		work := q.next()
		if work == nil {
			return
		}
		work()
	}
}

func (q *Queue) next() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting, q.running = nil, false
		return nil
	}
	work := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	return work
}

// Wait waits until everything that was added has run. Nobody adds meanwhile.
func (q *Queue) Wait() { q.worker.Wait() }
