package adversary

import (
	"fmt"

	"github.com/coldcut/coldcut/scan"
)

// Tally counts outcomes. What is kept counts only where nothing is unresolved, since
// all is kept elsewhere.
type Tally struct {
	Programs, Ended, Unresolved, Missed int
	// Exact are the programs of which nothing but the services used is kept.
	Exact int
	// Services and Operations are those kept, the vain ones those that were not used;
	// Whole are the services of which every operation is kept.
	Services, VainServices, Operations, VainOperations, Whole int
}

// Add counts one outcome.
func (t *Tally) Add(o *Outcome) {
	t.Programs++
	if o.Error == "" {
		t.Ended++
	}
	if len(o.Missed()) > 0 {
		t.Missed++
	}
	if len(o.Scan.Unresolved) > 0 {
		t.Unresolved++
		return
	}
	used := map[Use]bool{}
	for _, u := range o.Used {
		used[u] = true
	}
	vain := t.VainServices
	for service, operations := range o.Scan.Services {
		t.Services++
		if !used[Use{Service: service}] {
			t.VainServices++
		}
		for _, op := range operations {
			switch {
			case op == scan.AllOperations:
				t.Whole++
			case used[Use{service, op}]:
				t.Operations++
			default:
				t.Operations++
				t.VainOperations++
			}
		}
	}
	if t.VainServices == vain {
		t.Exact++
	}
}

// Join adds what another tally has counted.
func (t *Tally) Join(o Tally) {
	t.Programs += o.Programs
	t.Ended += o.Ended
	t.Unresolved += o.Unresolved
	t.Missed += o.Missed
	t.Exact += o.Exact
	t.Services += o.Services
	t.VainServices += o.VainServices
	t.Operations += o.Operations
	t.VainOperations += o.VainOperations
	t.Whole += o.Whole
}

func (t Tally) String() string {
	return fmt.Sprintf("%d programs, of which %d ran to their end: %d with a miss, %d unresolved; of the others, %d have no service kept in vain; in all %d services are kept, %d of them in vain, "+
		"%d operations, %d of them in vain, and %d services whole",
		t.Programs, t.Ended, t.Missed, t.Unresolved, t.Exact, t.Services, t.VainServices, t.Operations, t.VainOperations, t.Whole)
}
