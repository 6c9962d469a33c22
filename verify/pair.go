package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
)

// ask asks one side. One that ends instead of answering fails with how it ended,
// and is started again.
func (p *pair) ask(s **side, r request) (*reply, error) {
	said, err := (*s).ask(r)
	var end *ending
	if !errors.As(err, &end) {
		return said, err
	}
	if _, err := p.again(s); err != nil {
		return nil, err
	}
	return &reply{Fails: end.Error(), Saw: end.saw()}, nil
}

// again starts a side that ended, and reports whether it did: past the bound it
// stays ended, and answers every question so.
func (p *pair) again(s **side) (bool, error) {
	if !p.mayStart() {
		(*s).end()
		return false, nil
	}
	return true, p.fresh(s)
}

// unblamed starts a side that ended in one of several cases, before it is known in
// which, and so without counting. It returns any other error.
func (p *pair) unblamed(s **side, err error) error {
	var end *ending
	if !errors.As(err, &end) {
		return err
	}
	if p.exhausted() {
		return nil
	}
	return p.fresh(s)
}

func (p *pair) fresh(s **side) error {
	(*s).end()
	fresh, err := p.anew(*s)
	if err == nil {
		*s = fresh
	}
	return err
}

func (t *trial) mayStart() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends++
	return t.ends <= mostEnds
}

// exhausted reports whether no interpreter may be started again.
func (t *trial) exhausted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ends >= mostEnds
}

// do compares the cases of a job. The fat side is at its next case while the slim
// side does the last, so that both are busy.
func (p *pair) do(ctx context.Context, j job) error {
	// One that cannot even do this will say so in every case.
	if _, err := p.ask(&p.slim, request{Do: "forget", Service: j.service, Dimension: j.dimension}); err != nil {
		return err
	}
	if p.exhausted() {
		p.untried(j, j.operations, fmt.Sprintf("not tried: the packages ended Python %d times before", mostEnds))
		return nil
	}
	group, inner := errgroup.WithContext(ctx)
	m := &making{job: j, work: p.work(j), done: make(chan *reply, 256), stopped: inner}
	group.Go(func() error {
		defer close(m.done)
		if all, err := p.recall(m); all || err != nil {
			return err
		}
		return p.make(m)
	})
	group.Go(func() error { return p.collect(m) })
	return group.Wait()
}

// work is a job as the harness is asked for it.
func (p *pair) work(j job) request {
	r := request{Do: "cases", Service: j.service, Operations: j.operations, Whole: j.whole, Gone: j.gone, Once: j.once, Dimension: j.dimension, Dropped: j.dropped, ClientsOnly: slices.Contains(p.clientsOnly, j.service), Seed: p.opts.Seed}
	if only := p.opts.Only; only.Case != "" {
		r.Only = []string{only.Operation, only.Case}
	}
	return r
}

// making is how far the fat side has come with a job.
type making struct {
	job
	work    request
	done    chan *reply     // what it did
	stopped context.Context // of those who want it
	begun   int             // cases that it was asked for so far
	at      string          // the operation of the last
	ending  *ending         // of the last interpreter, if it ended
	handed  int             // cases that were told before it was begun anew, carefully
	told    []*reply        // what it said, to be remembered
}

// hand gives a reply to those who want it.
func (m *making) hand(r *reply) error {
	select {
	case m.done <- r:
		return nil
	case <-m.stopped.Done():
		return context.Cause(m.stopped)
	}
}

// make lets the fat side make the cases and do them. One that ends it is a gap:
// what the fat package cannot do says nothing of the slim one.
func (p *pair) make(m *making) error {
	if err := p.stream(m); !errors.As(err, &m.ending) {
		return err
	} else if err := p.unblamed(&p.fat, err); err != nil {
		return err
	}
	m.handed, m.work.Careful = m.begun, true
	for ends := 1; ; ends++ {
		err := p.stream(m)
		if !errors.As(err, &m.ending) {
			return err
		}
		started, err := p.again(&p.fat)
		if err != nil {
			return err
		}
		// Where it did not get to the next case, no case is what ends it.
		if !started || ends > mostEndsOfJob || m.begun+1 == m.work.Begun {
			left := m.operations[max(0, slices.Index(m.operations, m.at)):]
			if m.begun > 0 && m.at == "" {
				left = nil // only the service itself
			}
			p.untried(m.job, left, "the fat package does not come this far: "+m.ending.Error())
			return nil
		}
		m.work.Begun = m.begun + 1
	}
}

// stream hands on what the fat side does until it is done with the job.
func (p *pair) stream(m *making) error {
	m.begun = max(0, m.work.Begun-1) // of these it tells no more
	if _, err := p.fat.send(m.work); err != nil {
		return err
	}
	for {
		r, err := p.fat.receive()
		if err != nil {
			return err
		}
		if r.Fails != "" {
			return failing(r.Fails)
		}
		if r.Done {
			if !p.forgets(m.job) && m.ending == nil {
				p.opts.Memory.learn(m.service, m.operations, m.told)
			}
			return nil
		}
		m.begun++
		m.at = r.Operation
		if m.begun <= m.handed {
			continue
		}
		if !p.forgets(m.job) {
			m.told = append(m.told, r)
		}
		c := Case{m.service, r.Operation, r.Case}
		if r.Ended {
			p.gap(c, "the fat package does not come to its end: "+m.ending.Error())
			continue
		}
		if r.Reason != "" {
			p.gap(c, r.Reason)
			continue
		}
		if err := m.hand(r); err != nil {
			return err
		}
	}
}

// untried lists what of a job nobody came to.
func (p *pair) untried(j job, operations []string, reason string) {
	for _, operation := range operations {
		p.gap(Case{j.service, operation, "the rest"}, reason)
	}
	if j.dimension != "" && operations == nil {
		p.gap(Case{j.service, "", j.dimension + ", the rest"}, reason)
	}
	if j.whole != nil {
		p.gap(Case{j.service, "", "the rest"}, reason)
	}
}
