package verify

import "time"

// Tally is what came of one service's cases. Those that differ or were not
// exercised are listed in the verdict, by case.
type Tally struct {
	Same int
	// Spent is how long the jobs of the service took; jobs run side by side.
	Spent time.Duration
}

// tally returns a service's; the caller holds the lock.
func (t *trial) tally(service string) *Tally {
	if t.verdict.Tally == nil {
		t.verdict.Tally = map[string]*Tally{}
	}
	if t.verdict.Tally[service] == nil {
		t.verdict.Tally[service] = &Tally{}
	}
	return t.verdict.Tally[service]
}

// took adds what a job took.
func (t *trial) took(service string, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tally(service).Spent += time.Since(since)
}
