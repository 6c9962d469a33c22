package lambdasim

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const canDropCache = true

// machine is what this system gives to environments.
type machine struct {
	groups    *cgroups
	groupsErr error // why there are none
	mountErr  error // why there are no mount namespaces

	mu      sync.Mutex
	trouble []error
}

func newMachine(opts Options, work string) *machine {
	m := &machine{}
	if opts.Unlimited {
		m.groupsErr = errAsked
	} else {
		m.groups, m.groupsErr = newCgroups("/proc/self", groupPrefix+strconv.Itoa(os.Getpid())+"-"+randomHex(4))
	}
	if opts.Unisolated {
		m.mountErr = errAsked
	} else {
		m.mountErr = tryMounts(work)
	}
	return m
}

// note keeps what went wrong while something was cleared away; close returns it.
func (m *machine) note(err error) {
	if err != nil {
		m.mu.Lock()
		m.trouble = append(m.trouble, err)
		m.mu.Unlock()
	}
}

func (m *machine) close() error {
	if m.groups != nil {
		m.note(m.groups.remove())
	}
	return joinErrors(m.trouble)
}

func (m *machine) conditions() Conditions {
	c := Conditions{Code: "read-only mount", Paths: "as on AWS"}
	if m.mountErr != nil {
		c.Code, c.Paths = writableBecause(m.mountErr), "in folders of their own: "+m.mountErr.Error()
	}
	if m.groups != nil {
		c.CPU = fmt.Sprintf("cgroups v%d", m.groups.version)
		c.Memory = c.CPU
	} else {
		c.CPU = "unlimited: " + m.groupsErr.Error()
		c.Memory = c.CPU
	}
	return c
}

func (m *machine) isolates() bool { return m.mountErr == nil }

// places are Lambda's own where there are mount namespaces.
func (m *machine) places(e *environment) places {
	if m.mountErr != nil {
		return places{e.task(), e.opt(), e.runtime(), e.tmp()}
	}
	return places{"/var/task", "/opt", "/var/runtime", "/tmp"}
}

// limits returns the limits of a process to be started.
func (m *machine) limits(name string) *limits {
	if m.groups == nil {
		return &limits{}
	}
	g, err := m.groups.group(name + "-" + randomHex(2))
	return &limits{group: g, err: err}
}

// start starts a process in namespaces and control groups of its own. A thread
// enters them, starts it, and waits for it, since the kernel kills the process with
// the thread that started it; then the thread ends, and its namespace with it.
func (m *machine) start(spec processSpec) (*process, error) {
	p := &process{cmd: spec.command(), done: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	onThread(func() {
		err := m.prepare(p, spec)
		if err == nil {
			p.started = time.Now()
			err = p.cmd.Start()
			spec.environment.limits.leave()
		}
		started <- err
		if err == nil {
			p.wait()
		}
	})
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// prepare is what happens on the thread before the process is executed.
func (m *machine) prepare(p *process, spec processSpec) error {
	if m.mountErr == nil {
		root, err := isolate(spec.environment)
		if err != nil {
			return fmt.Errorf("mount: %w", err)
		}
		p.cmd.SysProcAttr.Chroot = root
	} else if os.Geteuid() != 0 {
		if err := writeProtect(spec.environment.task(), spec.environment.opt()); err != nil {
			return err
		}
	}
	return spec.environment.limits.enter(p.cmd.SysProcAttr)
}

// onThread runs do on a thread that ends with it, and never on the process's main
// thread, which would keep what was done to it.
func onThread(do func()) {
	go func() {
		runtime.LockOSThread() // and never unlocked
		if unix.Gettid() != unix.Getpid() {
			do()
			return
		}
		taken := make(chan struct{})
		go func() { // while this thread is held it gets another
			runtime.LockOSThread()
			close(taken)
			do()
		}()
		<-taken
		runtime.UnlockOSThread()
	}()
}

// kill ends the process and its group.
func (p *process) kill() {
	if !p.ended() {
		_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL) // it may be gone by now
	}
}

// peak is the largest resident size that the process had.
func (p *process) peak() int64 {
	if state := p.state.Load(); state != nil {
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			return usage.Maxrss << 10 // in KB on Linux
		}
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(string(rest)), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}

func systemVariables() []string { return nil }
