//go:build !linux

package lambdasim

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"time"
)

const canDropCache = false

var errSystem = errors.New(runtime.GOOS + " has neither control groups nor mount namespaces")

// machine is what this system gives to environments: little.
type machine struct {
	mu      sync.Mutex
	trouble []error
}

func newMachine(Options, string) *machine { return &machine{} }

func (m *machine) note(err error) {
	if err != nil {
		m.mu.Lock()
		m.trouble = append(m.trouble, err)
		m.mu.Unlock()
	}
}

func (m *machine) close() error { return joinErrors(m.trouble) }

func (m *machine) conditions() Conditions {
	unlimited := "unlimited: " + errSystem.Error()
	return Conditions{CPU: unlimited, Memory: unlimited, Code: writableBecause(errSystem), Paths: "in folders of their own: " + errSystem.Error()}
}

func (m *machine) isolates() bool { return false }

func (m *machine) places(e *environment) places {
	return places{e.task(), e.opt(), e.runtime(), e.tmp()}
}

func (m *machine) limits(string) *limits { return &limits{} }

func (m *machine) start(spec processSpec) (*process, error) {
	p := &process{cmd: spec.command(), done: make(chan struct{})}
	prepareCommand(p.cmd)
	if !isRoot() {
		if err := writeProtect(spec.environment.task(), spec.environment.opt()); err != nil {
			return nil, err
		}
	}
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.wait()
	return p, nil
}

// limits are none.
type limits struct{}

func (*limits) memory(int64) error { return nil }
func (*limits) cpu(float64) error  { return nil }
func (*limits) outOfMemory() bool  { return false }
func (*limits) kill()              {}
func (*limits) remove() error      { return nil }

func dropCache(string) error { return errSystem }

func systemVariables() []string {
	var vars []string
	for _, name := range []string{"SYSTEMROOT", "SystemDrive"} { // without which nothing runs on Windows
		if value, ok := os.LookupEnv(name); ok { //nolint:forbidigo // the system's, not the user's
			vars = append(vars, name+"="+value)
		}
	}
	return vars
}
