package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/elgopher/batch"
)

// counter is what operations change.
type counter struct {
	count int64
}

// elgopher runs operations on some keys, each of which adds 1.
type elgopher struct {
	settings
	processor *batch.Processor[*counter]
	keys      []string
	saved     []counterAt
	places    map[string]int
	loads     atomic.Int64
	saves     atomic.Int64
	sum       atomic.Int64
	settled   atomic.Int64
	fault     atomic.Pointer[error]
}

// counterAt is what was saved of a key. Batches of a key come one after the other.
type counterAt struct {
	count int64
	// Whole cache lines keep the keys apart.
	_ [56]byte
}

func newElgopher(set settings) (job, error) {
	e := &elgopher{settings: set, saved: make([]counterAt, set.Keys), places: make(map[string]int, set.Keys)}
	for i := range set.Keys {
		key := "user:" + strconv.Itoa(i)
		e.keys = append(e.keys, key)
		e.places[key] = i
	}
	minDuration := time.Duration(set.MinDurationUs) * time.Microsecond
	e.processor = batch.StartProcessor(batch.Options[*counter]{
		MinDuration: minDuration,
		// Only to be long enough.
		MaxDuration:  minDuration + time.Minute,
		LoadResource: e.load,
		SaveResource: e.save,
	})
	return e, nil
}

func (e *elgopher) load(_ context.Context, key string) (*counter, error) {
	e.loads.Add(1)
	return &counter{count: e.saved[e.places[key]].count}, nil
}

func (e *elgopher) save(_ context.Context, key string, c *counter) error {
	e.saves.Add(1)
	e.saved[e.places[key]].count = c.count
	return nil
}

func (e *elgopher) run() error {
	if e.KeepsGoroutines {
		inFlight(e.Count, e.InFlight, func(item int) { e.increment(e.keys[item%e.Keys]) })
		return nil
	}
	var settled sync.WaitGroup
	for i := 0; i < e.Count; {
		end := min(e.Count, i+e.InFlight)
		settled.Add(end - i)
		for ; i < end; i++ {
			key := e.keys[i%e.Keys]
			go func() {
				defer settled.Done()
				e.increment(key)
			}()
		}
		settled.Wait()
	}
	return nil
}

// increment tells how many operations of the key were before it.
func (e *elgopher) increment(key string) {
	var before int64
	err := e.processor.Run(context.Background(), key, func(c *counter) {
		before = c.count
		c.count++
	})
	if err != nil {
		e.fault.CompareAndSwap(nil, &err)
		return
	}
	e.sum.Add(before)
	e.settled.Add(1)
}

func (e *elgopher) check() error {
	e.processor.Stop()
	if fault := e.fault.Load(); fault != nil {
		return *fault
	}
	count, each := int64(e.Count), int64(e.Count/e.Keys)
	if err := expectSame("operations that are over", e.settled.Load(), count); err != nil {
		return err
	}
	if err := expectSame("sum of the results", e.sum.Load(), count*(each-1)/2); err != nil {
		return err
	}
	if err := expectSame("saves", e.saves.Load(), e.loads.Load()); err != nil {
		return err
	}
	for i := range e.saved {
		if err := expectSame(fmt.Sprintf("what was saved of %s", e.keys[i]), e.saved[i].count, each); err != nil {
			return err
		}
	}
	return nil
}
