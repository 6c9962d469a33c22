package lambdasim

import (
	"sync"
	"time"
)

// deployment is a configuration and its code, and the environments that run it.
// An update makes another one; this one's environments end.
type deployment struct {
	server *Server
	of     string // the same in the version that was published of it
	config configuration
	code   *blob
	layers []*blob

	mu      sync.Mutex
	idle    []*environment // the one used last at the end
	retired bool
	closing sync.WaitGroup // of those that were idle
}

func newDeployment(s *Server, config configuration, code *blob, layers []*blob) *deployment {
	return &deployment{server: s, of: newUUID(), config: config, code: code, layers: layers}
}

// with is the same deployment under another state.
func (d *deployment) with(config configuration) *deployment {
	n := newDeployment(d.server, config, d.code, d.layers)
	n.of = d.of
	return n
}

// take returns an environment that waits for an invocation, or nil.
func (d *deployment) take() *environment {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.idle)
	if n == 0 {
		return nil
	}
	e := d.idle[n-1]
	d.idle = d.idle[:n-1]
	e.idle.Stop()
	return e
}

// give takes back an environment that served, unless there is no more use for it.
// Nobody waits for its end but the server's Close.
func (d *deployment) give(e *environment) {
	if !e.alive() || !d.keep(e) {
		go e.close()
	}
}

func (d *deployment) keep(e *environment) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.retired {
		return false
	}
	wait := d.server.opts.IdleTime
	if wait == 0 {
		wait = 10 * time.Minute
	}
	e.idle = time.AfterFunc(wait, func() { d.drop(e) })
	d.idle = append(d.idle, e)
	return true
}

// drop ends an environment that nobody asked for.
func (d *deployment) drop(e *environment) {
	d.mu.Lock()
	found := false
	for i, other := range d.idle {
		if other == e {
			d.idle = append(d.idle[:i:i], d.idle[i+1:]...)
			found = true
			break
		}
	}
	d.mu.Unlock()
	if found {
		e.close()
	}
}

// retire ends the environments: those at work when they are done, those that wait
// at once, until closing is through.
func (d *deployment) retire() {
	d.mu.Lock()
	d.retired = true
	idle := d.idle
	d.idle = nil
	d.mu.Unlock()
	for _, e := range idle {
		e.idle.Stop()
		d.closing.Go(e.close)
	}
}

// envCount counts invocations against the account's limit, and waits for
// environments to be gone.
type envCount struct {
	most int

	mu      sync.Mutex
	running int            // invocations under way
	of      map[string]int // of each function

	alive sync.WaitGroup
}

// enter admits an invocation, or says which limit it would break.
func (c *envCount) enter(name string, reserved *int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if reserved != nil && c.of[name] >= *reserved {
		return throttled("Rate Exceeded.", "ReservedFunctionConcurrentInvocationLimitExceeded")
	}
	if c.running >= c.most {
		return throttled("Rate Exceeded.", "ConcurrentInvocationLimitExceeded")
	}
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.running++
	c.of[name]++
	return nil
}

func (c *envCount) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.of[name]--; c.of[name] == 0 {
		delete(c.of, name)
	}
}

func (c *envCount) wait() { c.alive.Wait() }
