//go:build unix

package lambdasim

import "os"

// isRoot reports whether permissions hold nothing back.
func isRoot() bool { return os.Geteuid() == 0 }
