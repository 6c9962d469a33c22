package verify

import (
	"maps"
	"slices"
	"strings"
	"time"
)

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

// At says of each difference in which of several botocores it is.
func (v *Verdict) At(place string) {
	for i := range v.Differences {
		v.Differences[i].Place = place
	}
}

// Join is the sum of this verdict and that of another comparison: in another Python, or
// of another botocore that the same image holds. Neither of the two changes. Services
// are those of either, with the operations of both.
func (v *Verdict) Join(more *Verdict) *Verdict {
	sum := *v
	sum.Python = also(v.Python, more.Python)
	sum.Boto3, sum.Botocore = also(v.Boto3, more.Boto3), also(v.Botocore, more.Botocore)
	sum.Cases += more.Cases
	sum.Same += more.Same
	sum.Differs += more.Differs
	sum.NotExercised += more.NotExercised
	sum.Differences = slices.Concat(v.Differences, more.Differences)
	sum.Gaps = slices.Concat(v.Gaps, more.Gaps)
	sum.Services, sum.Tally = maps.Clone(v.Services), map[string]*Tally{}
	for service, operations := range more.Services {
		if sum.Services == nil {
			sum.Services = map[string][]string{}
		}
		all := slices.Sorted(slices.Values(slices.Concat(sum.Services[service], operations)))
		sum.Services[service] = slices.Compact(all)
	}
	for _, one := range []*Verdict{v, more} {
		for service, t := range one.Tally {
			if sum.Tally[service] == nil {
				sum.Tally[service] = &Tally{}
			}
			sum.Tally[service].Same += t.Same
			sum.Tally[service].Spent += t.Spent
		}
	}
	return &sum
}

// also adds a version to a list of them, if it is not there.
func also(list, version string) string {
	switch {
	case version == "" || slices.Contains(strings.Split(list, ", "), version):
		return list
	case list == "":
		return version
	}
	return list + ", " + version
}
