package main

import (
	"fmt"
	"sync/atomic"
)

// ledger counts how often each of some items came, from any goroutine.
type ledger struct {
	times []atomic.Int32
	came  atomic.Int64
	full  chan struct{}
}

func newLedger(count int) *ledger {
	return &ledger{times: make([]atomic.Int32, count), full: make(chan struct{})}
}

// take closes full when as many came as there are items.
func (l *ledger) take(item int) {
	l.times[item].Add(1)
	if l.came.Add(1) == int64(len(l.times)) {
		close(l.full)
	}
}

// finish fails unless every item came exactly once.
func (l *ledger) finish() error {
	for item := range l.times {
		if times := l.times[item].Load(); times != 1 {
			return fmt.Errorf("wrong result: item %d came %d times", item, times)
		}
	}
	return nil
}
