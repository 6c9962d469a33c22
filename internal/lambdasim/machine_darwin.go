package lambdasim

import (
	"os/exec"
	"syscall"
)

func prepareCommand(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// kill ends the process and its group.
func (p *process) kill() {
	if !p.ended() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may be gone by now
	}
}

// peak is known only once the process has ended.
func (p *process) peak() int64 {
	if state := p.state.Load(); state != nil {
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			return usage.Maxrss // in bytes on macOS
		}
	}
	return 0
}
