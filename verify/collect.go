package verify

import (
	"encoding/json"
	"errors"
	"fmt"
)

// batch is how many cases the slim side is asked for at once. A case takes it a
// millisecond, and handing one over nearly as much.
const batch = 32

// collecting is how the slim side fares in a job.
type collecting struct {
	*pair
	service string
	careful bool   // one case at a time, since one of several ended it
	ends    int    // how often one did
	given   string // why no more are tried
}

// collect has the slim side do what the fat side did, and judges.
func (p *pair) collect(m *making) error {
	c := &collecting{pair: p, service: m.service}
	for did := range m.done {
		if err := c.compare(ready(did, m.done)); err != nil {
			return err
		}
	}
	return nil
}

// ready returns the first case of a batch and those that wait behind it.
func ready(first *reply, more <-chan *reply) []*reply {
	cases := []*reply{first}
	for len(cases) < batch {
		select {
		case r, ok := <-more:
			if !ok {
				return cases
			}
			cases = append(cases, r)
		default:
			return cases
		}
	}
	return cases
}

func (c *collecting) of(did *reply) Case { return Case{c.service, did.Operation, did.Case} }

// compare asks for all cases at once. Where that ends the side, the rest is asked
// for one by one: only so it shows which case it was.
func (c *collecting) compare(cases []*reply) error {
	if len(cases) > 1 && !c.careful {
		judged, err := c.together(cases)
		if err != nil {
			c.careful = true
			if err := c.unblamed(&c.slim, err); err != nil {
				return err
			}
		}
		cases = cases[judged:]
	}
	for _, did := range cases {
		if err := c.alone(did); err != nil {
			return err
		}
	}
	return nil
}

// together judges the cases as far as they were answered.
func (c *collecting) together(cases []*reply) (judged int, err error) {
	inputs := make([]json.RawMessage, len(cases))
	for i, did := range cases {
		inputs[i] = did.Input
	}
	if _, err := c.slim.send(request{Do: "several", Cases: inputs}); err != nil {
		return 0, err
	}
	for i, did := range cases {
		r, err := c.slim.receive()
		if err == nil && r.Fails != "" {
			err = failing(r.Fails)
		}
		if err != nil {
			return i, err
		}
		c.judge(c.of(did), did.Saw, r.Saw, did.Hollow)
	}
	return len(cases), nil
}

// alone judges one case. One that ends the side differs; after too many of them the
// rest is not tried.
func (c *collecting) alone(did *reply) error {
	if c.given != "" {
		c.gap(c.of(did), c.given)
		return nil
	}
	r, err := c.slim.ask(request{Do: "case", Case: did.Input})
	var end *ending
	switch {
	case err == nil && r.Fails != "":
		end = failing(r.Fails)
	case err == nil:
		c.judge(c.of(did), did.Saw, r.Saw, did.Hollow)
		return nil
	case !errors.As(err, &end):
		return err
	}
	started, err := c.again(&c.slim)
	if err != nil {
		return err
	}
	c.judge(c.of(did), did.Saw, end.saw(), "")
	if c.ends++; !started || c.ends > mostEndsOfJob {
		c.given = fmt.Sprintf("the slim package ended Python %d times before this, the last time in %s: %s", c.ends, c.of(did), end.Ends)
	}
	return nil
}
