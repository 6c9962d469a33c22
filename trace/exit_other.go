//go:build !unix

package trace

import "os"

func exitCode(p *os.ProcessState) int { return p.ExitCode() }
