package main

import (
	"fmt"
	"time"

	v1 "github.com/beaconsoftwarellc/gadget/dispatcher"
	v1log "github.com/beaconsoftwarellc/gadget/log"
	v2 "github.com/beaconsoftwarellc/gadget/v2/dispatcher"
)

const (
	gadgetWorkers = 10
	// gadgetPatience is after how long without a task done the dispatcher is woken.
	gadgetPatience = 5 * time.Millisecond
)

// gadget dispatches tasks that do nothing to 10 workers, and waits for all with a counter of its own: Quit(true) would
// lose some.
type gadget struct {
	settings
	dispatcher interface {
		dispatch(gadgetTask) bool
		quit()
	}
	done *ledger
	// places holds a token for each task that may be under way.
	places chan struct{}
}

// gadgetTask is a task of either version.
type gadgetTask interface {
	Execute() error
}

type counted struct {
	owner *gadget
	item  int
}

func (t *counted) Execute() error {
	t.owner.done.take(t.item)
	if t.owner.InFlight < t.owner.Count {
		<-t.owner.places
	}
	return nil
}

// waker has the dispatcher look at what waits. It does that only when a task ends: when all that was left waited for a
// worker that was not quite ready, nobody would run it.
type waker struct{}

func (waker) Execute() error {
	return nil
}

type gadgetV1 struct{ v1.Dispatcher }

func (d gadgetV1) dispatch(task gadgetTask) bool { return d.Dispatch(task) }
func (d gadgetV1) quit()                         { d.Quit(false) }

type gadgetV2 struct{ v2.Dispatcher }

func (d gadgetV2) dispatch(task gadgetTask) bool { return d.Dispatch(task) }
func (d gadgetV2) quit()                         { d.Quit(false) }

// The buffers have room for everything, and the number of workers is fixed: it does not scale, and it logs least.

func newGadgetV1(set settings) (job, error) {
	v1log.NewGlobal("originals")
	d := v1.NewDispatcher(2*set.Count, gadgetWorkers, gadgetWorkers)
	d.Run()
	g := newGadget(set)
	g.dispatcher = gadgetV1{d}
	return g, nil
}

func newGadgetV2(set settings) (job, error) {
	d := v2.NewDispatcher(2*set.Count, gadgetWorkers, gadgetWorkers, silent{})
	d.Run()
	g := newGadget(set)
	g.dispatcher = gadgetV2{d}
	return g, nil
}

func newGadget(set settings) *gadget {
	return &gadget{settings: set, done: newLedger(set.Count), places: make(chan struct{}, set.InFlight)}
}

func (g *gadget) run() error {
	go g.watch()
	for i := range g.Count {
		if g.InFlight < g.Count {
			g.places <- struct{}{}
		}
		if !g.dispatcher.dispatch(&counted{g, i}) {
			return fmt.Errorf("wrong result: task %d found no room", i)
		}
	}
	<-g.done.full
	return nil
}

// watch wakes the dispatcher whenever it stands still, until all tasks are done.
func (g *gadget) watch() {
	ticks := time.NewTicker(gadgetPatience)
	defer ticks.Stop()
	for last := int64(-1); ; {
		select {
		case <-g.done.full:
			return
		case <-ticks.C:
		}
		came := g.done.came.Load()
		if came == last {
			g.dispatcher.dispatch(waker{})
		}
		last = came
	}
}

func (g *gadget) check() error {
	g.dispatcher.quit()
	return g.done.finish()
}
