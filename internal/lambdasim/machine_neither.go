//go:build !linux && !darwin

package lambdasim

import "os/exec"

func prepareCommand(*exec.Cmd) {}

// kill ends the process; its children are on their own.
func (p *process) kill() {
	if !p.ended() {
		_ = p.cmd.Process.Kill() // it may be gone by now
	}
}

func (p *process) peak() int64 { return 0 }
