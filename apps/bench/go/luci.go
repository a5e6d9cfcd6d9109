package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.chromium.org/luci/common/sync/dispatcher"
	"go.chromium.org/luci/common/sync/dispatcher/buffer"
	"golang.org/x/time/rate"
)

const (
	luciBatch  = 100
	luciLeases = 4
	luciRoom   = 1_000
)

// luci has one producer push 0, 1, 2, ... into a dispatcher.Channel, and closes and drains it.
type luci struct {
	settings
	channel dispatcher.Channel
	batches *ledger
	items   atomic.Int64
	fault   atomic.Pointer[error]
}

func newLuci(set settings) (job, error) {
	l := &luci{settings: set, batches: newLedger((set.Count + luciBatch - 1) / luciBatch)}
	options := &dispatcher.Options{
		QPSLimit: rate.NewLimiter(rate.Inf, 0),
		Buffer: buffer.Options{
			MaxLeases:     luciLeases,
			BatchItemsMax: luciBatch,
			FullBehavior:  &buffer.BlockNewItems{MaxItems: luciRoom},
		},
	}
	channel, err := dispatcher.NewChannel(context.Background(), options, l.send)
	l.channel = channel
	return l, err
}

func (l *luci) run() error {
	for i := range l.Count {
		l.channel.C <- i
	}
	l.channel.CloseAndDrain(context.Background())
	return nil
}

// send looks at the ends of a batch, and at every item if the round is thorough. Batches come in any order, since as
// many are sent at a time as there are leases.
func (l *luci) send(batch *buffer.Batch) error {
	data := batch.Data
	first := data[0].Item.(int)
	last := first + len(data) - 1
	if first%luciBatch != 0 || data[len(data)-1].Item.(int) != last {
		l.blame(fmt.Errorf("wrong result: a batch is from %d to %v", first, data[len(data)-1].Item))
		return nil
	}
	if l.IsThorough {
		for i := range data {
			if data[i].Item.(int) != first+i {
				l.blame(fmt.Errorf("wrong result: item %d came as %v", first+i, data[i].Item))
			}
		}
	}
	l.items.Add(int64(len(data)))
	l.batches.take(first / luciBatch)
	return nil
}

func (l *luci) blame(err error) {
	l.fault.CompareAndSwap(nil, &err)
}

func (l *luci) check() error {
	if fault := l.fault.Load(); fault != nil {
		return *fault
	}
	if err := expectSame("items sent", l.items.Load(), int64(l.Count)); err != nil {
		return err
	}
	return l.batches.finish()
}
