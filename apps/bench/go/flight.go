package main

import (
	"sync"
	"sync/atomic"
)

// inFlight makes so many calls, each from one of as many goroutines as are to be in flight.
func inFlight(count, width int, call func(item int)) {
	var next atomic.Int64
	var lanes sync.WaitGroup
	for range min(width, count) {
		lanes.Go(func() {
			for item := next.Add(1) - 1; item < int64(count); item = next.Add(1) - 1 {
				call(int(item))
			}
		})
	}
	lanes.Wait()
}
