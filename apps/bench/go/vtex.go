package main

import (
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/vtex/go-io/redis"
	"github.com/vtex/go-io/worker"
)

const (
	vtexBackoff = time.Minute
	// vtexRoom is for more than any round has: growing would cost it time.
	vtexRoom = 1 << 16
)

// vtexProcessors stay from round to round, so that their connections are open. They cannot be stopped.
var vtexProcessors = map[string]worker.BackgroundProcessor{}

func vtexAt(redisURL string, inFlight int) (worker.BackgroundProcessor, error) {
	id := fmt.Sprintf("%s %d", redisURL, inFlight)
	if known, ok := vtexProcessors[id]; ok {
		return known, nil
	}
	address, err := url.Parse(redisURL)
	if err != nil {
		return nil, err
	}
	// A connection for each that is under way, and one for the loop that runs jobs: nobody waits for one.
	connections := inFlight + 1
	cache := redis.New(redis.RedisConfig{
		Endpoint:       address.Host,
		KeyNamespace:   "bench",
		MaxIdleConns:   connections,
		MaxActiveConns: connections,
	})
	created := worker.NewBackgroundProcessor(vtexRoom, cache, process)
	vtexProcessors[id] = created
	return created, nil
}

func process(arg any) time.Duration {
	arg.(*vtexJob).process()
	return 0
}

// vtex schedules distinct keys from some goroutines. No job ends before all are scheduled: running them, which it does
// one by one, costs it as much again and is not timed.
type vtex struct {
	settings
	processor worker.BackgroundProcessor
	keys      []string
	jobs      []vtexJob
	scheduled atomic.Int64
	gate      chan struct{}
	done      *ledger
}

type vtexJob struct {
	owner *vtex
	item  int
}

func (j *vtexJob) process() {
	<-j.owner.gate
	j.owner.done.take(j.item)
}

func newVtex(set settings) (job, error) {
	return vtexOf(set, set.Count)
}

func vtexOf(set settings, jobs int) (*vtex, error) {
	processor, err := vtexAt(set.RedisURL, set.InFlight)
	if err != nil {
		return nil, err
	}
	v := &vtex{settings: set, processor: processor, gate: make(chan struct{}), done: newLedger(jobs)}
	for i := range jobs {
		v.keys = append(v.keys, set.Name+":"+strconv.Itoa(i))
		v.jobs = append(v.jobs, vtexJob{v, i})
	}
	return v, nil
}

func (v *vtex) run() error {
	inFlight(v.Count, v.InFlight, v.schedule)
	return nil
}

func (v *vtex) schedule(item int) {
	if v.processor.Schedule(v.keys[item], vtexBackoff, &v.jobs[item]) {
		v.scheduled.Add(1)
	}
}

func (v *vtex) check() error {
	v.schedule(0)
	err := expectSame("scheduled, with one twice", v.scheduled.Load(), int64(len(v.jobs)))
	close(v.gate)
	if err != nil {
		return err
	}
	<-v.done.full
	return v.done.finish()
}

// vtexDuplicates schedules a key again and again whose job waits.
type vtexDuplicates struct {
	*vtex
}

func newVtexDuplicates(set settings) (job, error) {
	v, err := vtexOf(set, 2)
	if err != nil {
		return nil, err
	}
	v.schedule(0)
	v.schedule(1)
	return vtexDuplicates{v}, nil
}

func (v vtexDuplicates) run() error {
	inFlight(v.Count, v.InFlight, func(int) { v.schedule(1) })
	return nil
}
