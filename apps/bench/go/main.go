// Command originals runs the jobs of the group "originals" of the benchmarks with the packages in Go that the ones of
// this repository come from.
//
// It reads commands from stdin, a line of JSON each, and answers each with a line of JSON on stdout. A job is prepared,
// then run, which is all that is timed, then checked:
//
//	{"do":"prepare","job":"luci","count":1000,"isThorough":true}
//	{"do":"run"}
//	{"do":"check"}
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"
)

type command struct {
	Do string `json:"do"`
	settings
}

// settings say what to do. Those below IsThorough are of some jobs only.
type settings struct {
	Job   string `json:"job"`
	Count int    `json:"count"`
	// IsThorough is whether every item is looked at, at whatever cost.
	IsThorough bool `json:"isThorough"`
	// InFlight is how many items are under way at a time.
	InFlight int `json:"inFlight"`
	// KeepsGoroutines is whether a goroutine makes one call after the other. If not, there is one for each call.
	KeepsGoroutines bool `json:"keepsGoroutines"`
	Keys            int  `json:"keys"`
	// MinDurationUs is in microseconds.
	MinDurationUs int    `json:"minDurationUs"`
	RedisURL      string `json:"redisUrl"`
	// Name is a prefix of keys, which no round has in common with another.
	Name string `json:"name"`
}

type answer struct {
	Ns    int64  `json:"ns,omitempty"`
	Fault string `json:"fault,omitempty"`
}

// job is one round: run is timed, check comes after it.
type job interface {
	run() error
	check() error
}

var prepare = map[string]func(settings) (job, error){
	"luci":            newLuci,
	"elgopher":        newElgopher,
	"gadget":          newGadgetV1,
	"gadgetV2":        newGadgetV2,
	"vtex":            newVtex,
	"vtex-duplicates": newVtexDuplicates,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	var current job
	for lines.Scan() {
		var cmd command
		if err := json.Unmarshal(lines.Bytes(), &cmd); err != nil {
			fail(err)
		}
		ns, err := obey(cmd, &current)
		reply := answer{Ns: ns}
		if err != nil {
			reply.Fault = err.Error()
		}
		if err := answers.Encode(reply); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func obey(cmd command, current *job) (ns int64, err error) {
	switch cmd.Do {
	case "prepare":
		return 0, begin(cmd.settings, current)
	case "run":
		start := time.Now()
		err := (*current).run()
		return time.Since(start).Nanoseconds(), err
	case "check":
		err := (*current).check()
		*current = nil
		// What this round has left behind is not collected at the expense of whoever is next.
		runtime.GC()
		return 0, err
	default:
		return 0, fmt.Errorf("cannot do %q", cmd.Do)
	}
}

func begin(set settings, current *job) (err error) {
	create, ok := prepare[set.Job]
	if !ok {
		return fmt.Errorf("there is no job %q", set.Job)
	}
	*current, err = create(set)
	runtime.GC()
	return err
}

func expectSame(what string, got, wanted int64) error {
	if got != wanted {
		return fmt.Errorf("wrong result: %s must be %d, got %d", what, wanted, got)
	}
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "originals:", err)
	os.Exit(1)
}
