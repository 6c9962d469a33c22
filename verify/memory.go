package verify

import "sync"

// Memory is what a fat package did in the cases of single operations, for the next
// comparison with it. These cases follow from the fat package, the interpreter and
// the seed alone, so one Memory is for one of each. Each slim package still does
// every case. The zero value is empty; comparisons may share it at the same time.
type Memory struct {
	mu       sync.Mutex
	known    map[Case][]*reply // by service and operation
	recalled int               // cases that the fat package was spared
}

// recall returns what was done of the operations, and those of which nothing is known.
func (m *Memory) recall(service string, operations []string) (known []*reply, left []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range operations {
		replies, ok := m.known[Case{Service: service, Operation: o}]
		if !ok {
			left = append(left, o)
		}
		known = append(known, replies...)
	}
	m.recalled += len(known)
	return known, left
}

// learn keeps what was done of these operations, all of it.
func (m *Memory) learn(service string, operations []string, done []*reply) {
	of := map[string][]*reply{}
	for _, r := range done {
		of[r.Operation] = append(of[r.Operation], r)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[Case][]*reply{}
	}
	for _, o := range operations {
		if len(of[o]) > 0 {
			m.known[Case{Service: service, Operation: o}] = of[o]
		}
	}
}

// forgets reports whether nothing is to be remembered of a job: what concerns a
// whole service or a dimension depends on what else is kept.
func (p *pair) forgets(j job) bool {
	return p.opts.Memory == nil || p.opts.Only.Case != "" || j.dimension != "" || j.whole != nil || len(j.operations) == 0
}

// recall hands on what the fat package did in another comparison, and takes it out
// of the work; it reports whether that was all of it.
func (p *pair) recall(m *making) (all bool, err error) {
	if p.forgets(m.job) {
		return false, nil
	}
	known, left := p.opts.Memory.recall(m.service, m.operations)
	m.operations, m.work.Operations = left, left
	for _, r := range known {
		if r.Reason != "" {
			p.gap(Case{m.service, r.Operation, r.Case}, r.Reason)
			continue
		}
		if err := m.hand(r); err != nil {
			return false, err
		}
	}
	return len(left) == 0, nil
}
