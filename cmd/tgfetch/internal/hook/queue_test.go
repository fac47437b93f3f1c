package hook

import (
	"slices"
	"testing"
)

func TestQueueKeepsTheOrderAndHoldsUpNobody(t *testing.T) {
	var q Queue
	q.Wait() // Nothing to wait for.
	const jobs = 100
	var ran []int // by one at a time, or the race detector speaks up
	goOn := make(chan struct{})
	for round := range 2 { // It goes on after it was empty.
		for i := range jobs {
			q.Add(func() {
				if round == 0 && i == 0 {
					<-goOn // Every Add returns before the first job has ended.
				}
				ran = append(ran, i)
			})
		}
		if round == 0 {
			close(goOn)
		}
		q.Wait()
	}
	if len(ran) != 2*jobs || !slices.IsSorted(ran[:jobs]) || !slices.IsSorted(ran[jobs:]) {
		t.Errorf("ran %v", ran)
	}
}
