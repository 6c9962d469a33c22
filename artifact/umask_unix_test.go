//go:build unix

package artifact

import (
	"syscall"
)

func setUmask(mask int) (restore func()) {
	old := syscall.Umask(mask)
	return func() { syscall.Umask(old) }
}
