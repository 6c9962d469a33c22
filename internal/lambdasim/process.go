package lambdasim

import (
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// processSpec is a process to start for an environment.
type processSpec struct {
	args        []string
	env         []string
	dir         string
	output      *os.File
	environment *environment
}

func (p *processSpec) command() *exec.Cmd {
	return &exec.Cmd{
		Path: p.args[0], Args: p.args, Env: p.env, Dir: p.dir, Stdout: p.output, Stderr: p.output,
	}
}

// process is a runtime that was started.
type process struct {
	cmd     *exec.Cmd
	started time.Time // just before it was executed
	done    chan struct{}
	state   atomic.Pointer[os.ProcessState] // once it is done
}

// wait reaps the process.
func (p *process) wait() {
	_ = p.cmd.Wait() // the state says how it ended
	p.state.Store(p.cmd.ProcessState)
	close(p.done)
}

// ended reports whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// peak is the most memory that the environment's process had, in bytes, or 0 where
// the system does not say.
func (e *environment) peak() int64 {
	if e.proc == nil {
		return 0
	}
	return e.proc.peak()
}
