package lambdasim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults are what goes wrong on purpose, so that clients can be tested against it.
// A number N means every Nth time; 0 never.
type Faults struct {
	// TraceDelay is how long X-Ray knows nothing of a trace.
	TraceDelay time.Duration
	// SplitTraces has the first answer that knows of a trace hold one segment of it.
	SplitTraces bool
	// Unprocessed is how often a trace id comes back as unprocessed.
	Unprocessed int
	// Proactive is how often an environment was initialised before the invocation
	// that it is for.
	Proactive int
	// Throttle is how often a request is refused with 429.
	Throttle int
	// Conflict is how often an update is refused with 409.
	Conflict int
	// TransactionSearch has X-Ray send its spans elsewhere: it finds no traces.
	TransactionSearch bool
}

// FaultNames are the names that [ParseFaults] knows, each with what it means.
var FaultNames = []struct{ Name, Doc string }{
	{"trace-delay=DURATION", "traces are found only so long after the invocation"},
	{"split-traces", "the first answer with a trace holds one segment of it"},
	{"unprocessed=N", "every Nth trace id comes back as unprocessed"},
	{"proactive=N", "every Nth environment is initialised ahead of its invocation"},
	{"throttle=N", "every Nth request is refused with 429"},
	{"conflict=N", "every Nth update is refused with 409"},
	{"transaction-search", "X-Ray sends spans to CloudWatch and finds no traces"},
}

// ParseFaults reads faults as "trace-delay=2s,split-traces,throttle=5".
func ParseFaults(text string) (Faults, error) {
	var f Faults
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, has := strings.Cut(part, "=")
		if err := f.set(name, value, has); err != nil {
			return Faults{}, err
		}
	}
	return f, nil
}

func (f *Faults) set(name, value string, has bool) error {
	counts := map[string]*int{
		"unprocessed": &f.Unprocessed, "proactive": &f.Proactive, "throttle": &f.Throttle, "conflict": &f.Conflict,
	}
	switches := map[string]*bool{"split-traces": &f.SplitTraces, "transaction-search": &f.TransactionSearch}
	if name == "trace-delay" {
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return fmt.Errorf("fault trace-delay needs a duration such as 2s, not %q", value)
		}
		f.TraceDelay = d
		return nil
	}
	if on := switches[name]; on != nil {
		if has {
			return fmt.Errorf("fault %s takes no value", name)
		}
		*on = true
		return nil
	}
	if n := counts[name]; n != nil {
		v, err := strconv.Atoi(value)
		if err != nil || v < 1 {
			return fmt.Errorf("fault %s needs a number: every how many it happens, not %q", name, value)
		}
		*n = v
		return nil
	}
	return fmt.Errorf("unknown fault %q: there are %s", name, strings.Join(faultNames(), ", "))
}

func faultNames() []string {
	var names []string
	for _, f := range FaultNames {
		name, _, _ := strings.Cut(f.Name, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// faultState counts, so that every Nth is every Nth.
type faultState struct {
	Faults
	mu    sync.Mutex
	count map[string]int
}

func newFaultState(f Faults) *faultState { return &faultState{Faults: f, count: map[string]int{}} }

// hit reports whether it is the turn of a fault that happens every nth time.
func (f *faultState) hit(what string, n int) bool {
	if n == 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[what]++
	return f.count[what]%n == 0
}
