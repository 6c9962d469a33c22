//go:build !unix

package main

import "os"

// Windows sends Ctrl+C to every process of a console, and knows no other signal.
var (
	passedOn = []os.Signal{os.Interrupt}
	typed    = passedOn
)

func atTerminal() bool { return true }
