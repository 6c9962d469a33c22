//go:build unix

package trace

import (
	"os"
	"syscall"
)

// exitCode is what a shell would say.
func exitCode(p *os.ProcessState) int {
	if status, ok := p.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.ExitCode()
}
